// The board as SVG, in the measures and colours of the pictures that Honte draws elsewhere.

import { CELL, Group, INK, WOOD, element, write } from "./shapes.js";
import { drawMark, isBetween } from "./marks.js";

const MARGIN = 1.3 * CELL;
const PLANE = "#1c4696", EDGE = "#24507f"; // a tile's edge tells it from wood where colours do not: in grey, in print

// Stripes of darker wood: where they begin, how wide they are, how dark.
const GRAIN = [
  [0, 9, 0.05], [14, 3, 0.07], [22, 21, 0.03], [51, 2, 0.08], [60, 12, 0.04], [81, 4, 0.06], [90, 26, 0.025],
  [124, 2, 0.08], [131, 9, 0.05], [150, 17, 0.03], [174, 3, 0.07], [184, 11, 0.04], [203, 2, 0.06], [211, 14, 0.03],
];

export class BoardView {
  constructor(svg, about) {
    this.svg = svg;
    this.about = about;
    this.size = 0;
    new ResizeObserver(() => this.measure()).observe(svg);
  }

  // Tells the style how many units of the board a pixel is.
  measure() {
    this.svg.style.setProperty("--unit", this.width / this.svg.clientWidth || 1);
  }

  centre(point) {
    return [MARGIN + (point % this.size) * CELL, MARGIN + Math.floor(point / this.size) * CELL];
  }

  // The point under the pointer, or null.
  pointAt(event) {
    const box = this.svg.getBoundingClientRect();
    const scale = this.width / box.width;
    const column = Math.round(((event.clientX - box.left) * scale - MARGIN) / CELL);
    const row = Math.round(((event.clientY - box.top) * scale - MARGIN) / CELL);
    return column >= 0 && row >= 0 && column < this.size && row < this.size ? row * this.size + column : null;
  }

  // stones; last, next, cursor, chosen: points or null; others: further next points; marks and dimmed points as in the
  // game; probabilities and plane (points) or null; tiles: rows of point, radius, colour, text; notes, which stand on
  // stones too: rows of point, text, colour; rings, squares around the chosen point: rows of lines that they reach, text
  draw(size, { stones, last, next, others, cursor, chosen, marks, dimmed, probabilities, plane, tiles, notes, rings }) {
    if (size !== this.size) this.drawGrid(size);
    const { ring } = this.about;
    const shapes = [];
    const circle = (point, attributes) => {
      if (point === null || point >= size * size) return;
      const [cx, cy] = this.centre(point);
      shapes.push(["circle", { cx, cy, fill: "none", ...attributes }]);
    };
    const marked = new Set([...marks.filter((mark) => !isBetween(mark)), ...notes].map(([point]) => point));
    const grounds = new Map(); // the colours of tiles
    if (plane) for (const point of plane) this.tile(shapes, point, 0.5, PLANE, stones[point] ? 0 : 0.85);
    for (const [point, radius, colour, text] of plane ? [] : tiles ?? this.tilesOf(stones, probabilities)) {
      this.tile(shapes, point, radius, css(colour), 1);
      if (!text) continue;
      grounds.set(point, colour);
      if (!marked.has(point)) shapes.push(write(...this.centre(point), text, contrast(colour), 16, { class: "number chance" }));
    }
    stones.forEach((stone, point) => {
      if (!stone) return;
      const [cx, cy] = this.centre(point);
      shapes.push(["circle", { cx: cx + 2, cy: cy + 2, r: 24, fill: "url(#shadow)" }]);
      const rim = stone === 2 ? { stroke: "#969696", "stroke-width": 0.8 } : {};
      shapes.push(["circle", { cx, cy, r: 0.48 * CELL, fill: `url(#${stone === 1 ? "black" : "white"})`, ...rim }]);
    });
    if (plane) for (const point of plane) if (stones[point]) this.tile(shapes, point, 0.22, "#4aa3ff", 1);
    const centre = (point) => this.centre(point);
    for (const mark of marks) {
      const ground = grounds.get(mark[0]);
      const ink = ground ? contrast(ground) : ["#2a1c0c", "#fff", "#000"][stones[mark[0]]];
      shapes.push(...drawMark(mark, centre, { ink, bare: !ground && !stones[mark[0]] }));
    }
    for (const point of dimmed) {
      const [x, y] = this.centre(point);
      shapes.push(["rect", { class: "dim", x: x - CELL / 2, y: y - CELL / 2, width: CELL, height: CELL, fill: WOOD, opacity: 0.62 }]);
    }
    if (!marked.has(last)) circle(last, { r: 0.21 * CELL, stroke: stones[last] === 1 ? "#fff" : "#000", "stroke-width": 2.4 });
    for (const [point, text, colour] of notes) {
      circle(point, { class: "note", r: 0.4 * CELL, fill: css(colour) }); // a rim of the stone is left
      const around = { stroke: css(colour), "stroke-width": 4, "paint-order": "stroke" }; // read also where it is wider than the stone
      shapes.push(write(...this.centre(point), text, contrast(colour), 14, { class: "number", ...around }));
    }
    if (chosen !== null) for (const ring of rings) this.ring(shapes, chosen, ring);
    circle(next, { r: 0.45 * CELL, stroke: css(ring), "stroke-width": 4.4 });
    for (const point of others) circle(point, { r: 0.45 * CELL, stroke: css(ring), "stroke-width": 1.6, "stroke-dasharray": "5 3" });
    circle(chosen, { class: "chosen", r: 0.45 * CELL, stroke: "#0b0b0b", "stroke-width": 4.4 });
    circle(chosen, { r: 0.45 * CELL, stroke: "#fff", "stroke-width": 1.8 });
    circle(cursor, { r: 0.3 * CELL, stroke: "#1668c7", "stroke-width": 5 });
    this.above.draw(shapes);
  }

