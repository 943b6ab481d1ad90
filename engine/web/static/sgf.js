// A game as SGF: what its file had, as it stood there, and what was added since.

const LETTERS = "abcdefghijklmnopqrstuvwxyz";

// The game; the file's other games stand before and after it.
export function toSgf(game) {
  const parts = [];
  const waiting = [0];
  while (waiting.length) { // no recursion: games may have thousands of nodes in a line
    const at = waiting.pop();
    if (typeof at === "string") { parts.push(at); continue; }
    const node = game.nodes[at];
    const said = Object.entries(node.properties ?? propertiesOf(game, node));
    parts.push("\n;", ...said.map(([property, values]) => property + values.map((value) => `[${value}]`).join("")));
    const several = node.children.length > 1;
    for (const child of [...node.children].reverse()) waiting.push(...(several ? [")", child, "("] : [child]));
  }
  return `${game.before ?? ""}(${parts.join("")})\n${game.after ?? ""}`;
}

// The nodes in the order in which they are written, which is that in which they are read.
export function inOrder(game) {
  const found = [], waiting = [0];
  while (waiting.length) {
    const at = waiting.pop();
    found.push(at);
    waiting.push(...[...game.nodes[at].children].reverse());
  }
  return found;
}

// What a node that was made here says.
function propertiesOf({ size, komi }, { parent, move, setup, turn }) {
  const name = (point) => point === size ** 2 ? "" : LETTERS[point % size] + LETTERS[Math.floor(point / size)];
  const said = parent < 0 ? { FF: ["4"], GM: ["1"], CA: ["UTF-8"], AP: ["Honte"], SZ: [size], KM: [komi] } : {};
  for (const [property, colour] of [["AE", 0], ["AB", 1], ["AW", 2]]) {
    const points = setup.filter((row) => row[1] === colour);
    if (points.length) said[property] = points.map(([point]) => name(point));
  }
  if (turn) said.PL = [turn === 1 ? "B" : "W"];
  if (move) said[move[0] === 1 ? "B" : "W"] = [name(move[1])];
  return said;
}
