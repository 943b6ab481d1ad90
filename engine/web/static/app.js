// The page: one game, one place in it, and what the networks say about that place.

import { Refused, ask, askJson } from "./api.js";
import { BoardView } from "./board.js";
import { Game } from "./game.js";
import { Graph } from "./graph.js";
import { Sheet } from "./sheet.js";

const $ = (id) => document.getElementById(id);
const GRAPH_STEP = 32, WARNINGS = 5;

let about, boards, graph, sheet, game, at = 0;
let maps = [null, null];
let plane = null;
let cursor = null; // a point, where the keyboard is used to play
let series = { asked: "", moves: [], entries: [] }; // of each move played, as far as it is known
let asked = null; // the game and the place in it where a move of the network is awaited
let turn = 0; // grows with every step, so that late answers are known as such
let pending = Promise.resolve(); // the maps that were asked for last

function say(text) {
  $("message").textContent = text;
  $("message").hidden = !text;
}

// Runs an event's work; what is refused is shown as its sentence.
function doing(work) {
  return async (...event) => {
    try {
      await work(...event);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      say(error.message);
    }
  };
}

const networks = () => [$("network").value, $("beside").value].filter(Boolean);
const current = () => about.networks.find(({ name }) => name === $("network").value);
const how = () => ({ network: $("network").value, symmetries: $("average").checked ? 8 : 1 });
const pointName = (point) => point === game.size ** 2 ? "pass" : about.letters[point % game.size] + (game.size - Math.floor(point / game.size));
const percent = (p) => `${(100 * p).toFixed(1)} %`;
const nextPoint = () => game.nodes[game.next(at)]?.move?.[1] ?? null;
const moveLine = () => game.line(at).filter((index) => game.nodes[index].move);
const rank = (map, point) => 1 + map.probabilities.filter((p) => p > map.probabilities[point]).length;

// ---- what is shown

function draw() {
  const node = game.nodes[at], line = game.line(at), place = line.indexOf(at);
  $("number").textContent = `move ${game.position(at).moves.length} of ${moveLine().length}`;
  $("first").disabled = $("back").disabled = place === 0;
  $("forward").disabled = $("last").disabled = place === line.length - 1;
  drawVariations(node);
  $("comment").textContent = node.comment;
  $("comment-section").hidden = !node.comment;
  drawBoards();
  drawStatus(cursor);
  drawBest();
  drawGraph();
}

function drawBoards() {
  const node = game.nodes[at], stones = game.stones(at), next = nextPoint(), marks = $("marks").checked ? node.marks : [];
  const others = node.children.map((child) => game.nodes[child].move?.[1] ?? null).filter((point) => point !== next);
  boards.forEach((view, index) => {
    const probabilities = $("map").checked ? maps[index]?.probabilities : null;
    view.draw(game.size, { stones, last: node.move?.[1] ?? null, next, others, cursor, marks, probabilities, plane });
  });
}

function drawVariations(node) {
  const siblings = node.parent < 0 ? [] : game.nodes[node.parent].children;
  $("variations").replaceChildren(...(siblings.length < 2 ? [] : siblings.slice(0, 26).map((index, which) => {
    const button = document.createElement("button");
    button.textContent = String.fromCharCode(65 + which);
    button.title = button.ariaLabel = `Variation ${button.textContent}`;
    button.setAttribute("aria-current", index === at);
    button.onclick = () => go(index);
    return button;
  })));
}

// What the networks say of a point, or of the move that was played.
function drawStatus(point) {
  const told = point ?? nextPoint();
  let text = `${game.position(at).to_move === 1 ? "Black" : "White"} to play.`;
  if (told !== null) text += `${point === null ? " Played:" : ""} ${pointName(told)}`;
  if (told !== null && told < game.size ** 2) {
    const several = networks().length > 1;
    networks().forEach((name, index) => {
      if (maps[index]) text += `${several ? ` · ${name}:` : ","} ${percent(maps[index].probabilities[told])}, choice ${rank(maps[index], told)}`;
    });
  }
  $("status").textContent = text;
}

