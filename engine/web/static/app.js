// The page: one game, one place in it, and what the networks say about that place.

import { Unanswered, askJson } from "./api.js";
import { compare, setUpCompare } from "./compare.js";
import { panelBefore, restoreControls, setUpControls } from "./controls.js";
import { newBoard, setUpFiles, takeFiles } from "./files.js";
import { setUpKeys } from "./keys.js";
import { layers, setUpLayers } from "./layers.js";
import { moves } from "./moves.js";
import { drawNetwork } from "./network.js";
import { $, current, doing, fill, on, page } from "./page.js";
import { isLate, refresh } from "./place.js";
import { quiz, setUpQuiz } from "./quiz.js";
import { review, setUpReview } from "./review.js";
import { series } from "./series.js";
import { drawBoards, setUpBoards } from "./show.js";
import { restore, setUpStore } from "./store.js";
import { addPanel, openPanel } from "./tabs.js";
import { Tree } from "./tree.js";
import { setUpWhatIf, whatif } from "./whatif.js";
import { setUpWhy, why } from "./why.js";

function networkChanged() {
  const two = $("beside").value !== "";
  $("second").hidden = !two;
  document.body.classList.toggle("two", two);
  $("name").textContent = two ? $("network").value : "";
  $("name2").textContent = $("beside").value;
  fillLevels();
  if (!page.game) return;
  drawNetwork();
  refresh();
}

// The levels that a network knows; people of a rank do not always play what most of them play.
function fillLevels() {
  const { levels, level } = current(), before = $("level").value, chosen = $("level").length ? before : level;
  fill($("level"), [["", "its own"], ...levels.map((name) => [name, name])]);
  $("level").value = levels.includes(chosen) ? chosen : "";
  $("level").closest("label").hidden = $("tell-rank").hidden = !levels.length;
  $("ranks").textContent = "";
  if ($("level").value !== before) levelChanged();
}

function levelChanged() {
  $("temperature").value = $("level").value ? 1 : 0;
}

function changeTheme() {
  const { className } = document.documentElement;
  const dark = className ? className === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.className = dark ? "light" : "dark";
}

function planeChanged() {
  const chosen = page.about.planes[$("plane").value];
  $("meaning").textContent = chosen ? `${chosen.name}: ${chosen.meaning}` : "";
}

function setUpChoices() {
  const { networks, planes } = page.about, names = networks.map(({ name }) => [name, name]);
  fill($("network"), names);
  fill($("beside"), [["", "none"], ...names]);
  $("beside").value = page.about.compared[0] ?? "";
  $("beside").closest("label").hidden = $("tab-compare").hidden = names.length < 2;
  fill($("plane"), [["", "none"], ...planes.map(({ name }, index) => [index, `${index} ${name}`])]);
  $("theme").addEventListener("click", changeTheme);
  const changes = {
    map: drawBoards, marks: drawBoards, average: refresh, hidden: refresh, network: networkChanged, level: () => { levelChanged(); refresh(); }, beside: networkChanged,
    plane: () => { planeChanged(); refresh(); },
  };
  for (const [id, action] of Object.entries(changes)) $(id).addEventListener("change", action);
}

// A game that is refused gives way to a new board; one that did not come is kept for the next reload.
function unlessUnanswered(error) {
  if (error instanceof Unanswered) throw error;
  return false;
}

takeFiles(); // at once, or the browser would leave the page for a file that is dropped while it comes up
page.ready = doing(async () => {
  page.about = await askJson("/api/about");
  setUpBoards();
  setUpChoices();
  setUpControls();
  setUpFiles();
  setUpKeys();
  setUpLayers();
  setUpStore();
  for (const setUp of [setUpCompare, setUpQuiz, setUpReview, setUpWhatIf, setUpWhy]) setUp();
  on("answered", (mine) => isLate(mine) ? null : series.read());
  const game = new Tree($("tree"));
  for (const [name, panel] of Object.entries({ moves, why, whatif, review, quiz, compare, layers, game })) addPanel(name, panel);
  openPanel(panelBefore());
  restoreControls();
  networkChanged();
  restoreControls(); // the level of the network, and the temperature that goes with it
  planeChanged();
  if (!await restore().catch(unlessUnanswered)) newBoard(current().size);
  document.querySelector("main").inert = false; // before, there is no game to do anything with
})();