  tilesOf(stones, probabilities) {
    const { shown, labelled } = this.about, tiles = [];
    if (!probabilities) return tiles;
    stones.forEach((stone, point) => {
      const p = probabilities[point];
      if (stone || p < shown) return;
      const colour = this.colour(p);
      tiles.push(p < labelled ? [point, 0.15, colour, ""] : [point, 0.33 + 0.14 * Math.sqrt(p), colour, short(p)]);
    });
    return tiles;
  }

  ring(shapes, point, [reach, text]) {
    const [x, y] = this.centre(point), half = (reach + 0.5) * CELL, edge = MARGIN - CELL / 2, end = this.width - edge;
    const [left, top] = [x - half, y - half].map((from) => Math.max(from, edge));
    const [right, bottom] = [x + half, y + half].map((to) => Math.min(to, end));
    shapes.push(["rect", { class: "ring", x: left, y: top, width: right - left, height: bottom - top, fill: "none", stroke: "#111", "stroke-width": 2, "stroke-dasharray": "7 4" }]);
    shapes.push(["rect", { x: left + 4, y: top - 11, width: 46, height: 22, rx: 4, fill: WOOD, class: "under" }]);
    shapes.push(write(left + 26, top + 1, text, "#111", 16, { class: "number" }));
  }

  tile(shapes, point, radius, fill, opacity) {
    if (!opacity) return;
    const [x, y] = this.centre(point), reach = radius * CELL;
    const edge = { stroke: EDGE, "stroke-width": 1, rx: 0.3 * reach };
    shapes.push(["rect", { x: x - reach, y: y - reach, width: 2 * reach, height: 2 * reach, ...edge, fill, opacity }]);
  }

  drawGrid(size) {
    this.size = size;
    this.width = (size - 1) * CELL + 2 * MARGIN;
    const { svg, about, width } = this;
    svg.replaceChildren();
    svg.setAttribute("viewBox", `0 0 ${width} ${width}`);
    const definitions = element("defs", {});
    const gradient = (id, attributes, stops) => {
      const made = element("radialGradient", { id, ...attributes });
      for (const [offset, colour, opacity] of stops) {
        made.append(element("stop", { offset, "stop-color": colour, "stop-opacity": opacity ?? 1 }));
      }
      definitions.append(made);
    };
    const light = { cx: 0.325, cy: 0.3, r: 0.8 };
    gradient("black", light, [[0, "#707070"], [0.4, "#323232"], [1, "#0e0e0e"]]);
    gradient("white", light, [[0, "#fff"], [0.6, "#ececec"], [1, "#c6c6c6"]]);
    gradient("shadow", {}, [[0.8, INK, 0.5], [1, INK, 0]]);
    const grain = element("pattern", { id: "grain", width: 233, height: width, patternUnits: "userSpaceOnUse", patternTransform: "rotate(1.5)" });
    for (const [x, width, opacity] of GRAIN) grain.append(element("rect", { x, width, height: "100%", fill: INK, opacity }));
    definitions.append(grain);
    svg.append(definitions, element("rect", { width, height: width, fill: WOOD }), element("rect", { width, height: width, fill: "url(#grain)" }));
    for (let line = 0; line < size; line++) {
      const at = MARGIN + line * CELL, end = width - MARGIN;
      const stroke = { stroke: INK, "stroke-width": line % (size - 1) ? 1.2 : 2 };
      svg.append(element("line", { x1: MARGIN, y1: at, x2: end, y2: at, ...stroke }));
      svg.append(element("line", { x1: at, y1: MARGIN, x2: at, y2: end, ...stroke }));
      const name = { "font-size": 14, fill: INK, "text-anchor": "middle" };
      for (const edge of [0.42 * CELL, width - 0.42 * CELL]) {
        svg.append(element("text", { x: at, y: edge + 5, ...name }, about.letters[line]));
        svg.append(element("text", { x: edge, y: at + 5, ...name }, size - line));
      }
    }
    for (const star of about.stars[size]) {
      const [cx, cy] = this.centre(star);
      svg.append(element("circle", { cx, cy, r: 4.4, fill: INK }));
    }
    this.above = new Group();
    svg.append(this.above.top);
    this.measure();
  }

  colour(p) {
    const { scale } = this.about;
    const place = Math.sqrt(Math.min(Math.max(p, 0), 1)) * (scale.length - 1);
    const index = Math.min(Math.floor(place), scale.length - 2);
    return scale[index].map((low, channel) => Math.round(low + (scale[index + 1][channel] - low) * (place - index)));
  }
}

// A probability in percent, in at most three characters.
export function short(p) {
  return 100 * p >= 9.95 ? (100 * p).toFixed(0) : (100 * p).toFixed(1);
}

export function css([red, green, blue]) {
  return `rgb(${red}, ${green}, ${blue})`;
}

export function contrast(colour) {
  const [red, green, blue] = colour.map((channel) => (channel / 255) ** 2.2);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.19 ? "#0a0c18" : "#fff";
}
