// Moves and other changes of the game, one's own and the network's; undo and redo.

import { Refused, askJson } from "./api.js";
import { $, how, page, position, say } from "./page.js";
import { go } from "./place.js";

let asked = null; // the game and the place in it where a move of the network is awaited

const isAwaited = () => asked?.game === page.game && asked.at === page.at;

export async function play(point) {
  if (isAwaited()) return; // it is the network's turn
  const { game, at } = page, colour = position().to_move, refusal = game.refusal(at, colour, point);
  if (refusal) throw new Refused(refusal);
  go(game.add(at, colour, point));
  if ($("answers").checked) await answer();
}

export async function answer() {
  if (isAwaited()) return;
  const mine = asked = { game: page.game, at: page.at };
  try {
    const temperature = Number($("temperature").value) || 0, komi = page.game.komi ?? 7.5;
    const { colour, point } = await askJson("/api/play", { ...position(), ...how(), komi, temperature });
    if (mine !== asked || !isAwaited()) return; // who asked has gone elsewhere
    asked = null;
    go(page.game.add(page.at, colour, point));
    if (point === page.game.size ** 2) say("The network passes.");
  } finally {
    if (mine === asked) asked = null;
  }
}

export function remove() {
  const { game, at } = page, moves = game.moves(at).length - game.count(at) + 1;
  if (game.nodes[at].parent < 0) return;
  go(game.remove(at));
  say(moves > 1 ? `${moves} moves are removed; Ctrl+Z or ↶ puts them back.` : "The move is removed; Ctrl+Z or ↶ puts it back.");
}

export function undo() {
  goTo(page.game.undo(), "There is nothing to undo.");
}

export function redo() {
  goTo(page.game.redo(), "There is nothing to do again.");
}

function goTo(index, otherwise) {
  if (index === null) say(otherwise); else go(index);
}
