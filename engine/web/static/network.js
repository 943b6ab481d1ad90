// Which network answers on the board that is shown, and what it is: its parameters and its layers.

import { askJson } from "./api.js";
import { $, current, how, page, tell } from "./page.js";
import { isLate } from "./place.js";

let known = ""; // which network, on which board, is described

const wanted = () => String(new URLSearchParams({ network: how().network, size: page.game.size }));

// Describes the network that answered the question `mine`, where it is another than before.
export async function describe(mine) {
  const asked = wanted();
  if (asked === known) return;
  const told = await askJson(`/api/network?${asked}`);
  if (isLate(mine)) return;
  known = asked;
  page.network = told;
  drawNetwork();
  tell("network");
}

// Says which of a family's networks answers here.
export function drawNetwork() {
  const { name, trained_for: trainedFor } = current(), { size } = page.game, own = trainedFor[size];
  const lines = (count) => `${count}x${count}`, parameters = known === wanted() ? `, ${(page.network.parameters / 1e6).toFixed(1)} million parameters` : "";
  $("network-note").textContent = !own ? ""
    : own === size ? `${name}: the network for ${lines(size)}${parameters}.`
      : `${name}: no network is trained for ${lines(size)}; the convolutions of that for ${lines(own)} answer.`;
}
