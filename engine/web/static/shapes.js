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

// A text around a place; `kind` is the class by which the style may change its size.
export function write(x, y, text, fill, size, kind = "") {
  return element("text", { class: kind, x, y, dy: "0.36em", "font-size": size, "text-anchor": "middle", fill }, text);
}
