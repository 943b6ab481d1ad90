// A game tree, walked and added to. Points are row by row from the top left; size² is a pass.

const blank = (parent, move) => ({ parent, move, setup: [], marks: [], comment: "", children: [] });

export class Game {
  constructor(tree) {
    Object.assign(this, tree);
    this.nodes.forEach((node) => { node.children = []; });
    this.nodes.forEach((node, index) => {
      if (node.parent >= 0) this.nodes[node.parent].children.push(index);
    });
    this.chosen = new Map(); // at a fork, the way last taken
  }

  static empty(size) {
    return new Game({ size, komi: 7.5, to_move: 1, handicap: 0, warnings: [], black: "", white: "",
      nodes: [blank(-1, null)] });
  }

  next(index) {
    const { children } = this.nodes[index];
    return this.chosen.get(index) ?? children[0];
  }

  path(index) {
    const path = [];
    for (let at = index; at >= 0; at = this.nodes[at].parent) path.push(at);
    return path.reverse();
  }

  // The current line: through a node and on to its end.
  line(index) {
    const line = this.path(index);
    for (let at = this.next(index); at !== undefined; at = this.next(at)) line.push(at);
    return line;
  }

  choose(index) {
    for (let at = index; this.nodes[at].parent >= 0; at = this.nodes[at].parent) this.chosen.set(this.nodes[at].parent, at);
  }

  // What the server is asked about: the position after a node.
  position(index) {
    const moves = [], setup = [];
    let toMove = this.to_move;
    for (const at of this.path(index)) {
      const node = this.nodes[at];
      for (const [point, colour] of node.setup) setup.push([moves.length, point, colour]);
      if (node.move) {
        moves.push(2 * node.move[1] + node.move[0] - 1);
        toMove = 3 - node.move[0];
      }
      if (node.turn) toMove = node.turn;
    }
    return { size: this.size, moves, setup, to_move: toMove };
  }

  stones(index) {
    const stones = new Uint8Array(this.size ** 2);
    for (const at of this.path(index)) {
      const { move, setup } = this.nodes[at];
      for (const [point, colour] of setup) stones[point] = colour;
      if (move) place(stones, this.size, move[0], move[1]);
    }
    return stones;
  }

  // Why a move is against the rules, or nothing. No position may come back at once.
  refusal(index, colour, point) {
    if (point === this.size ** 2) return "";
    const stones = this.stones(index), { move, parent } = this.nodes[index];
    if (stones[point]) return "There is a stone already.";
    place(stones, this.size, colour, point);
    if (!chainAt(stones, this.size, point).free) return "That would be suicide.";
    if (move && this.stones(parent).every((stone, at) => stone === stones[at])) return "The ko may not be retaken at once.";
    return "";
  }

  add(index, colour, point) {
    const same = this.nodes[index].children.find((child) => {
      const { move } = this.nodes[child];
      return move && move[0] === colour && move[1] === point;
    });
    if (same !== undefined) return same;
    this.nodes.push(blank(index, [colour, point]));
    this.nodes[index].children.push(this.nodes.length - 1);
    return this.nodes.length - 1;
  }

  remove(index) {
    const { parent } = this.nodes[index];
    if (parent < 0) return index;
    const siblings = this.nodes[parent].children;
    siblings.splice(siblings.indexOf(index), 1);
    this.chosen.delete(parent);
    return parent;
  }

  // The whole file: what it had, as it stood there, and the moves added since.
  sgf() {
    const letters = "abcdefghijklmnopqrstuvwxyz";
    const name = (point) => point === this.size ** 2 ? "" : letters[point % this.size] + letters[Math.floor(point / this.size)];
    const own = ({ parent, move }) => parent < 0 ? { FF: ["4"], GM: ["1"], CA: ["UTF-8"], AP: ["Honte"], SZ: [this.size], KM: [this.komi] }
      : { [move[0] === 1 ? "B" : "W"]: [name(move[1])] };
    const parts = [];
    const waiting = [0];
    while (waiting.length) { // no recursion: games may have thousands of nodes in a line
      const at = waiting.pop();
      if (typeof at === "string") { parts.push(at); continue; }
      const node = this.nodes[at];
      const said = Object.entries(node.properties ?? own(node));
      parts.push("\n;", ...said.map(([property, values]) => property + values.map((value) => `[${value}]`).join("")));
      const several = node.children.length > 1;
      for (const child of [...node.children].reverse()) waiting.push(...(several ? [")", child, "("] : [child]));
    }
    return `(${parts.join("")})\n${this.others ?? ""}`;
  }
}

function place(stones, size, colour, point) {
  if (point === size ** 2) return;
  stones[point] = colour;
  for (const near of neighbours(point, size)) {
    if (stones[near] !== 3 - colour) continue;
    const { chain, free } = chainAt(stones, size, near);
    if (!free) for (const stone of chain) stones[stone] = 0;
  }
}

// The chain of a stone, and whether it has a liberty.
function chainAt(stones, size, point) {
  const chain = [point], seen = new Set(chain);
  let free = false;
  for (const stone of chain) {
    for (const near of neighbours(stone, size)) {
      if (stones[near] === 0) free = true;
      if (stones[near] === stones[point] && !seen.has(near)) { seen.add(near); chain.push(near); }
    }
  }
  return { chain, free };
}

function neighbours(point, size) {
  const column = point % size, around = [];
  if (point >= size) around.push(point - size);
  if (column > 0) around.push(point - 1);
  if (column < size - 1) around.push(point + 1);
  if (point < size * (size - 1)) around.push(point + size);
  return around;
}
