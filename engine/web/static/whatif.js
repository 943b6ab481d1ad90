// The panel of other positions: stones put, removed and recoloured, and the turn changed.

import { Refused } from "./api.js";
import { $, page, position } from "./page.js";
import { go } from "./place.js";

const tool = () => Number(document.querySelector("input[name=tool]:checked").value);

export const whatif = {
  click(point) {
    const colour = tool(), stone = page.game.stones(page.at)[point];
    change([[point, stone === colour ? 0 : colour]], position().to_move);
  },
  draw() {
    const { to_move: toMove } = position();
    for (const [id, colour] of [["turn-black", 1], ["turn-white", 2]]) $(id).checked = toMove === colour;
  },
};

export function setUpWhatIf() {
  $("turn-black").addEventListener("change", () => change([], 1));
  $("turn-white").addEventListener("change", () => change([], 2));
}

function change(points, turn) {
  const changed = page.game.setUp(page.at, points, turn);
  if (changed === null) throw new Refused("A chain would have no liberty so.");
  go(changed);
}
