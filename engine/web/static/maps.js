// The maps that networks gave. The last of them are kept, so that a step there and back shows them at once.

import { askJson } from "./api.js";

const KEPT = 256;
const known = new Map(); // by question, those asked for last at the end

// The map that answers a question, or null where it must be asked for.
export function knownMap(question) {
  return known.get(JSON.stringify(question)) ?? null;
}

export async function askMap(question) {
  const name = JSON.stringify(question), map = knownMap(question) ?? await askJson("/api/map", question);
  keep(name, map);
  return map;
}

// Has a map ready that may be wanted next; it is answered after those that someone waits for.
export async function askAhead(question) {
  if (!knownMap(question)) keep(JSON.stringify(question), await askJson("/api/map", { ...question, ahead: true }));
}

function keep(name, map) {
  known.delete(name);
  known.set(name, map);
  if (known.size > KEPT) known.delete(known.keys().next().value);
}