function drawBest() {
  const [map] = maps;
  $("best").classList.toggle("stale", !map); // the list before stays until there is a new one, or it would flicker
  $("best").inert = !map;
  if (!map) return;
  const order = [...map.probabilities.keys()].sort((a, b) => map.probabilities[b] - map.probabilities[a]);
  const best = order.slice(0, 10).filter((point) => map.probabilities[point] > 0);
  const next = nextPoint();
  $("best").replaceChildren(...best.map((point, index) => {
    const p = map.probabilities[point];
    const item = document.createElement("li"), button = document.createElement("button");
    if (point === next) item.className = "played";
    for (const [name, text] of [["rank", index + 1], ["vertex", pointName(point)], ["bar", ""], ["percent", percent(p)]]) {
      const span = document.createElement("span");
      span.className = name;
      span.textContent = text;
      if (name === "bar") span.style.width = `${100 * p / map.probabilities[best[0]]}%`;
      button.append(span);
    }
    button.title = "Play it";
    button.onclick = doing(() => play(point));
    item.append(button);
    return item;
  }));
}

function drawGraph() {
  const line = moveLine();
  graph.draw(line.map((index) => game.nodes[index].move[0]), entriesOf(wholeLine()), line.indexOf(at));
}

function drawGraphCaption(ply) {
  const entry = entriesOf(wholeLine())[ply];
  const node = game.nodes[moveLine()[ply]];
  $("graph-caption").textContent = entry && node
    ? `Move ${ply + 1}, ${pointName(node.move[1])}: ${percent(entry.p)}, choice ${entry.rank}; click to go there`
    : "Probability of each move played; click to go there";
}

// ---- what is asked

const refresh = doing(async () => {
  const mine = ++turn, position = game.position(at);
  plane = null;
  maps = [null, null];
  draw();
  await pending; // one question at a time: whoever holds a key down wants the last answer only
  if (mine !== turn) return;
  const wanted = $("plane").value;
  pending = Promise.allSettled([
    wanted === "" ? null : askJson("/api/planes", position),
    ...networks().map((network) => askJson("/api/map", { ...position, ...how(), network })),
  ]);
  const answers = await pending;
  if (mine !== turn) return;
  const [planes, ...found] = answers.map(({ value }) => value ?? null);
  maps = found;
  plane = planes && planes[Number(wanted)];
  draw();
  const refusal = answers.find(({ reason }) => reason);
  if (refusal) {
    $("inside").hidden = true;
    if (!maps[0]) $("best").replaceChildren();
    throw refusal.reason;
  }
  await Promise.all([readSheet(mine, position), readSeries()]);
});

const wholeLine = () => game.position(game.line(at).at(-1));
const askedOf = ({ size, setup }) => JSON.stringify([how(), size, setup]);

// What is known of a line: the bars of its moves up to where it leaves the line that was asked for.
function entriesOf(position) {
  if (series.asked !== askedOf(position)) return [];
  const fork = position.moves.findIndex((move, ply) => move !== series.moves[ply]);
  return series.entries.slice(0, fork < 0 ? position.moves.length : fork);
}

async function readSeries() {
  const position = wholeLine(), asked = askedOf(position);
  if (asked === series.asked && String(position.moves) === String(series.moves)) return;
  const mine = series = { asked, moves: position.moves, entries: entriesOf(position) };
  await new Promise((resolve) => setTimeout(resolve, 150)); // whoever steps on does not want it
  try {
    while (mine === series && mine.entries.length < position.moves.length) {
      const first = mine.entries.length, last = Math.min(first + GRAPH_STEP, position.moves.length);
      mine.entries.push(...await askJson("/api/line", { ...position, ...how(), first, last }));
      if (mine === series) drawGraph();
    }
  } catch (error) {
    mine.asked = ""; // to be asked again
    throw error;
  }
}

async function readSheet(mine, position) {
  const layer = $("layer").value, filter = $("filter").value, { network } = how();
  $("inside").hidden = !layer && filter === "";
  if ($("inside").hidden) return;
  const answer = layer
    ? await ask("/api/layer", { ...position, network, layer })
    : await ask(`/api/filters?${new URLSearchParams({ network, plane: filter })}`);
  const picture = await answer.blob();
  if (mine === turn) sheet.show(picture, layer ? layerSheet(layer) : filterSheet(filter));
}

function layerSheet(layer) {
  const count = current().layers[layer], stones = game.stones(at);
  if (layer === "planes") {
    const captionOf = (index) => `Plane ${index}, ${about.planes[index].name}: ${about.planes[index].meaning}`;
    return { count, stones, caption: `The ${count} planes of this position; dark where 1`, captionOf };
  }
  const caption = count === 1 ? `${layer}: the logits of this position, pale to dark` : `${layer}: ${count} maps of this position, pale to dark`;
  return { count, stones, caption, captionOf: (index) => `${layer}, channel ${index}` };
}

