// What the network says of every move of the line: asked for in parts, kept as far as lines are the same.

import { askJson } from "./api.js";
import { $, how, page, tell } from "./page.js";

const STEP = 32; // moves in a question

export class Series {
  // of a network that `network` names
  constructor(network) {
    this.network = network;
    this.known = { asked: "", moves: [], entries: [] };
  }

  // What is known of the line through here: the entries of its moves, up to where it leaves the line that was asked for.
  entries() {
    return this.entriesOf(wholeLine());
  }

  entriesOf(position) {
    if (this.known.asked !== this.askedOf(position)) return [];
    const fork = position.moves.findIndex((move, ply) => move !== this.known.moves[ply]);
    return this.known.entries.slice(0, fork < 0 ? position.moves.length : fork);
  }

  how() {
    return how(this.network());
  }

  askedOf({ size, setup }) {
    return JSON.stringify([this.how(), size, setup]);
  }

  async read() {
    const position = wholeLine(), asked = this.askedOf(position), network = this.how();
    if (asked === this.known.asked && String(position.moves) === String(this.known.moves)) return;
    const mine = this.known = { asked, moves: position.moves, entries: this.entriesOf(position) };
    await new Promise((resolve) => setTimeout(resolve, 150)); // whoever steps on does not want it
    try {
      while (mine === this.known && mine.entries.length < position.moves.length) {
        if (asked !== this.askedOf(position)) { // of a network that is no longer shown
          mine.asked = "";
          return;
        }
        const first = mine.entries.length, last = Math.min(first + STEP, position.moves.length);
        mine.entries.push(...await askJson("/api/line", { ...position, ...network, first, last }));
        if (mine === this.known) tell("draw");
      }
    } catch (error) {
      mine.asked = ""; // to be asked again
      throw error;
    }
  }
}

const wholeLine = () => page.game.position(page.game.line(page.at).at(-1));

export const series = new Series(() => $("network").value);
export const seriesBeside = new Series(() => $("beside").value);
