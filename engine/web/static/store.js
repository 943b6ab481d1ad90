// The place in the address, so that reload and the browser's buttons keep it; the work, over a reload.

import { Game } from "./game.js";
import { askJson } from "./api.js";
import { on, page } from "./page.js";
import { go, show } from "./place.js";
import { inOrder, toSgf } from "./sgf.js";

const KEY = "honte";
const SOON = 200; // milliseconds until a place is written down, which takes the browser longer than showing it
let games = 0; // shown so far: an entry of the browser's history is of one of them
let kept = null; // the changes with which the work was last kept
let unwritten = null; // the place that is not yet in the address
let timer;

function placed(jump) {
  const { game, at } = page;
  clearTimeout(timer);
  if (jump) {
    write(); // the place that is left
    const isOther = history.state?.games === games;
    unwritten = null;
    history[isOther ? "pushState" : "replaceState"]({ games, at }, "", addressOf(game, at));
  } else unwritten = { state: { games, at }, address: addressOf(game, at) };
  timer = setTimeout(write, SOON);
}

const addressOf = (game, at) => `#move=${game.count(at) + 1}`;

function write() {
  if (unwritten) history.replaceState(unwritten.state, "", unwritten.address);
  unwritten = null;
  keep();
}

// Keeps the game as it is now with the guesses of the quiz, and the way to the place in it.
export function keep() {
  const { game, at, name, about } = page, guesses = guessesOf(game);
  const changes = `${games} ${game.done.length} ${game.undone.length} ${guesses.length}`;
  const way = game.path(at).slice(1).map((index) => game.nodes[game.nodes[index].parent].children.indexOf(index));
  try {
    if (changes !== kept) {
      const work = { started: about.started, name, number: game.number ?? 1, sgf: toSgf(game), guesses };
      sessionStorage.setItem(KEY, JSON.stringify(work));
    }
    sessionStorage.setItem(`${KEY}-way`, JSON.stringify({ way, address: location.hash }));
    kept = changes;
  } catch { // there is no room for it, or none is given
    sessionStorage.clear();
  }
}

// Rows of a node's place in the file and what was guessed there.
function guessesOf(game) {
  return inOrder(game).flatMap((index, place) => game.nodes[index].guess ? [[place, game.nodes[index].guess]] : []);
}

// Shows what the tab had before a reload, or the file with which the server was started; whether there was one.
export async function restore() {
  const work = read(KEY), { opened, started } = page.about;
  if (work && (work.started === started || !opened)) {
    const game = new Game(await askJson(`/api/game?number=${work.number}`, new Blob([work.sgf])));
    for (const [place, guess] of work.guesses) if (game.nodes[place]) game.nodes[place].guess = guess;
    const { way = [], address } = read(`${KEY}-way`) ?? {};
    let at = 0;
    for (const child of way) at = game.nodes[at].children[child] ?? at;
    show(game, work.name, (location.hash === address ? null : addressed(game, at)) ?? at);
    return true;
  }
  if (!opened) return false;
  const game = new Game(await askJson("/api/opened"));
  show(game, opened.name, addressed(game, 0) ?? before(game, 0, opened.move));
  return true;
}

function read(key) {
  try {
    return JSON.parse(sessionStorage.getItem(key));
  } catch {
    return null;
  }
}

// The place that the address names, on the line through a node; nothing where it names that node's own, or none.
function addressed(game, at) {
  const found = /^#move=(\d{1,6})$/.exec(location.hash);
  if (!found || Number(found[1]) === game.count(at) + 1) return null;
  return before(game, at, Number(found[1]));
}

// The last place before the move of a number, on the line through a node.
function before(game, at, number) {
  let made = 0, last = 0;
  for (const index of game.line(at)) {
    if (game.nodes[index].move) made++;
    if (made < number) last = index;
  }
  return last;
}

export function setUpStore() {
  on("game", () => { games++; });
  on("place", placed);
  addEventListener("pagehide", () => { if (page.game) keep(); });
  addEventListener("popstate", ({ state }) => {
    unwritten = null;
    if (state?.games === games && page.game.holds(state.at)) go(state.at);
    else if (!state) followAddress(); // someone changed the address
  });
}

function followAddress() {
  const index = addressed(page.game, page.at);
  if (index !== null && index !== undefined) go(index);
}