function filterSheet(plane) {
  const [, [layer, count]] = Object.entries(current().layers), { name } = about.planes[plane];
  return {
    count, stones: null,
    caption: `What the ${count} filters of ${layer} see in “${name}”: blue for, orange against`,
    captionOf: (index) => `${layer}, filter ${index}, for “${name}”`,
  };
}

// ---- what one can do

function go(index) {
  if (index === undefined || index < 0) return;
  at = index;
  game.choose(index);
  say("");
  refresh();
}

function stepBy(count) {
  const line = game.line(at), place = line.indexOf(at);
  const target = line[Math.min(Math.max(place + count, 0), line.length - 1)];
  if (target !== at) go(target);
}

function variation(step) {
  const { parent } = game.nodes[at];
  if (parent < 0) return;
  const siblings = game.nodes[parent].children;
  go(siblings[(siblings.indexOf(at) + step + siblings.length) % siblings.length]);
}

async function play(point) {
  if (isAwaited()) return; // it is the network's turn
  const colour = game.position(at).to_move, refusal = game.refusal(at, colour, point);
  if (refusal) throw new Refused(refusal);
  go(game.add(at, colour, point));
  if ($("answers").checked) await answerMove();
}

const isAwaited = () => asked?.game === game && asked.at === at;

async function answerMove() {
  if (isAwaited()) return;
  const mine = asked = { game, at };
  try {
    await answerAt(mine);
  } finally {
    if (mine === asked) asked = null;
  }
}

async function answerAt(mine) {
  const temperature = Number($("temperature").value) || 0;
  const { colour, point } = await askJson("/api/play", { ...game.position(at), ...how(), komi: game.komi ?? 7.5, temperature });
  if (mine !== asked || !isAwaited()) return; // who asked has gone elsewhere
  asked = null;
  go(game.add(at, colour, point));
  if (point === game.size ** 2) say("The network passes.");
}

function moveCursor(across, down) {
  const { size } = game, middle = Math.floor(size / 2);
  const [row, column] = cursor === null ? [middle, middle] : [Math.floor(cursor / size) + down, cursor % size + across];
  if (row < 0 || column < 0 || row >= size || column >= size) return;
  cursor = row * size + column;
  boards[0].svg.focus({ preventScroll: true }); // or Enter would press the button that was pressed last
  drawBoards();
  drawStatus(cursor);
}

async function open(file) {
  show(new Game(await askJson("/api/game", file)));
}

function show(opened) {
  game = opened;
  const named = (name, level) => [name, level].filter(Boolean).join(" ");
  const players = [named(game.black, game.black_rank) || "Black", named(game.white, game.white_rank) || "White"];
  $("players").textContent = players.join(" – ");
  const komi = game.komi === null ? "" : `komi ${game.komi}`;
  const handicap = game.handicap ? `handicap ${game.handicap}` : "";
  $("details").textContent = [game.event, game.place, game.date, komi, handicap, game.result].filter(Boolean).join(" · ");
  const more = game.warnings.length - WARNINGS;
  $("warnings").textContent = [...game.warnings.slice(0, WARNINGS), ...(more > 0 ? [`and ${more} more`] : [])].join("; ");
  cursor = null;
  go(0);
}

