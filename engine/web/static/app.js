// The page: one game, one place in it, and what the networks say about that place.

import { Game } from "./game.js";
import { BoardView, element } from "./board.js";

const $ = (id) => document.getElementById(id);
const GRAPH_STEP = 32;

let about, boards, game, at = 0;
let maps = [null, null];
let plane = null;
let series = { key: "", entries: [] };
let turn = 0; // grows with every step, so that late answers are known as such

class Refused extends Error {}

async function ask(path, body) {
  const options = body === undefined ? {} : { method: "POST", body: body instanceof Blob ? body : JSON.stringify(body) };
  const answer = await fetch(path, options).catch(() => { throw new Refused("Honte does not answer: is it still running?"); });
  if (answer.ok) return answer;
  const problem = await answer.json().catch(() => ({ error: `Honte answered ${answer.status}` }));
  throw new Refused(problem.error);
}

const askJson = async (path, body) => (await ask(path, body)).json();

function say(text) {
  $("message").textContent = text;
  $("message").hidden = !text;
}

// Runs an event's work; what the server refuses is shown as its sentence.
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
const pointName = (point) => point === game.size ** 2 ? "pass" : about.letters[point % game.size] + (game.size - Math.floor(point / game.size));
const percent = (p) => `${(100 * p).toFixed(1)} %`;
const nextPoint = () => game.nodes[game.next(at)]?.move?.[1] ?? null;

function rank(map, point) {
  return 1 + map.probabilities.filter((p) => p > map.probabilities[point]).length;
}

// ---- what is shown

function draw() {
  const node = game.nodes[at];
  const stones = game.stones(at);
  boards.forEach((view, index) => {
    const probabilities = $("map").checked ? maps[index]?.probabilities : null;
    view.draw(game.size, { stones, last: node.move?.[1] ?? null, next: nextPoint(), probabilities, plane });
  });
  const line = game.line(at), place = line.indexOf(at);
  const moves = game.position(at).moves.length;
  const total = line.filter((index) => game.nodes[index].move).length;
  $("number").textContent = `move ${moves} of ${total}`;
  $("first").disabled = $("back").disabled = place === 0;
  $("forward").disabled = $("last").disabled = place === line.length - 1;
  drawVariations(node);
  $("comment").textContent = node.comment;
  $("comment-section").hidden = !node.comment;
  drawStatus(null);
  drawBest();
  drawGraph();
}

function drawVariations(node) {
  const siblings = node.parent < 0 ? [] : game.nodes[node.parent].children;
  $("variations").replaceChildren(...(siblings.length < 2 ? [] : siblings.slice(0, 26).map((index, which) => {
    const button = document.createElement("button");
    button.textContent = String.fromCharCode(65 + which);
    button.title = "Variation";
    button.setAttribute("aria-current", index === at);
    button.onclick = () => go(index);
    return button;
  })));
}

function drawStatus(point) {
  const [map] = maps;
  const told = point ?? nextPoint();
  const toMove = game.position(at).to_move === 1 ? "Black" : "White";
  let text = `${toMove} to play.`;
  if (told !== null) {
    text += point === null ? ` Played: ${pointName(told)}` : ` ${pointName(told)}`;
    if (told < game.size ** 2) {
      for (const [index, name] of networks().entries()) {
        if (!maps[index]) continue;
        text += `${networks().length > 1 ? ` · ${name}` : ""}: ${percent(maps[index].probabilities[told])}, choice ${rank(maps[index], told)}`;
      }
    }
  } else if (!map) {
    text += " …";
  }
  $("status").textContent = text;
}

function drawBest() {
  const [map] = maps;
  $("best").classList.toggle("stale", !map); // the list before stays until there is a new one, or it would flicker
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
  const svg = $("graph"), line = game.line(at).filter((index) => game.nodes[index].move);
  const width = svg.clientWidth || 600, height = svg.clientHeight || 96, bottom = height - 4, top = 8;
  const step = (width - 36) / Math.max(line.length, 40);
  const y = (p) => bottom - Math.sqrt(p) * (bottom - top);
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const shapes = [];
  for (const p of [0.05, 0.25, 1]) {
    shapes.push(element("line", { x1: 32, x2: width, y1: y(p), y2: y(p) }), element("text", { x: 28, y: y(p) + 3, "text-anchor": "end" }, `${100 * p}%`));
  }
  line.forEach((index, ply) => {
    const entry = series.entries[ply], x = 33 + ply * step;
    if (entry) {
      const colour = game.nodes[index].move[0] === 1 ? "black" : "white";
      shapes.push(element("rect", { class: colour, x, y: y(entry.p), width: Math.max(step - 0.6, 0.6), height: bottom - y(entry.p) }));
    }
    if (index === at) shapes.push(element("rect", { class: "here", x: x - 1, y: 0, width: Math.max(step, 2) + 1, height }));
  });
  svg.replaceChildren(...shapes);
}

