// The board as SVG, in the measures and colours of the pictures that Honte draws elsewhere.

const SPACE = "http://www.w3.org/2000/svg";
const CELL = 44, MARGIN = 1.3 * CELL;
const INK = "#5c4222", WOOD = "#e2ba78", PLANE = "#1c4696";

// Stripes of darker wood: where they begin, how wide they are, how dark.
const GRAIN = [
  [0, 9, 0.05], [14, 3, 0.07], [22, 21, 0.03], [51, 2, 0.08], [60, 12, 0.04], [81, 4, 0.06], [90, 26, 0.025],
  [124, 2, 0.08], [131, 9, 0.05], [150, 17, 0.03], [174, 3, 0.07], [184, 11, 0.04], [203, 2, 0.06], [211, 14, 0.03],
];

export function element(name, attributes, text) {
  const made = document.createElementNS(SPACE, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

export class BoardView {
  constructor(svg, about) {
    this.svg = svg;
    this.about = about;
    this.size = 0;
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

  // stones; last, next, cursor: points or null; others: further next points; marks as in the game;
  // probabilities and plane (points) or null
  draw(size, { stones, last, next, others, cursor, marks, probabilities, plane }) {
    if (size !== this.size) this.drawGrid(size);
    const { shown, labelled, ring } = this.about;
    const above = element("g", {});
    const circle = (point, attributes) => {
      if (point === null || point >= size * size) return;
      const [cx, cy] = this.centre(point);
      above.append(element("circle", { cx, cy, fill: "none", ...attributes }));
    };
    const marked = new Set(marks.map(([point]) => point));
    const grounds = new Map(); // the colours of tiles
    if (plane) for (const point of plane) this.tile(above, point, 0.5, PLANE, stones[point] ? 0 : 0.85);
    stones.forEach((stone, point) => {
      const p = probabilities && !plane ? probabilities[point] : 0;
      const [cx, cy] = this.centre(point);
      if (stone) {
        above.append(element("circle", { cx: cx + 2, cy: cy + 2, r: 24, fill: "url(#shadow)" }));
        const rim = stone === 2 ? { stroke: "#969696", "stroke-width": 0.8 } : {};
        above.append(element("circle", { cx, cy, r: 0.48 * CELL, fill: `url(#${stone === 1 ? "black" : "white"})`, ...rim }));
      } else if (p >= labelled) {
        const colour = this.colour(p);
        grounds.set(point, colour);
        this.tile(above, point, 0.33 + 0.14 * Math.sqrt(p), css(colour), 1);
        if (!marked.has(point)) this.write(above, point, 100 * p >= 9.95 ? (100 * p).toFixed(0) : (100 * p).toFixed(1), contrast(colour));
      } else if (p >= shown) {
        this.tile(above, point, 0.15, css(this.colour(p)), 1);
      }
    });
    if (plane) for (const point of plane) if (stones[point]) this.tile(above, point, 0.22, "#4aa3ff", 1);
    for (const mark of marks) {
      const [point] = mark, ground = grounds.get(point);
      this.mark(above, mark, ground ? contrast(ground) : ["#2a1c0c", "#fff", "#000"][stones[point]], !ground && !stones[point]);
    }
    if (!marked.has(last)) circle(last, { r: 0.21 * CELL, stroke: stones[last] === 1 ? "#fff" : "#000", "stroke-width": 2.4 });
    circle(next, { r: 0.45 * CELL, stroke: css(ring), "stroke-width": 4.4 });
    for (const point of others) circle(point, { r: 0.45 * CELL, stroke: css(ring), "stroke-width": 1.6, "stroke-dasharray": "5 3" });
    circle(cursor, { r: 0.3 * CELL, stroke: "#1668c7", "stroke-width": 5 });
    this.above.replaceWith(above);
    this.above = above;
  }

  write(group, point, text, fill, size = 16) {
    const [x, y] = this.centre(point);
    group.append(element("text", { x, y: y + 0.36 * size, "font-size": size, "text-anchor": "middle", fill }, text));
  }

  // A mark of the game; where it is bare the lines behind a label are hidden.
  mark(group, [point, kind, words], ink, bare) {
    const [x, y] = this.centre(point), r = 0.27 * CELL;
    const stroke = { fill: "none", stroke: ink, "stroke-width": 2.6 };
    const shape = (name, attributes) => group.append(element(name, { ...attributes, ...stroke }));
    if (kind === "CR") shape("circle", { cx: x, cy: y, r });
    if (kind === "SQ") shape("rect", { x: x - 0.85 * r, y: y - 0.85 * r, width: 1.7 * r, height: 1.7 * r });
    if (kind === "TR") shape("path", { d: `M${x} ${y - 1.1 * r}l${0.95 * r} ${1.65 * r}h${-1.9 * r}z` });
    if (kind === "MA") shape("path", { d: `M${x - 0.8 * r} ${y - 0.8 * r}l${1.6 * r} ${1.6 * r}m0 ${-1.6 * r}l${-1.6 * r} ${1.6 * r}` });
    if (kind !== "LB") return;
    if (bare) group.append(element("circle", { cx: x, cy: y, r: 0.36 * CELL, fill: WOOD }));
    const text = words.slice(0, 5);
    this.write(group, point, text, ink, [20, 20, 18, 16, 13, 11][text.length]);
  }

  tile(group, point, radius, fill, opacity) {
    if (!opacity) return;
    const [x, y] = this.centre(point), reach = radius * CELL;
    group.append(element("rect", { x: x - reach, y: y - reach, width: 2 * reach, height: 2 * reach, rx: 0.3 * reach, fill, opacity }));
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
    this.above = element("g", {});
    svg.append(this.above);
  }

  colour(p) {
    const { scale } = this.about;
    const place = Math.sqrt(Math.min(Math.max(p, 0), 1)) * (scale.length - 1);
    const index = Math.min(Math.floor(place), scale.length - 2);
    return scale[index].map((low, channel) => Math.round(low + (scale[index + 1][channel] - low) * (place - index)));
  }
}

function css([red, green, blue]) {
  return `rgb(${red}, ${green}, ${blue})`;
}

function contrast(colour) {
  const [red, green, blue] = colour.map((channel) => (channel / 255) ** 2.2);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.19 ? "#0a0c18" : "#fff";
}
