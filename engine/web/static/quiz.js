// The panel of the quiz: guess the next move of the game, and see whether the network would have.

import { Refused } from "./api.js";
import { $, colourName, nextPoint, node, page, percent, pointName, position, rank, tell } from "./page.js";
import { go, stepBy } from "./place.js";

let game = null; // to which the guesses belong
let guesses = new Map(); // of a node: the guess, whether it was right, whether the network's first choice was, the guess's rank

const guessed = () => guesses.get(page.at);
const isOver = () => nextPoint() === null;
const isAsked = () => !isOver() && !guessed() && nextPoint() !== page.game.size ** 2;

export const quiz = {
  open() { if (page.game !== game) begin(); },
  get hides() { return isAsked(); },
  click(point) {
    if (!isAsked()) return;
    const [map] = page.maps, next = nextPoint(), refusal = page.game.refusal(page.at, position().to_move, point);
    if (refusal) throw new Refused(refusal);
    if (!map) throw new Refused("The network is still thinking: guess in a moment.");
    guesses.set(page.at, { point, mine: point === next, network: rank(map, next) === 1, rank: rank(map, point), p: map.probabilities[point] });
    tell("draw");
  },
  scene() {
    return isAsked() ? { probabilities: null, next: null, others: [], marks: [], plane: null } : { chosen: guessed()?.point ?? null };
  },
  status() {
    return isAsked() ? `Guess ${colourName(position().to_move)}'s move` : null;
  },
  draw() {
    if (page.game !== game) begin();
    $("verdict").textContent = verdict();
    const all = [...guesses.values()], count = (fits) => all.filter(fits).length;
    const share = (number) => `${number} of ${all.length}${all.length ? ` (${Math.round(100 * number / all.length)} %)` : ""}`;
    $("score-mine").textContent = share(count(({ mine }) => mine));
    $("score-network").textContent = share(count(({ network }) => network));
    $("score-five").textContent = share(count(({ rank: place }) => place <= 5));
    $("quiz-next").ariaDisabled = isOver();
  },
};

export function setUpQuiz() {
  $("quiz-next").addEventListener("click", onward);
  $("quiz-again").addEventListener("click", () => { begin(); go(0); });
  $("quiz-side").addEventListener("change", () => { if (!isWanted()) onward(); });
}

const isWanted = () => {
  const side = Number($("quiz-side").value);
  return !side || side === position().to_move;
};

function begin() {
  ({ game } = page);
  guesses = new Map();
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
