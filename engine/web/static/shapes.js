// The shapes of which boards, graphs and trees are drawn.

const SPACE = "http://www.w3.org/2000/svg";
export const CELL = 44;
export const INK = "#5c4222", WOOD = "#e2ba78";

export function element(name, attributes, text) {
  const made = document.createElementNS(SPACE, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

// A text around a place, as a row of what makes an element of it.
export function write(x, y, text, fill, size, more = {}) {
  return ["text", { x, y, dy: "0.36em", "font-size": size, "text-anchor": "middle", fill, ...more }, text];
}

// Shapes, rows of what makes an element, of which those that stay are left as they are: making and painting all of
// them again is what takes most of a step's time.
export class Group {
  constructor() {
    this.top = element("g", {});
    this.made = new Map(); // elements, by their rows
  }

  draw(shapes) {
    const before = this.made;
    this.made = new Map(shapes.map((shape) => [JSON.stringify(shape), shape]));
    for (const [row, old] of before) if (!this.made.has(row)) old.remove();
    let next = this.top.firstChild;
    for (const [row, shape] of this.made) {
      const made = before.get(row) ?? element(...shape);
      if (made === next) next = next.nextSibling; else this.top.insertBefore(made, next);
      this.made.set(row, made);
    }
  }
}