function save(blob, ending) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `honte-${game.position(at).moves.length}.${ending}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

const savePicture = (format) => doing(async () => {
  const next = nextPoint(), played = next === null ? {} : { played: next };
  const answer = await ask("/api/picture", { ...game.position(at), ...played, ...how(), format });
  save(await answer.blob(), format);
});

function networkChanged() {
  const two = $("beside").value !== "";
  $("second").hidden = !two;
  $("left").classList.toggle("two", two);
  $("name").textContent = two ? $("network").value : "";
  $("name2").textContent = $("beside").value;
  const layer = $("layer").value;
  fill($("layer"), [["", "nothing"], ...Object.entries(current().layers).map(([name, count]) => [name, `${name} (${count})`])]);
  $("layer").value = layer in current().layers ? layer : "";
  if (game) refresh();
}

function fill(select, options) {
  select.replaceChildren(...options.map(([value, text]) => new Option(text, value)));
}

const KEYS = {
  ArrowLeft: () => stepBy(-1), ArrowRight: () => stepBy(1), ArrowUp: () => variation(-1), ArrowDown: () => variation(1),
  PageUp: () => stepBy(-10), PageDown: () => stepBy(10), Home: () => go(0), End: () => stepBy(Infinity),
  m: () => $("map").click(), s: () => $("average").click(), g: doing(answerMove), p: doing(() => play(game.size ** 2)),
  Delete: () => go(game.remove(at)),
};
const CURSOR_STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function actionOf({ key, shiftKey, target }) {
  if (shiftKey && key in CURSOR_STEPS) return () => moveCursor(...CURSOR_STEPS[key]);
  if (key === "Enter" && cursor !== null && !target.closest("button")) return doing(() => play(cursor));
  return KEYS[key.length === 1 ? key.toLowerCase() : key];
}

function listen() {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=checkbox]), select, dialog")) return;
    const action = actionOf(event);
    if (!action) return;
    event.preventDefault();
    action();
  });
  for (const view of boards) {
    let rolled = 0;
    view.svg.addEventListener("wheel", (event) => {
      event.preventDefault();
      rolled += event.deltaMode ? 40 * event.deltaY : event.deltaY;
      if (Math.abs(rolled) < 40) return;
      stepBy(Math.sign(rolled)); // a notch of a wheel is one move, however far it scrolls
      rolled = 0;
    }, { passive: false });
    view.svg.addEventListener("pointermove", (event) => drawStatus(view.pointAt(event)));
    view.svg.addEventListener("pointerleave", () => drawStatus(cursor));
    view.svg.addEventListener("click", doing(async (event) => {
      const point = view.pointAt(event);
      if (point !== null) await play(point);
    }));
  }
  $("graph").addEventListener("click", (event) => go(moveLine()[graph.moveAt(event)]));
  $("graph").addEventListener("pointermove", (event) => drawGraphCaption(graph.moveAt(event)));
  $("graph").addEventListener("pointerleave", () => drawGraphCaption(null));
  $("file").addEventListener("change", doing(async ({ target }) => {
    const [file] = target.files;
    target.value = "";
    if (file) await open(file);
  }));
  addEventListener("dragover", (event) => { event.preventDefault(); document.body.classList.add("dropping"); });
  addEventListener("dragleave", (event) => { if (!event.relatedTarget) document.body.classList.remove("dropping"); });
  addEventListener("drop", doing(async (event) => {
    event.preventDefault();
    document.body.classList.remove("dropping");
    const [file] = event.dataTransfer.files;
    if (file) await open(file);
  }));
  addEventListener("resize", drawGraph);
  const clicks = {
    first: () => go(0), back: () => stepBy(-1), forward: () => stepBy(1), last: () => stepBy(Infinity),
    genmove: doing(answerMove), pass: doing(() => play(game.size ** 2)), new: () => show(Game.empty(current().size)),
    png: savePicture("png"), svg: savePicture("svg"), sgf: () => save(new Blob([game.sgf()], { type: "application/x-go-sgf" }), "sgf"),
    theme: () => {
      const { className } = document.documentElement;
      const dark = className ? className === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
      document.documentElement.className = dark ? "light" : "dark";
    },
  };
  for (const [id, action] of Object.entries(clicks)) $(id).addEventListener("click", action);
  const changes = {
    map: drawBoards, marks: drawBoards, average: refresh, network: networkChanged, beside: networkChanged,
    plane: () => {
      const chosen = about.planes[$("plane").value];
      $("meaning").textContent = chosen ? `${chosen.name}: ${chosen.meaning}` : "";
      refresh();
    },
    layer: () => { $("filter").value = ""; refresh(); },
    filter: () => { $("layer").value = ""; refresh(); },
  };
  for (const [id, action] of Object.entries(changes)) $(id).addEventListener("change", action);
}

doing(async () => {
  about = await askJson("/api/about");
  boards = [new BoardView($("board"), about), new BoardView($("board2"), about)];
  graph = new Graph($("graph"));
  sheet = new Sheet(about.columns);
  const names = about.networks.map(({ name }) => [name, name]);
  fill($("network"), names);
  fill($("beside"), [["", "none"], ...names]);
  $("beside").closest("label").hidden = names.length < 2;
  const planes = about.planes.map(({ name }, index) => [index, `${index} ${name}`]);
  fill($("plane"), [["", "none"], ...planes]);
  fill($("filter"), [["", "nothing"], ...planes]);
  listen();
  networkChanged();
  show(Game.empty(current().size));
})();
