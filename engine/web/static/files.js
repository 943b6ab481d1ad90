// Games that come in and go out: opened, dropped, pasted, kept over a reload; the games of a collection.

import { ask, askJson } from "./api.js";
import { Game } from "./game.js";
import { $, colourName, current, doing, how, make, nextPoint, on, page, position, say } from "./page.js";
import { show } from "./place.js";
import { toSgf } from "./sgf.js";
import { drawInfo } from "./show.js";

const WARNINGS = 5;

// Shows a game of a file's; numbers count from 1.
export async function open(data, name, number = 1) {
  const game = new Game(await askJson(`/api/game?number=${number}`, data));
  await page.ready; // or what was there before would be shown after it
  show(game, name.slice(0, 200));
}

export async function openFile(file) {
  await open(file, file.name);
}

async function openText(text) {
  if (!text.includes("(;")) return say("What you pasted is no game: SGF begins with “(;”.", { refused: true });
  await open(new Blob([text]), "pasted.sgf");
}

export function newBoard(size) {
  show(Game.empty(size), "");
}

function save(blob, name) {
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

const stem = () => page.name.replace(/\.sgf$/i, "") || "honte";

const savePicture = (format) => doing(async () => {
  const next = nextPoint(), played = next === null ? {} : { played: next };
  const answer = await ask("/api/picture", { ...position(), ...played, ...how(), format, title: pictureTitle() });
  save(await answer.blob(), `${stem()}-move-${page.game.count(page.at) + 1}.${format}`);
});

function pictureTitle() {
  const { black, white, date } = page.game;
  const players = black || white ? [black || colourName(1), white || colourName(2)].map((name) => [...name].slice(0, 30).join("")).join(" – ") : "";
  return [players, date, `network ${$("network").value}`].filter(Boolean).join(" · ").slice(0, 200);
}

// The list of a collection's games; another one is shown with this one kept as it now is.
function drawGames() {
  const { games, number, game_comment: comment, warnings } = page.game;
  const more = warnings.length - WARNINGS;
  $("warnings").textContent = [...warnings.slice(0, WARNINGS), ...(more > 0 ? [`and ${more} more`] : [])].join("; ");
  $("game-comment").textContent = comment ?? "";
  $("games-section").hidden = games.length < 2;
  $("games").replaceChildren(...(games.length < 2 ? [] : games.map((title, index) => make("option", { value: index + 1, textContent: `${index + 1}. ${title}`, selected: index + 1 === number }))));
}

async function goToGame(number) {
  await open(new Blob([toSgf(page.game)]), page.name, number);
}

// Takes what is opened, pasted and dropped.
export function takeFiles() {
  $("file").addEventListener("change", doing(async ({ target }) => {
    const [file] = target.files;
    target.value = "";
    if (file) await openFile(file);
  }));
  addEventListener("paste", doing(async (event) => {
    if (event.target.closest?.("input, textarea")) return;
    const [file] = event.clipboardData.files;
    if (file) await openFile(file); else await openText(event.clipboardData.getData("text"));
  }));
  addEventListener("dragover", (event) => { event.preventDefault(); document.body.classList.add("dropping"); });
  addEventListener("dragleave", (event) => { if (!event.relatedTarget) document.body.classList.remove("dropping"); });
  addEventListener("drop", doing(async (event) => {
    event.preventDefault();
    document.body.classList.remove("dropping");
    const [file] = event.dataTransfer.files;
    if (file) await openFile(file);
  }));
}

export function setUpFiles() {
  on("game", () => { drawInfo(); drawGames(); });
  $("new").addEventListener("click", () => newBoard(current().size));
  $("games").addEventListener("change", doing(({ target }) => goToGame(Number(target.value))));
  for (const format of ["png", "svg"]) $(format).addEventListener("click", savePicture(format));
  $("sgf").addEventListener("click", () => save(new Blob([toSgf(page.game)], { type: "application/x-go-sgf" }), `${stem()}.sgf`));
}
