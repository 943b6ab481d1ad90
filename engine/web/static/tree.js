// The game tree: every line of moves in a row of its own, as far up as there is room; only what is in sight is drawn.

import { $, make, page } from "./page.js";
import { go } from "./place.js";
import { element } from "./shapes.js";

const ACROSS = 24, DOWN = 22, RADIUS = 8;
const EDGE = 3; // above the first row, for the ring around a stone

export class Tree {
  constructor(box) {
    this.box = box;
    this.svg = element("svg", { role: "img", "aria-label": "Game tree" });
    this.ground = make("div", {}, this.svg);
    box.append(this.ground);
    box.addEventListener("scroll", () => this.paint());
    this.svg.addEventListener("click", ({ target }) => {
      if (target.dataset.index) go(Number(target.dataset.index), { jump: true });
    });
  }

  draw() {
    const { game, at } = page, state = `${game.done.length} ${game.undone.length}`;
    if (game !== this.game || state !== this.state) {
      Object.assign(this, { game, state }, layOut(game));
      this.ground.style.width = `${this.width * ACROSS}px`;
      this.ground.style.height = `${this.height * DOWN + EDGE}px`;
    }
    const [x, y] = this.places.get(at), { box } = this;
    if (x * ACROSS < box.scrollLeft + ACROSS || x * ACROSS > box.scrollLeft + box.clientWidth - 2 * ACROSS) box.scrollLeft = x * ACROSS - box.clientWidth / 2;
    if (y * DOWN < box.scrollTop || y * DOWN > box.scrollTop + box.clientHeight - DOWN) box.scrollTop = y * DOWN - box.clientHeight / 2;
    this.paint();
  }

  paint() {
    const { box, svg, game } = this, { scrollLeft: left, scrollTop: top, clientWidth: width, clientHeight: height } = box;
    if (!game || !width) return;
    svg.setAttribute("width", width);
    svg.setAttribute("height", height);
    svg.style.translate = `${left}px ${top}px`;
    const lines = [], stones = [];
    const spot = ([x, y]) => [(x + 0.5) * ACROSS - left, (y + 0.5) * DOWN + EDGE - top];
    const from = Math.floor(left / ACROSS) - 1, to = (left + width) / ACROSS + 1;
    for (let column = Math.max(0, from); column < Math.min(to, this.columns.length); column++) {
      for (const index of this.columns[column]) {
        const place = this.places.get(index), node = game.nodes[index], [x, y] = spot(place);
        const before = node.parent < 0 ? null : spot(this.places.get(node.parent));
        if (y < -DOWN || (before ? before[1] : y) > height + DOWN) continue;
        if (before) lines.push(element("path", { d: y === before[1] ? `M${before[0]} ${y}H${x}` : `M${before[0]} ${before[1]}V${y - DOWN / 2}L${x} ${y}` }));
        if (y <= height + DOWN) stones.push(...shapes(index, node, x, y, index === page.at));
      }
    }
    svg.replaceChildren(...lines, ...stones);
  }
}

function shapes(index, { move, comment, setup }, x, y, isHere) {
  const kind = move ? ["", "black", "white"][move[0]] : setup.length ? "setup" : "root";
  const made = element("circle", { class: kind, cx: x, cy: y, r: move ? RADIUS : 0.65 * RADIUS, "data-index": index });
  const more = comment ? [element("circle", { class: "comment", cx: x + 0.8 * RADIUS, cy: y - 0.8 * RADIUS, r: 2.5 })] : [];
  return [...(isHere ? [element("circle", { class: "here", cx: x, cy: y, r: RADIUS + 3 })] : []), made, ...more];
}

// Where each node is, in columns and rows; which nodes are in a column; how many of both there are.
function layOut(game) {
  const places = new Map(), columns = [], free = []; // the first free row of each column
  const waiting = [[0, 0, 0]]; // first nodes of lines, their columns, and rows above which they may not be
  let height = 0;
  while (waiting.length) {
    const [first, column, least] = waiting.pop(), line = [];
    for (let at = first; at !== undefined; at = game.nodes[at].children[0]) line.push(at);
    let row = least;
    for (let x = column; x < column + line.length; x++) row = Math.max(row, free[x] ?? 0);
    line.forEach((index, step) => {
      const x = column + step;
      places.set(index, [x, row]);
      (columns[x] ??= []).push(index);
      free[x] = row + 1;
    });
    if (column) free[column - 1] = Math.max(free[column - 1] ?? 0, row + 1); // where the line comes down
    height = Math.max(height, row + 1);
    line.forEach((index, step) => { // the last forks are laid out first: they have the rows nearest to the line
      for (const child of game.nodes[index].children.slice(1).reverse()) waiting.push([child, column + step + 1, row + 1]);
    });
  }
  return { places, columns, width: columns.length, height };
}
