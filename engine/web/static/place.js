// Going to a place in the game, and what is asked of the networks there.

import { askJson } from "./api.js";
import { askAhead, askMap, knownMap } from "./maps.js";
import { $, doing, how, networks, page, position, say, tell } from "./page.js";

let turn = 0; // grows with every question, so that late answers are known as such
let pending = Promise.resolve(); // the maps that were asked for last

export const isLate = (mine) => mine !== turn;

// Shows what is to be seen here, and asks for what of it is not known.
export const refresh = doing(async () => {
  const mine = ++turn, asked = position(), wanted = $("plane").value, questions = questionsOf(asked);
  page.plane = null;
  page.maps = questions.map((question) => wanted === "" ? knownMap(question) : null);
  const waits = wanted !== "" || page.maps.includes(null);
  $("panels").ariaBusy = waits;
  tell("draw");
  if (waits) {
    await pending; // one question at a time: whoever holds a key down wants the last answer only
    if (isLate(mine)) return;
    await read(mine, questions, wanted === "" ? null : { ...asked, hidden: how().hidden }, Number(wanted));
    if (isLate(mine)) return;
  }
  lookAhead();
  await Promise.all(tell("answered", mine, asked));
});

const questionsOf = (position) => networks().map((network) => ({ ...position, ...how(network) }));

async function read(mine, questions, planes, plane) {
  pending = Promise.allSettled([planes && askJson("/api/planes", planes), ...questions.map(askMap)]);
  const answers = await pending;
  if (isLate(mine)) return;
  const [all, ...found] = answers.map(({ value }) => value ?? null);
  page.maps = found;
  page.plane = all && all[plane];
  const refusal = answers.find(({ reason }) => reason);
  if (refusal && !found[0]) $("best").replaceChildren();
  $("panels").ariaBusy = false;
  tell("draw");
  if (!refusal) return;
  $("inside").hidden = true;
  throw refusal.reason;
}

// Most go on to the next move of the line; nobody is told where that is refused, as nobody asked.
function lookAhead() {
  const next = page.game.next(page.at);
  if (next !== undefined) for (const question of questionsOf(page.game.position(next))) askAhead(question).catch(() => null);
}

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
