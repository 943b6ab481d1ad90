// The panel of the network's moves, in order.

import { $, doing, make, nextPoint, page, percent, pointName } from "./page.js";
import { play } from "./play.js";

export const moves = {
  draw() {
    const [map] = page.maps;
    $("best").classList.toggle("stale", !map); // the list before stays until there is a new one, or it would flicker
    $("best").inert = !map;
    $("welcome").hidden = page.game.nodes.length > 1;
    if (map) $("best").replaceChildren(...bestItems(map, 10));
  },
};

// The most probable moves as items of a list, each of which plays its move.
export function bestItems(map, count) {
  const best = [...map.probabilities.keys()].filter((point) => map.probabilities[point] > 0)
    .sort((a, b) => map.probabilities[b] - map.probabilities[a]).slice(0, count);
  return best.map((point, index) => {
    const p = map.probabilities[point], bar = make("span", { className: "bar" });
    bar.style.width = `${100 * p / map.probabilities[best[0]]}%`;
    const button = make("button", { title: "Play it", onclick: doing(() => play(point)) },
      make("span", { className: "rank", textContent: index + 1 }), make("span", { className: "vertex", textContent: pointName(point) }),
      bar, make("span", { className: "percent", textContent: percent(p) }));
    return make("li", { className: point === nextPoint() ? "played" : "" }, button);
  });
}
