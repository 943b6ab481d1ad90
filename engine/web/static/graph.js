// The probability of each played move of a line, as bars.

import { Group } from "./shapes.js";

const LEFT = 33 / 16; // of the root's letters
const LEAST = 40, BOTTOM = 4, TOP = 8;

export class Graph {
  constructor(svg) {
    this.svg = svg;
    this.count = 0;
    this.shapes = new Group();
    svg.append(this.shapes.top);
    this.measure();
  }

  // Takes its measures anew: asked for at every step, they would have the page laid out each time.
  measure() {
    const { clientWidth: width, clientHeight: height } = this.svg;
    const left = LEFT * parseFloat(getComputedStyle(document.documentElement).fontSize); // what the names of the lines take
    Object.assign(this, { width, height, left });
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  }

  // Width of a move.
  step() {
    return (this.width - this.left - 3) / Math.max(this.count, LEAST);
  }

  // The move under the pointer, counted from 0, or null.
  moveAt(event) {
    const ply = Math.floor((event.clientX - this.svg.getBoundingClientRect().left - this.left) / this.step());
    return this.count ? Math.min(Math.max(ply, 0), this.count - 1) : null;
  }

  // colours of the moves, entries for as many as are known, and the move to mark, or -1
  draw(colours, entries, here) {
    this.count = colours.length;
    const { width, height, left } = this, step = this.step(), bottom = height - BOTTOM;
    const y = (p) => bottom - Math.sqrt(p) * (bottom - TOP);
    const shapes = [0.05, 0.25, 1].flatMap((p) => [
      ["line", { x1: left - 1, x2: width, y1: y(p), y2: y(p) }],
      ["text", { x: left - 5, y: y(p) + 3, "text-anchor": "end" }, `${100 * p}%`],
    ]);
    entries.forEach((entry, ply) => {
      if (!entry) return;
      const bar = { x: left + ply * step, y: y(entry.p), width: Math.max(step - 0.6, 0.6), height: bottom - y(entry.p) };
      shapes.push(["rect", { class: colours[ply] === 1 ? "black" : "white", ...bar }]);
    });
    if (here >= 0) shapes.push(["rect", { class: "here", x: left + here * step - 1, y: 0, width: Math.max(step, 2) + 1, height }]);
    this.shapes.draw(shapes);
  }
}
