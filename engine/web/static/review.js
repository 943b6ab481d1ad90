// The panel of what was missed: the moves that surprised the network, and how often it foretold them.

import { askJson } from "./api.js";
import { $, colourName, doing, how, make, on, page, percent, pointName, say, stoneOf } from "./page.js";
import { series } from "./series.js";
import { goToMove } from "./show.js";

const SURPRISES = 10;
const HEADINGS = ["player", "moves", "number", "first %", "five %", "mean %"];

export const review = {
  draw() {
    const moves = played(), all = page.game.moves(page.at).length;
    $("review-progress").textContent = series.entries().length < all ? `${series.entries().length} of ${all} moves are looked at …` : "";
    $("surprises").replaceChildren(...surprises(moves).map((move) => {
      const button = make("button", { onclick: () => goToMove(move.ply) },
        make("span", { className: "rank", textContent: move.ply + 1 }),
        make("span", { className: `vertex ${stoneOf(move.colour === 1)}`, textContent: pointName(move.point) }),
        make("span", { textContent: `rather ${pointName(move.best)}` }), make("span", { className: "percent", textContent: percent(move.p) }));
      button.setAttribute("aria-current", move.ply === page.game.count(page.at));
      return make("li", {}, button);
    }));
    $("predictability").replaceChildren(...rows(moves));
  },
  keys: { n: () => toSurprise(1), b: () => toSurprise(-1) },
};

export function setUpReview() {
  $("next-surprise").addEventListener("click", () => toSurprise(1));
  $("last-surprise").addEventListener("click", () => toSurprise(-1));
  $("tell-rank").addEventListener("click", doing(tellRanks));
  on("game", () => { $("ranks").textContent = ""; });
}

// Says which rank the moves of each side are like, to the end of the line.
async function tellRanks() {
  const { game, at } = page, line = game.position(game.line(at).at(-1));
  const players = await askJson("/api/rank", { ...line, network: how().network });
  if (game !== page.game) return;
  const words = players.map(({ player, rank, low, high, moves }) =>
    `${player} moves like ${rank} (nine in ten: ${low} ${high ? `to ${high}` : "or more"}; ${moves} moves).`);
  $("ranks").textContent = words.join(" ") || "There is no move yet.";
}

// The moves of the line that are known, passes not among them.
function played() {
  const nodes = page.game.moves(page.at).map((index) => page.game.nodes[index]);
  return series.entries().flatMap((entry, ply) => entry && nodes[ply] ? [{ ...entry, ply, colour: nodes[ply].move[0], point: nodes[ply].move[1] }] : []);
}

function surprises(moves) {
  return moves.toSorted((a, b) => a.p - b.p).slice(0, SURPRISES);
}

function toSurprise(step) {
  const here = page.game.count(page.at);
  const further = surprises(played()).map(({ ply }) => ply).filter((ply) => step > 0 ? ply > here : ply < here);
  if (!further.length) return say(step > 0 ? "There is no surprise after this." : "There is no surprise before this.");
  goToMove(step > 0 ? Math.min(...further) : Math.max(...further));
}

function rows(moves) {
  const head = make("tr", {}, ...HEADINGS.map((text) => make("th", { scope: "col", textContent: text })));
  const body = [1, 2].flatMap((colour) => byPhase(moves.filter((move) => move.colour === colour)).map(([phase, some]) => {
    const share = (fits) => (100 * some.filter(fits).length / some.length).toFixed(1);
    const mean = (100 * some.reduce((sum, { p }) => sum + p, 0) / some.length).toFixed(1);
    const cells = [phase, some.length, share(({ rank }) => rank === 1), share(({ rank }) => rank <= 5), mean];
    return make("tr", { className: phase === "all" ? "all" : "" }, make("th", { scope: "row", textContent: colourName(colour) }), ...cells.map((text) => make("td", { textContent: text })));
  }));
  return [make("thead", {}, head), make("tbody", {}, ...body)];
}

// Moves, each of a ply, as rows of a phase's name and its moves, where it has any; the last row is all of them.
export function byPhase(moves) {
  const phases = page.about.phases.map(([first, last]) =>
    [last ? `${first}–${last}` : `${first}–`, moves.filter(({ ply }) => ply + 1 >= first && (!last || ply < last))]);
  return [...phases, ["all", moves]].filter(([, some]) => some.length);
}
