// The panel of what goes on inside the network: the maps of a layer, the filters of the first.

import { ask } from "./api.js";
import { $, current, fill, how, on, page, position } from "./page.js";
import { isLate, refresh } from "./place.js";
import { Sheet } from "./sheet.js";

let sheet;

export const layers = { open: () => { if (page.game) refresh(); } };

export function setUpLayers() {
  sheet = new Sheet(page.about.columns);
  fill($("filter"), [["", "nothing"], ...page.about.planes.map(({ name }, index) => [index, `${index} ${name}`])]);
  $("layer").addEventListener("change", () => { $("filter").value = ""; refresh(); });
  $("filter").addEventListener("change", () => { $("layer").value = ""; refresh(); });
  on("answered", readSheet);
}

// The layers of the network that was chosen.
export function networkLayers() {
  const layer = $("layer").value;
  fill($("layer"), [["", "nothing"], ...Object.entries(current().layers).map(([name, count]) => [name, `${name} (${count})`])]);
  $("layer").value = layer in current().layers ? layer : "";
}

async function readSheet(mine) {
  const layer = $("layer").value, filter = $("filter").value, { network } = how();
  $("inside").hidden = !layer && filter === "";
  if ($("inside").hidden || page.panel !== layers) return;
  const answer = layer
    ? await ask("/api/layer", { ...position(), ...how(), layer })
    : await ask(`/api/filters?${new URLSearchParams({ network, plane: filter })}`);
  const picture = await answer.blob();
  if (!isLate(mine)) sheet.show(picture, layer ? layerSheet(layer) : filterSheet(filter));
}

function layerSheet(layer) {
  const count = current().layers[layer], stones = page.game.stones(page.at), { planes } = page.about;
  if (layer === "planes") {
    const captionOf = (index) => `Plane ${index}, ${planes[index].name}: ${planes[index].meaning}`;
    return { count, stones, caption: `The ${count} planes of this position; dark where 1`, captionOf };
  }
  const caption = count === 1 ? `${layer}: the logits of this position, pale to dark` : `${layer}: ${count} maps of this position, pale to dark`;
  return { count, stones, caption, captionOf: (index) => `${layer}, channel ${index}` };
}

function filterSheet(plane) {
  const [, [layer, count]] = Object.entries(current().layers), { name } = page.about.planes[plane];
  return {
    count, stones: null,
    caption: `What the ${count} filters of ${layer} see in “${name}”: blue for, orange against`,
    captionOf: (index) => `${layer}, filter ${index}, for “${name}”`,
  };
}