// ---- what is asked

const refresh = doing(async () => {
  const mine = ++turn, position = game.position(at);
  plane = null;
  maps = [null, null];
  draw();
  const wanted = $("plane").value;
  const answers = networks().map((network) => askJson("/api/map", { ...position, network }));
  const planes = wanted === "" ? null : askJson("/api/planes", position);
  for (const [index, answer] of answers.entries()) {
    const map = await answer;
    if (mine !== turn) return;
    maps[index] = map;
  }
  if (planes) plane = (await planes)[Number(wanted)];
  if (mine !== turn) return;
  draw();
  await Promise.all([drawSheet(mine, position), readSeries(mine)]);
});

async function readSeries(mine) {
  const line = game.line(at), network = $("network").value;
  const position = game.position(line.at(-1));
  const key = JSON.stringify([network, position.moves, position.setup]);
  if (key !== series.key) {
    series = { key, entries: [] };
    await new Promise((resolve) => setTimeout(resolve, 150)); // whoever steps on does not want it
  }
  while (mine === turn && series.key === key && series.entries.length < position.moves.length) {
    const first = series.entries.length, last = Math.min(first + GRAPH_STEP, position.moves.length);
    const entries = await askJson("/api/line", { ...position, network, first, last });
    if (series.key !== key || series.entries.length !== first) return;
    series.entries.push(...entries);
    drawGraph();
  }
}

async function drawSheet(mine, position) {
  const layer = $("layer").value, filter = $("filter").value, network = $("network").value;
  $("inside").hidden = !layer && filter === "";
  if ($("inside").hidden) return;
  const answer = layer
    ? await ask("/api/layer", { ...position, network, layer })
    : await ask(`/api/filters?${new URLSearchParams({ network, plane: filter })}`);
  const picture = await answer.blob();
  if (mine !== turn) return;
  URL.revokeObjectURL($("sheet").src);
  $("sheet").src = URL.createObjectURL(picture);
  const count = layer ? current().layers[layer] : Object.values(current().layers)[0];
  const caption = layer
    ? `${layer}: ${count} ${count === 1 ? "map of logits" : "maps"} of this position, pale to dark; click to enlarge`
    : `What each of the ${count} filters of the first layer sees in “${about.planes[filter].name}”: blue for, orange against`;
  $("sheet").alt = $("sheet-caption").textContent = caption;
}

const current = () => about.networks.find(({ name }) => name === $("network").value);

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
  const position = game.position(at), [map] = maps;
  if (point < game.size ** 2) {
    if (game.stones(at)[point]) return;
    if (map && map.probabilities[point] === 0 && map.probabilities.some((p) => p > 0)) {
      // Underflow aside, what has no probability is against the rules; the server says which.
      await askJson("/api/planes", { ...position, moves: [...position.moves, 2 * point + position.to_move - 1], to_move: 3 - position.to_move });
    }
  }
  go(game.add(at, position.to_move, point));
  if ($("answers").checked) await answerMove();
}

async function answerMove() {
  const asked = at, position = game.position(at);
  const temperature = Number($("temperature").value) || 0;
  const { colour, point } = await askJson("/api/play", { ...position, network: $("network").value, komi: game.komi ?? 7.5, temperature });
  if (asked !== at) return;
  go(game.add(at, colour, point));
  if (point === game.size ** 2) say("The network passes.");
}

async function open(file) {
  const tree = await askJson("/api/game", file);
  show(new Game(tree));
}

