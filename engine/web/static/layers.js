// The panel of what goes on inside the network: the maps of a layer or the filters of the first, one of them enlarged,
// and what one of its values is the sum of.

import { ask, askJson } from "./api.js";
import { Sheet } from "./sheet.js";
import { describe } from "./network.js";
import { $, doing, fill, how, make, on, page, pointName, position } from "./page.js";
import { isLate, refresh } from "./place.js";

let sheet;
let chosen = 0, point = null; // the map that is enlarged, and the value in it whose sum is shown
let shown = null; // what the sheet is of: its names, and whether its points are those of the board

export const layers = { open: () => { if (page.game) refresh(); } };

export function setUpLayers() {
  sheet = new Sheet($("sheet"), page.about.scale);
  fill($("filter"), [["", "nothing"], ...page.about.planes.map(({ name }, index) => [index, `${index} ${name}`])]);
  $("layer").addEventListener("change", () => { $("filter").value = ""; chosen = 0; point = null; refresh(); });
  $("filter").addEventListener("change", () => { $("layer").value = ""; chosen = 0; point = null; refresh(); });
  for (const id of ["by-strength", "own-scale"]) $(id).addEventListener("change", draw);
  $("channel").addEventListener("input", ({ target }) => choose(Number(target.value)));
  $("sheet").addEventListener("click", (event) => { const at = sheet.under(event); if (at) choose(at.index); });
  $("sheet").addEventListener("pointermove", (event) => tell(sheet.under(event)));
  $("sheet").addEventListener("pointerleave", () => tell(null));
  $("tile").addEventListener("click", doing(async (event) => {
    if (!shown) return;
    point = pointUnder(event);
    draw();
    await readSum();
  }));
  $("tile").addEventListener("pointermove", (event) => tell(shown && { index: chosen, point: pointUnder(event) }));
  $("tile").addEventListener("pointerleave", () => tell(null));
  on("network", fillLayers);
  on("answered", read);
}

// The layers of the network that answers here.
function fillLayers() {
  const layer = $("layer").value, { layers: known } = page.network;
  fill($("layer"), [["", "nothing"], ...Object.entries(known).map(([name, count]) => [name, `${name} (${count})`])]);
  $("layer").value = layer in known ? layer : "";
}

async function read(mine) {
  await describe(mine);
  if (isLate(mine)) return;
  const layer = $("layer").value, filter = $("filter").value, { network } = how(), { size } = page.game;
  const isNothing = !layer && filter === "";
  if (isNothing) $("inside").hidden = true;
  if (isNothing || page.panel !== layers) return;
  const answer = layer
    ? await ask("/api/layer", { ...position(), ...how(), layer })
    : await ask(`/api/filters?${new URLSearchParams({ network, size, plane: filter })}`);
  const values = new Float32Array(await answer.arrayBuffer());
  if (isLate(mine)) return;
  shown = layer ? layerWords(layer) : filterWords(filter);
  shown.values = values;
  shown.side = layer ? page.game.size : Math.sqrt(values.length / Object.values(page.network.layers)[1]);
  $("inside").hidden = false;
  draw();
  await readSum();
}

function layerWords(layer) {
  const count = page.network.layers[layer], { planes } = page.about;
  const caption = layer === "planes" ? `The ${count} planes of this position; dark where 1`
    : count === 1 ? `${layer}: the logits of this position` : `${layer}: ${count} maps of this position`;
  const nameOf = layer === "planes" ? (index) => `Plane ${index}, ${planes[index].name}` : (index) => `${layer}, channel ${index}`;
  const hasSum = !["planes", "head"].includes(layer), before = Object.keys(page.network.layers);
  return { layer, caption, nameOf, isBoard: true, hasSum, input: before[before.indexOf(layer) - 1] };
}

function filterWords(plane) {
  const [, [layer, count]] = Object.entries(page.network.layers), { name } = page.about.planes[plane];
  return { caption: `What the ${count} filters of ${layer} see in “${name}”: blue for, orange against`, nameOf: (index) => `${layer}, filter ${index}, for “${name}”`, signed: true };
}

