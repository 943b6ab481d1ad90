// The panel of two networks: both lists, what is different here, how often they agree over the game.

import { againstOrFor } from "./colours.js";
import { bestItems } from "./moves.js";
import { $, networks, on, page, percent } from "./page.js";
import { isLate } from "./place.js";
import { series, seriesBeside } from "./series.js";
import { drawBoards } from "./show.js";

const NOTABLE = 0.01; // a difference that bears a number
const LEAST = 0.002; // a difference that is drawn

export const compare = {
  scene(index) {
    const [first, second] = page.maps;
    if (index || !$("differences").checked || !first || !second) return {};
    return { tiles: differences(first, second) };
  },
  draw() {
    const [first, second] = page.maps, names = networks();
    $("compare-hint").hidden = names.length > 1;
    $("compared").hidden = names.length < 2;
    if (names.length < 2) return;
    for (const index of [0, 1]) {
      $(`compare-name${index}`).textContent = names[index];
      if (page.maps[index]) $(`compare-best${index}`).replaceChildren(...bestItems(page.maps[index], 8));
    }
    drawSlider();
    if (first && second) $("distance").textContent = `Here they share ${percent(1 - distance(first, second))} of their probability.`;
    $("agreement").textContent = agreement();
  },
};

export function setUpCompare() {
  const { compared } = page.about;
  $("differences").addEventListener("change", drawBoards);
  $("slider-label").hidden = compared.length < 2;
  $("slider").max = compared.length - 1;
  $("slider").addEventListener("input", () => {
    $("beside").value = compared[$("slider").value];
    $("beside").dispatchEvent(new Event("change"));
  });
  on("answered", (mine) => $("beside").value && !isLate(mine) ? seriesBeside.read() : null);
}

function drawSlider() {
  const { compared } = page.about, place = compared.indexOf($("beside").value);
  if (place >= 0) $("slider").value = place;
  $("slider").ariaValueText = $("slider-name").textContent = place < 0 ? "" : `${$("beside").value} (${place + 1} of ${compared.length})`;
}

// Blue where the first likes a point better, orange where the second does, with the difference in per cent.
function differences(first, second) {
  const stones = page.game.stones(page.at), most = 0.25;
  return first.probabilities.flatMap((p, point) => {
    const more = p - second.probabilities[point];
    if (stones[point] || Math.abs(more) < LEAST) return [];
    const isNotable = Math.abs(more) >= NOTABLE, text = isNotable ? (more > 0 ? "+" : "−") + Math.abs(100 * more).toFixed(0) : "";
    return [[point, isNotable ? 0.33 + 0.14 * Math.sqrt(Math.min(1, Math.abs(more))) : 0.15, againstOrFor(more / most), text]];
  });
}

function distance(first, second) {
  return first.probabilities.reduce((sum, p, point) => sum + Math.abs(p - second.probabilities[point]), 0) / 2;
}

function agreement() {
  const pairs = series.entries().map((entry, ply) => [entry, seriesBeside.entries()[ply]]).filter(([one, other]) => one && other);
  if (!pairs.length) return "";
  const share = (fits) => percent(pairs.filter(fits).length / pairs.length);
  return `The same first choice in ${share(([one, other]) => one.best === other.best)} of ${pairs.length} positions of the line. `
    + `Of its moves ${share(([one]) => one.rank === 1)} are the first choice of ${networks()[0]}, ${share(([, other]) => other.rank === 1)} of ${networks()[1]}.`;
}