function show(opened) {
  game = opened;
  const named = (name, level) => [name, level].filter(Boolean).join(" ");
  const players = [named(game.black, game.black_rank) || "Black", named(game.white, game.white_rank) || "White"];
  $("players").textContent = players.join(" – ");
  const komi = game.komi === null ? "" : `komi ${game.komi}`;
  const handicap = game.handicap ? `handicap ${game.handicap}` : "";
  $("details").textContent = [game.event, game.place, game.date, komi, handicap, game.result].filter(Boolean).join(" · ");
  $("warnings").textContent = game.warnings.join("; ");
  maps = [null, null];
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
  const answer = await ask("/api/picture", { ...game.position(at), ...played, network: $("network").value, format });
  save(await answer.blob(), format);
});

function networkChanged() {
  const two = $("beside").value !== "";
  $("second").hidden = !two;
  $("left").classList.toggle("two", two);
  $("name").textContent = two ? $("network").value : "";
  $("name2").textContent = $("beside").value;
  const layer = $("layer").value;
  fill($("layer"), [["", "no layer"], ...Object.entries(current().layers).map(([name, count]) => [name, `${name} (${count})`])]);
  $("layer").value = layer in current().layers ? layer : "";
  if (game) refresh();
}

function fill(select, options) {
  select.replaceChildren(...options.map(([value, text]) => new Option(text, value)));
}

const KEYS = {
  ArrowLeft: () => stepBy(-1), ArrowRight: () => stepBy(1), ArrowUp: () => variation(-1), ArrowDown: () => variation(1),
  PageUp: () => stepBy(-10), PageDown: () => stepBy(10), Home: () => go(0), End: () => stepBy(Infinity),
  m: () => $("map").click(), g: doing(answerMove), p: doing(() => play(game.size ** 2)), Delete: () => go(game.remove(at)),
};

function listen() {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select")) return;
    const action = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
  boards.forEach((view) => {
    let rolled = 0;
    view.svg.addEventListener("wheel", (event) => {
      event.preventDefault();
      rolled += event.deltaMode ? 40 * event.deltaY : event.deltaY;
      const steps = Math.trunc(rolled / 40);
      rolled -= 40 * steps;
      if (steps) stepBy(steps);
    }, { passive: false });
    view.svg.addEventListener("pointermove", (event) => drawStatus(view.pointAt(event)));
    view.svg.addEventListener("pointerleave", () => drawStatus(null));
    view.svg.addEventListener("click", doing(async (event) => {
      const point = view.pointAt(event);
      if (point !== null) await play(point);
    }));
  });
  $("graph").addEventListener("click", (event) => {
    const line = game.line(at).filter((index) => game.nodes[index].move), box = $("graph").getBoundingClientRect();
    const ply = Math.floor((event.clientX - box.left - 33) / ((box.width - 36) / Math.max(line.length, 40)));
    go(line[Math.min(Math.max(ply, 0), line.length - 1)]);
  });
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
      const dark = getComputedStyle(document.documentElement).colorScheme === "dark"
        || (!document.documentElement.className && matchMedia("(prefers-color-scheme: dark)").matches);
      document.documentElement.className = dark ? "light" : "dark";
    },
    sheet: () => $("sheet").classList.toggle("large"),
  };
  for (const [id, action] of Object.entries(clicks)) $(id).addEventListener("click", action);
  $("map").addEventListener("change", draw);
  $("plane").addEventListener("change", () => {
    const value = $("plane").value;
    $("meaning").textContent = value === "" ? "" : `${about.planes[value].name}: ${about.planes[value].meaning}`;
    refresh();
  });
  $("layer").addEventListener("change", () => { $("filter").value = ""; refresh(); });
  $("filter").addEventListener("change", () => { $("layer").value = ""; refresh(); });
  $("network").addEventListener("change", networkChanged);
  $("beside").addEventListener("change", networkChanged);
}

doing(async () => {
  about = await askJson("/api/about");
  boards = [new BoardView($("board"), about), new BoardView($("board2"), about)];
  const names = about.networks.map(({ name }) => [name, name]);
  fill($("network"), names);
  fill($("beside"), [["", "none"], ...names]);
  $("beside").closest("label").hidden = names.length < 2;
  const planes = about.planes.map(({ name }, index) => [index, `${index} ${name}`]);
  fill($("plane"), [["", "none"], ...planes]);
  fill($("filter"), [["", "no plane"], ...planes]);
  listen();
  networkChanged();
  show(Game.empty(current().size));
})();
