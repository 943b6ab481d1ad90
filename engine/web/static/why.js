// The panel that says why: what changes when a stone, or what a group of planes says, is left out.

import { askJson } from "./api.js";
import { css } from "./board.js";
import { againstOrFor } from "./colours.js";
import { $, doing, how, make, nextPoint, on, page, pointName, position, say, stoneOf } from "./page.js";
import { drawBoards } from "./show.js";

const STRONG = 4; // a change of log p that has the full colour
const NOTABLE = 0.3; // below it a stone bears no number
const LISTED = 8; // stones
const REACHES = [2, 4, 6]; // lines of the rings
const NEAREST = 12; // stones that are left out for a first look, as all of them may take a while

let point = null; // that was asked about; nothing for the move that was played, or the best
let told = null; // the explanation
let asking = new AbortController(); // of the question that was asked last

export const why = {
  open() { ask(); },
  close() {
    asking.abort();
    told = point = null;
  },
  click(chosen) {
    if (page.game.stones(page.at)[chosen]) return say("There is a stone: click an empty point to ask about a move there.");
    point = chosen;
    ask();
  },
  scene(index) {
    if (index || !told) return index ? {} : { chosen: point };
    const shown = { chosen: pointOf(told.point), tiles: [], marks: [], next: null, others: [] };
    return $("rings").checked ? { ...shown, tiles: tiles(), rings: rings() } : { ...shown, notes: notes() };
  },
  draw() {
    $("why-words").classList.toggle("stale", !told);
    if (!told && !$("why-words").childElementCount) $("why-words").textContent = "Leaving out one stone after the other …";
    if (!told) return;
    $("why-words").replaceChildren(...told.words.map((text, index) => make(index ? "p" : "h3", { textContent: text })));
    $("why-stones").replaceChildren(...told.stones.slice(0, LISTED).map(({ vertex, colour, change, probability }) =>
      row(vertex, change, probability, stoneOf(colour === "black"))));
    $("why-rest").hidden = told.planes.length > 0;
    $("why-planes").replaceChildren(...told.planes.map(({ group, change, probability, trained }) =>
      row(`${group}${trained ? "" : " *"}`, change, probability)));
  },
};

export function setUpWhy() {
  on("place", () => {
    asking.abort();
    point = told = null;
  });
  on("answered", () => page.panel === why ? ask() : null);
  $("rings").addEventListener("change", drawBoards);
}

// Asks for a first look, then for all of it, unless something else is asked meanwhile.
const ask = doing(async () => {
  asking.abort();
  if (!page.game) return;
  const mine = asking = new AbortController(), { at, game } = page, next = nextPoint();
  const wanted = point ?? (next === game.size ** 2 ? null : next);
  const question = { ...position(), ...how(), ...(wanted === null ? {} : { point: wanted }) };
  for (const share of [{ nearest: NEAREST }, {}]) {
    const answer = await askJson("/api/why", { ...question, ...share }, mine.signal).catch((error) => {
      if (!mine.signal.aborted) throw error;
    });
    if (mine !== asking || page.at !== at || page.game !== game || page.panel !== why) return;
    told = answer;
    why.draw();
    drawBoards();
  }
});

const pointOf = (vertex) => [...Array(page.game.size ** 2).keys()].find((at) => pointName(at) === vertex);
const signed = (change) => Math.abs(change) < 0.05 ? "0" : (change > 0 ? "+" : "−") + Math.abs(change).toFixed(Math.abs(change) >= 9.95 ? 0 : 1);

function notes() {
  return told.stones.filter(({ change }) => Math.abs(change) >= NOTABLE)
    .map(({ vertex, change }) => [pointOf(vertex), signed(change), againstOrFor(-change / STRONG)]);
}

// The shares of the gradient within some lines of the point.
function rings() {
  return REACHES.filter((reach) => reach < told.rings.length).map((reach) => [reach, `${Math.round(100 * told.rings[reach])} %`]);
}

// Where the gradient lies.
function tiles() {
  const shares = told.field.flat(), most = Math.max(...shares), stones = page.game.stones(page.at);
  return shares.map((share, at) => [at, 0.46 * Math.sqrt(share / most), [120, 60, 160], ""])
    .filter(([at, radius]) => radius > 0.06 && !stones[at]);
}

// What was left out, and how the move's log p changes: to the left where it is less likely without.
function row(name, change, probability, className = "") {
  const bar = make("span", { className: "change" }), fill = make("span");
  fill.style.width = `${Math.min(50, 50 * Math.abs(change) / STRONG)}%`;
  fill.style[change < 0 ? "right" : "left"] = "50%";
  fill.style.background = css(againstOrFor(-Math.max(Math.min(change / STRONG, 1), -1) || 0));
  bar.append(fill);
  const title = `${(100 * probability).toPrecision(2)} % without it`;
  return make("li", { className: "without", title }, make("span", { className, textContent: name }), bar, make("span", { className: "percent", textContent: signed(change) }));
}
