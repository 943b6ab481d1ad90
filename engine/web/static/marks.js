// What a game's file draws on its board: shapes, labels, arrows, lines, territory.

import { CELL, WOOD, write } from "./shapes.js";

const LETTERS = 5; // of a label that are drawn
const SIZES = [20, 20, 18, 16, 13, 11]; // of so many
const INKS = { TB: "#111", TW: "#fff" };
const segmenter = new Intl.Segmenter();

// Whether a mark leads from one point to another instead of standing on one.
export function isBetween([, kind]) {
  return kind === "AR" || kind === "LN";
}

// A mark [point, kind, words or the other point] in shapes; where it is bare the lines behind a label are hidden.
export function drawMark([point, kind, more], centre, { ink, bare }) {
  const [x, y] = centre(point), r = 0.27 * CELL;
  const line = { fill: "none", stroke: ink, "stroke-width": 2.6 };
  switch (kind) {
    case "CR": return [["circle", { cx: x, cy: y, r, ...line }]];
    case "SQ": return [["rect", { x: x - 0.85 * r, y: y - 0.85 * r, width: 1.7 * r, height: 1.7 * r, ...line }]];
    case "SL": return [["rect", { x: x - 0.6 * r, y: y - 0.6 * r, width: 1.2 * r, height: 1.2 * r, fill: ink }]];
    case "TR": return [["path", { d: `M${x} ${y - 1.1 * r}l${0.95 * r} ${1.65 * r}h${-1.9 * r}z`, ...line }]];
    case "MA": return [["path", { d: `M${x - 0.8 * r} ${y - 0.8 * r}l${1.6 * r} ${1.6 * r}m0 ${-1.6 * r}l${-1.6 * r} ${1.6 * r}`, ...line }]];
    case "TB": case "TW":
      return [["rect", { class: "territory", x: x - 0.5 * r, y: y - 0.5 * r, width: r, height: r, fill: INKS[kind], stroke: "#777", "stroke-width": 1 }]];
    case "AR": case "LN": return drawBetween(x, y, ...centre(more), kind === "AR");
    case "LB": {
      const letters = [...segmenter.segment(more)].slice(0, LETTERS).map(({ segment }) => segment);
      const ground = bare ? [["circle", { cx: x, cy: y, r: 0.36 * CELL, fill: WOOD }]] : [];
      return [...ground, write(x, y, letters.join(""), ink, SIZES[letters.length])];
    }
    default: return [];
  }
}

function drawBetween(x1, y1, x2, y2, hasHead) {
  const length = Math.hypot(x2 - x1, y2 - y1) || 1, [across, down] = [(x2 - x1) / length, (y2 - y1) / length];
  const head = 0.34 * CELL, [x, y] = hasHead ? [x2 - head * across, y2 - head * down] : [x2, y2];
  const shapes = [["path", { class: "between", d: `M${x1} ${y1}L${x} ${y}`, fill: "none", stroke: "#7a1fa2", "stroke-width": 4 }]];
  if (hasHead) {
    const side = 0.5 * head;
    shapes.push(["path", { d: `M${x2} ${y2}L${x - side * down} ${y + side * across}L${x + side * down} ${y - side * across}z`, fill: "#7a1fa2" }]);
  }
  return shapes;
}
