// The panel of the quiz: guess the next move of the game, and see whether the network would have.

import { Refused } from "./api.js";
import { $, colourName, make, nextPoint, node, page, percent, pointName, position, rank, tell } from "./page.js";
import { go, stepBy } from "./place.js";
import { byPhase } from "./review.js";
import { keep } from "./store.js";

const HEADINGS = ["moves", "number", "you", "the network", "in its five"];

const guessed = () => node().guess; // the point, its ply, whether it was right and the network's first choice was, the point's rank
const isOver = () => nextPoint() === null;
const isAsked = () => !isOver() && !guessed() && nextPoint() !== page.game.size ** 2;

export const quiz = {
  get hides() { return isAsked(); },
  click(point) {
    if (!isAsked()) return;
    const [map] = page.maps, next = nextPoint(), refusal = page.game.refusal(page.at, position().to_move, point);
    if (refusal) throw new Refused(refusal);
    if (!map) throw new Refused("The network is still thinking: guess in a moment.");
    node().guess = { point, ply: page.game.count(page.at), mine: point === next, network: rank(map, next) === 1, rank: rank(map, point), p: map.probabilities[point] };
    keep();
    tell("draw");
  },
  scene() {
    return isAsked() ? { probabilities: null, next: null, others: [], marks: [], plane: null } : { chosen: guessed()?.point ?? null };
  },
  status() {
    return isAsked() ? `Guess ${colourName(position().to_move)}'s move` : null;
  },
  draw() {
    $("verdict").textContent = verdict();
    $("score").replaceChildren(...score());
    $("quiz-next").ariaDisabled = isOver();
  },
};

export function setUpQuiz() {
  $("quiz-next").addEventListener("click", onward);
  $("quiz-again").addEventListener("click", () => {
    for (const each of page.game.nodes) delete each.guess;
    go(0);
  });
  $("quiz-side").addEventListener("change", () => { if (!isWanted()) onward(); });
}

const isWanted = () => {
  const side = Number($("quiz-side").value);
  return !side || side === position().to_move;
};

// How many moves were guessed right in each phase: by whom one plays against, too, and by its first five.
function score() {
  const head = make("tr", {}, ...HEADINGS.map((text) => make("th", { scope: "col", textContent: text })));
  const rows = byPhase(page.game.nodes.flatMap(({ guess }) => guess ?? [])).map(([phase, some]) => {
    const share = (fits) => `${some.filter(fits).length} (${Math.round(100 * some.filter(fits).length / some.length)} %)`;
    const cells = [some.length, share(({ mine }) => mine), share(({ network }) => network), share(({ rank: place }) => place <= 5)];
    return make("tr", { className: phase === "all" ? "all" : "" }, make("th", { scope: "row", textContent: phase }), ...cells.map((text) => make("td", { textContent: text })));
  });
  return rows.length ? [make("thead", {}, head), make("tbody", {}, ...rows)] : [];
}

// To the next move that is to be guessed.
function onward() {
  const line = page.game.line(page.at), side = Number($("quiz-side").value), { size } = page.game;
  const later = line.slice(line.indexOf(page.at) + 1).find((index) => {
    const next = page.game.nodes[page.game.next(index)]?.move;
    return next && next[1] !== size ** 2 && (!side || next[0] === side);
  });
  if (later === undefined) stepBy(Infinity); else go(later);
}

function verdict() {
  if (isOver()) return node().children.length ? "" : "The game ends here.";
  if (isAsked()) return `Where did ${colourName(position().to_move)} play? Click the point.`;
  const guess = guessed(), next = nextPoint(), [map] = page.maps;
  if (!guess) return "A pass: go on.";
  const right = guess.mine ? `${pointName(next)} it was.` : `You said ${pointName(guess.point)} (${percent(guess.p)}, choice ${guess.rank}); the move was ${pointName(next)}.`;
  return map ? `${right} The network gives it ${percent(map.probabilities[next])}, choice ${rank(map, next)}.` : right;
}
