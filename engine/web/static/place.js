// Going to a place in the game, and what is asked of the networks there.

import { askJson } from "./api.js";
import { $, doing, how, networks, page, position, say, tell } from "./page.js";

let turn = 0; // grows with every question, so that late answers are known as such
let pending = Promise.resolve(); // the maps that were asked for last

export const isLate = (mine) => mine !== turn;

// Asks for what is to be seen here.
export const refresh = doing(async () => {
  const mine = ++turn, asked = position();
  page.plane = null;
  page.maps = [null, null];
  tell("draw");
  await pending; // one question at a time: whoever holds a key down wants the last answer only
  if (isLate(mine)) return;
  const wanted = $("plane").value;
  pending = Promise.allSettled([
    wanted === "" ? null : askJson("/api/planes", { ...asked, hidden: how().hidden }),
    ...networks().map((network) => askJson("/api/map", { ...asked, ...how(network) })),
  ]);
  const answers = await pending;
  if (isLate(mine)) return;
  const [planes, ...found] = answers.map(({ value }) => value ?? null);
  page.maps = found;
  page.plane = planes && planes[Number(wanted)];
  const refusal = answers.find(({ reason }) => reason);
  if (refusal && !found[0]) $("best").replaceChildren();
  tell("draw");
  if (refusal) {
    $("inside").hidden = true;
    throw refusal.reason;
  }
  await Promise.all(tell("answered", mine, asked));
});

// To a node of the game. A jump can be taken back with the browser's button.
export function go(index, { jump = false } = {}) {
  if (index === undefined || index < 0) return;
  page.at = index;
  page.game.choose(index);
  say("");
  tell("place", jump);
  refresh();
}

export function stepBy(count) {
  const line = page.game.line(page.at), place = line.indexOf(page.at);
  const target = line[Math.min(Math.max(place + count, 0), line.length - 1)];
  if (target !== page.at) go(target);
}

export function variation(step) {
  const { parent } = page.game.nodes[page.at];
  if (parent < 0) return;
  const siblings = page.game.nodes[parent].children;
  go(siblings[(siblings.indexOf(page.at) + step + siblings.length) % siblings.length]);
}

export function show(game, name, at = 0) {
  Object.assign(page, { game, name, cursor: null });
  tell("game");
  go(at);
}