function draw() {
  if (!shown) return;
  sheet.show({ values: shown.values, side: shown.side, signed: shown.signed, own: $("own-scale").checked, byStrength: $("by-strength").checked });
  chosen = Math.min(chosen, sheet.count - 1);
  $("channel").max = sheet.count - 1;
  $("channel").value = chosen;
  $("sheet-caption").textContent = shown.caption;
  sheet.enlarge($("tile"), chosen, { stones: shown.isBoard ? page.game.stones(page.at) : null, point: shown.isBoard ? point : null });
  const [low, high] = sheet.legend($("legend"), chosen);
  $("low").textContent = format(low);
  $("high").textContent = format(high);
  tell(null);
  if (!shown.hasSum || point === null) $("sum").replaceChildren(...(shown.hasSum ? [make("p", { className: "hint", textContent: "Click a value in the enlarged map to see what it is the sum of." })] : []));
}

function choose(index) {
  if (!(Number.isInteger(index) && index >= 0 && index < sheet.count)) return;
  chosen = index;
  draw();
  doing(readSum)();
}

// The value under the pointer, or what the enlarged map is.
function tell(at) {
  if (!shown) return;
  const { index, point: over } = at ?? { index: chosen, point: null };
  const place = over === null ? "" : shown.isBoard ? `, ${pointName(over)}` : `, row ${Math.floor(over / shown.side) + 1}, column ${over % shown.side + 1}`;
  $("tile-caption").textContent = `${shown.nameOf(index)}${place}${over === null ? "" : `: ${format(sheet.maps[index][over])}`}`;
}

function pointUnder(event) {
  const box = $("tile").getBoundingClientRect(), { side } = shown;
  const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height].map((share) => Math.min(Math.max(Math.floor(share * side), 0), side - 1));
  return y * side + x;
}

// What the chosen value is the sum of: patch times kernel for the inputs that add most, the rest, the bias.
async function readSum() {
  const { layer, hasSum, input } = shown ?? {};
  if (!hasSum || point === null) return;
  const asked = [page.at, layer, chosen, point].join();
  const told = await askJson("/api/sum", { ...position(), ...how(), layer, channel: chosen, point });
  if (asked !== [page.at, $("layer").value, chosen, point].join() || page.panel !== layers) return;
  const nameOf = (channel) => input === "planes" ? page.about.planes[channel].name : `${input} ${channel}`;
  const most = Math.max(...told.terms.flatMap(({ kernel }) => kernel.flat().map(Math.abs)));
  const terms = told.terms.map(({ channel, patch, kernel, sum }) => make("tr", {},
    make("th", { scope: "row", textContent: nameOf(channel) }), make("td", {}, grid(patch, Math.max(...patch.flat(), 1e-9), false)),
    make("td", { textContent: "×" }), make("td", {}, grid(kernel, most, true)), make("td", { textContent: format(sum, true) })));
  const line = (name, value) => make("tr", {}, make("th", { scope: "row", colSpan: 4, textContent: name }), make("td", { textContent: value }));
  $("sum").replaceChildren(
    make("h3", { textContent: `${layer}, channel ${chosen}, ${pointName(point)}: input × kernel` }),
    make("table", {}, make("tbody", {}, ...terms, line(`${told.others} other inputs`, format(told.rest, true)), line("bias", format(told.bias, true)),
      line("sum", format(told.sum)), line("what the layer makes of it", format(told.output)))));
}

// A small picture of rows of values.
function grid(rows, most, signed) {
  const side = rows.length, canvas = make("canvas", { width: side, height: side, className: "grid", title: rows.map((row) => row.map((value) => format(value)).join("  ")).join("\n") });
  const context = canvas.getContext("2d"), scale = new Sheet(canvas, page.about.scale);
  scale.signed = signed;
  rows.flat().forEach((value, at) => {
    context.fillStyle = `rgb(${scale.colourOf(value, signed ? [-most, most] : [0, most])})`;
    context.fillRect(at % side, Math.floor(at / side), 1, 1);
  });
  return canvas;
}

function format(value, hasSign = false) {
  const text = Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(2);
  return (hasSign && value > 0 ? "+" : "") + text.replace("-", "−");
}
