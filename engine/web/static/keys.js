// The keyboard, the wheel and the pointer on the boards.

import { $, doing, page } from "./page.js";
import { go, stepBy, variation } from "./place.js";
import { answer, play, redo, remove, undo } from "./play.js";
import { boards, drawBoards, drawGraphCaption, drawStatus, goToMove, graph } from "./show.js";

const NOTCH = 40; // of a wheel, in pixels

const KEYS = {
  ArrowLeft: () => stepBy(-1), ArrowRight: () => stepBy(1), ArrowUp: () => variation(-1), ArrowDown: () => variation(1),
  PageUp: () => stepBy(-10), PageDown: () => stepBy(10), Home: () => go(0, { jump: true }), End: () => stepBy(Infinity),
  m: () => $("map").click(), s: () => $("average").click(), h: () => $("hidden").click(),
  g: doing(answer), p: doing(() => play(page.game.size ** 2)), Delete: remove,
};
const WITH_CONTROL = { z: undo, y: redo, Z: redo };
const CURSOR_STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

// What a point that is clicked or entered is for: the open panel says it, else a move is played there.
const choose = doing((point) => page.panel?.click ? page.panel.click(point) : play(point));

function moveCursor(across, down) {
  const { size } = page.game, { cursor } = page, middle = Math.floor(size / 2);
  const [row, column] = cursor === null ? [middle, middle] : [Math.floor(cursor / size) + down, cursor % size + across];
  if (row < 0 || column < 0 || row >= size || column >= size) return;
  page.cursor = row * size + column;
  boards[0].svg.focus({ preventScroll: true }); // or Enter would press the button that was pressed last
  drawBoards();
  drawStatus(page.cursor);
}

function actionOf({ key, shiftKey, ctrlKey, metaKey, altKey, target }) {
  if (altKey || target.closest("input:not([type=checkbox], [type=radio]), select, textarea, dialog")) return null;
  if (ctrlKey || metaKey) return WITH_CONTROL[key];
  if (shiftKey && key in CURSOR_STEPS) return () => moveCursor(...CURSOR_STEPS[key]);
  if (key === "Enter" && page.cursor !== null && !target.closest("button, summary, a")) return () => choose(page.cursor);
  const name = key.length === 1 ? key.toLowerCase() : key;
  return page.panel?.keys?.[name] ?? KEYS[name];
}

export function setUpKeys() {
  addEventListener("keydown", (event) => {
    const action = page.game && actionOf(event);
    if (!action) return;
    event.preventDefault();
    action();
  });
  for (const view of boards) {
    let rolled = 0;
    view.svg.addEventListener("wheel", (event) => {
      if (event.ctrlKey) return; // the browser zooms; so it does when two fingers pinch
      event.preventDefault();
      rolled += event.deltaMode ? NOTCH * event.deltaY : event.deltaY;
      if (Math.abs(rolled) < NOTCH) return;
      stepBy(Math.sign(rolled)); // a notch is one move, however far it scrolls
      rolled = 0;
    }, { passive: false });
    view.svg.addEventListener("pointermove", (event) => drawStatus(view.pointAt(event)));
    view.svg.addEventListener("pointerleave", () => drawStatus(page.cursor));
    view.svg.addEventListener("click", (event) => {
      const point = view.pointAt(event);
      if (point !== null) choose(point);
    });
  }
  $("graph").addEventListener("click", (event) => goToMove(graph.moveAt(event)));
  $("graph").addEventListener("pointermove", (event) => drawGraphCaption(graph.moveAt(event)));
  $("graph").addEventListener("pointerleave", () => drawGraphCaption(null));
  const clicks = {
    first: () => go(0, { jump: true }), back: () => stepBy(-1), forward: () => stepBy(1), last: () => stepBy(Infinity),
    undo, redo, remove, genmove: doing(answer), pass: doing(() => play(page.game.size ** 2)),
  };
  for (const [id, action] of Object.entries(clicks)) {
    $(id).addEventListener("click", () => { if ($(id).ariaDisabled !== "true") action(); });
  }
}
