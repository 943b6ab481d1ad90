// What the parts of the page share: the game, the place in it, what the networks say of it; and how they hear of changes.

import { Refused } from "./api.js";

export const $ = (id) => document.getElementById(id);

export const page = {
  ready: null, // a promise: that there is a game, the one before or the first
  about: null, // what the server is: networks, planes, colours
  game: null,
  name: "", // of the game's file
  at: 0, // a node of the game
  network: null, // what answers here: its parameters and its layers, once they are known
  maps: [null, null], // of the network and of the one beside it, once they are known
  plane: null, // points of the plane that is shown
  cursor: null, // a point, where the keyboard is used to play
  panel: null, // the one that is open: it may say what a click does and what the board shows
};

// ---- who wants to hear of what: "game" another game, "place" another place in it or another question, "draw",
// "answered" that the maps are there, and "network" that another network answers

const listeners = { game: [], place: [], draw: [], answered: [], network: [] };

export function on(event, work) {
  listeners[event].push(work);
}

export function tell(event, ...more) {
  return listeners[event].map((work) => work(...more));
}

// ---- what is said below: news of what happened, and what is refused

export function say(text, { refused = false } = {}) {
  for (const [id, shown] of [["message", refused], ["news", !refused]]) {
    $(id).textContent = shown ? text : "";
    $(id).hidden = !(shown && text);
  }
}

// Runs an event's work; what is refused is shown as its sentence.
export function doing(work) {
  return async (...event) => {
    try {
      await work(...event);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      say(error.message, { refused: true });
    }
  };
}

// ---- in short

export const networks = () => [$("network").value, $("beside").value].filter(Boolean);
export const current = () => page.about.networks.find(({ name }) => name === $("network").value);
export const levelsOf = (network) => page.about.networks.find(({ name }) => name === network)?.levels ?? []; // of none, none
export const how = (network = $("network").value) => ({
  network, symmetries: $("average").checked ? 8 : 1, hidden: $("hidden").checked,
  level: levelsOf(network).includes($("level").value) ? $("level").value : "",
});
export const position = () => page.game.position(page.at);
export const node = () => page.game.nodes[page.at];
export const nextPoint = () => page.game.nodes[page.game.next(page.at)]?.move?.[1] ?? null;
export const colourName = (colour) => colour === 1 ? "Black" : "White";
export const stoneOf = (isBlack) => isBlack ? "stone" : "stone white"; // what stands behind such a stone
export const rank = (map, point) => 1 + map.probabilities.filter((p) => p > map.probabilities[point]).length;

export function pointName(point) {
  const { size } = page.game;
  return point === size ** 2 ? "pass" : page.about.letters[point % size] + (size - Math.floor(point / size));
}

export function percent(p) {
  return `${(100 * p).toFixed(p < 0.001 && p > 0 ? 2 : 1)} %`;
}

export function make(name, properties = {}, ...children) {
  const made = document.createElement(name);
  Object.assign(made, properties);
  made.append(...children);
  return made;
}

export function fill(select, options) {
  select.replaceChildren(...options.map(([value, text]) => new Option(text, value)));
}
