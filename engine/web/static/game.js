// A game tree, walked and changed. Points are row by row from the top left; size² is a pass.

import { isSound, place, refusal } from "./rules.js";

const blank = (parent, move) => ({ parent, move, setup: [], marks: [], comment: "", children: [] });

export class Game {
  constructor(tree) {
    Object.assign(this, tree);
    this.nodes.forEach((node) => { node.children = []; });
    this.nodes.forEach((node, index) => {
      if (node.parent >= 0) this.nodes[node.parent].children.push(index);
    });
    this.chosen = new Map(); // at a fork, the way last taken
    this.seen = new Map(); // the stones after a node
    this.done = []; // changes, the last of which can be undone
    this.undone = [];
  }

  static empty(size) {
    return new Game({ size, komi: 7.5, to_move: 1, handicap: 0, warnings: [], games: [], black: "", white: "",
      nodes: [{ ...blank(-1, null), made: true }] });
  }

  // ---- walking

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

  // The nodes of the current line in which a move is made.
  moves(index) {
    return this.line(index).filter((at) => this.nodes[at].move);
  }

  // Moves made up to a node.
  count(index) {
    let count = 0;
    for (let at = index; at >= 0; at = this.nodes[at].parent) if (this.nodes[at].move) count++;
    return count;
  }

  choose(index) {
    for (let at = index; this.nodes[at].parent >= 0; at = this.nodes[at].parent) this.chosen.set(this.nodes[at].parent, at);
  }

  // Whether a node is still part of the game: what is removed stays among the nodes, to be put back.
  holds(index) {
    for (let at = index; at > 0; at = this.nodes[at].parent) {
      if (!this.nodes[this.nodes[at].parent].children.includes(at)) return false;
    }
    return true;
  }

  // What the server is asked about: the position after a node. It is the turn of whoever makes the next move of the
  // line; at its end, of whom the nodes since the last move name, or else of the other side than made that.
  position(index) {
    const moves = [], setup = [], line = this.line(index), place = line.indexOf(index);
    let toMove = this.to_move;
    for (const at of line.slice(0, place + 1)) {
      const node = this.nodes[at];
      for (const [point, colour] of node.setup) setup.push([moves.length, point, colour]);
      if (node.move) {
        moves.push(2 * node.move[1] + node.move[0] - 1);
        toMove = 3 - node.move[0];
      }
      if (node.turn) toMove = node.turn;
    }
    const next = line.slice(place + 1).find((at) => this.nodes[at].move);
    if (next !== undefined) [toMove] = this.nodes[next].move;
    return { size: this.size, moves, setup, to_move: toMove };
  }

  // The stones after a node, which are not to be changed.
  stones(index) {
    const unknown = [];
    let at = index;
    for (; at >= 0 && !this.seen.has(at); at = this.nodes[at].parent) unknown.push(at);
    let stones = at < 0 ? new Uint8Array(this.size ** 2) : this.seen.get(at);
    for (const node of unknown.reverse()) {
      const { move, setup } = this.nodes[node];
      stones = stones.slice();
      for (const [point, colour] of setup) stones[point] = colour;
      if (move) place(stones, this.size, move[0], move[1]);
      this.seen.set(node, stones);
    }
    return stones;
  }

  // The points that are dimmed at a node: as the last node said that says it.
  dimmed(index) {
    for (let at = index; at >= 0; at = this.nodes[at].parent) if (this.nodes[at].dim) return this.nodes[at].dim;
    return [];
  }

  // Why a move is against the rules, or nothing.
  refusal(index, colour, point) {
    return refusal(this.stones(index), this.size, colour, point, this.beforeLast(index, colour));
  }

  // The stones before the last move up to a node, which the other colour may not bring back at once: that is the ko rule.
  // Null where it does not hold, as when stones were set up since.
  beforeLast(index, colour) {
    let at = index;
    while (at >= 0 && !this.nodes[at].move && !this.nodes[at].setup.length) at = this.nodes[at].parent;
    if (this.nodes[at]?.move?.[0] !== 3 - colour) return null;
    const { parent, setup } = this.nodes[at], stones = parent < 0 ? new Uint8Array(this.size ** 2) : this.stones(parent).slice();
    for (const [point, colour] of setup) stones[point] = colour;
    return stones;
  }

  // ---- changing; each change can be undone

  // The node of a move after another, which is new unless it is there.
  add(index, colour, point) {
    const same = this.nodes[index].children.find((child) => {
      const { move } = this.nodes[child];
      return move && move[0] === colour && move[1] === point;
    });
    return same ?? this.attach({ ...blank(index, [colour, point]), made: true });
  }

  // Takes a node and what follows out; the node before.
  remove(index) {
    const { parent } = this.nodes[index];
    if (parent < 0) return index;
    const siblings = this.nodes[parent].children, place = siblings.indexOf(index);
    return this.change({
      from: index, to: parent,
      redo: () => { siblings.splice(place, 1); this.chosen.delete(parent); },
      undo: () => siblings.splice(place, 0, index),
    });
  }

  // Gives points, rows of [point, colour], another content than they have after a node, and says whose turn it is.
  // The node where that is so: this one, if it is no more than such a change itself; else a new one after it.
  // Nothing where a chain would have no liberty.
  setUp(index, points, turn) {
    const node = this.nodes[index], own = node.made && !node.move && !node.children.length;
    const before = own ? node.parent < 0 ? new Uint8Array(this.size ** 2) : this.stones(node.parent) : this.stones(index);
    const changed = new Map(own ? node.setup : []);
    for (const [point, colour] of points) {
      if (before[point] === colour) changed.delete(point); else changed.set(point, colour);
    }
    const after = before.slice();
    for (const [point, colour] of changed) after[point] = colour;
    if (!isSound(after, this.size)) return null;
    const setup = [...changed];
    if (!own) return this.attach({ ...blank(index, null), made: true, setup, turn });
    const { setup: oldSetup, turn: oldTurn } = node;
    return this.change({
      from: index, to: index,
      redo: () => Object.assign(node, { setup, turn: turn ?? oldTurn }),
      undo: () => Object.assign(node, { setup: oldSetup, turn: oldTurn }),
    });
  }

  // Where the last change was made, which is taken back; nothing where there is none.
  undo() {
    const change = this.done.pop();
    if (!change) return null;
    this.undone.push(change);
    change.undo();
    this.seen.clear();
    return change.from;
  }

  redo() {
    const change = this.undone.pop();
    if (!change) return null;
    this.done.push(change);
    change.redo();
    this.seen.clear();
    return change.to;
  }

  attach(node) {
    const index = this.nodes.push(node) - 1, { parent } = node, siblings = this.nodes[parent].children;
    return this.change({
      from: parent, to: index,
      redo: () => siblings.push(index),
      undo: () => { siblings.splice(siblings.indexOf(index), 1); this.chosen.delete(parent); },
    });
  }

  change(change) {
    change.redo();
    this.seen.clear();
    this.done.push(change);
    this.undone = [];
    return change.to;
  }
}
