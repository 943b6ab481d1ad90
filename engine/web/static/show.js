// What is shown of the place: the boards, the words beside them, the graph.

import { BoardView } from "./board.js";
import { Graph } from "./graph.js";
import { drawNetwork } from "./network.js";
import { $, colourName, make, networks, nextPoint, node, on, page, percent, pointName, position, rank, stoneOf } from "./page.js";
import { go } from "./place.js";
import { series } from "./series.js";

const NOTHING = { tiles: null, notes: [], rings: [], chosen: null };
export let boards, graph;

export function setUpBoards() {
  boards = [new BoardView($("board"), page.about), new BoardView($("board2"), page.about)];
  graph = new Graph($("graph"));
  new ResizeObserver(() => { graph.measure(); if (page.game) drawGraph(); }).observe($("graph"));
  on("draw", draw);
}

function draw() {
  const { game, at } = page, line = game.line(at), place = line.indexOf(at);
  const made = game.count(at), moves = game.moves(at).length;
  $("number").textContent = made < moves ? `Move ${made + 1} of ${moves}` : moves ? `After move ${moves}` : "Move 1";
  // Not disabled: that would take the focus away from whoever presses them by the keyboard.
  for (const id of ["first", "back"]) $(id).ariaDisabled = place === 0;
  for (const id of ["forward", "last"]) $(id).ariaDisabled = place === line.length - 1;
  $("undo").ariaDisabled = !game.done.length;
  $("redo").ariaDisabled = !game.undone.length;
  $("remove").ariaDisabled = node().parent < 0;
  drawVariations();
  $("comment").textContent = node().comment;
  $("comment-section").hidden = !node().comment;
  drawBoards();
  drawStatus(page.cursor);
  drawGraph();
  page.panel?.draw?.();
}

export function drawBoards() {
  const { game, at } = page, next = nextPoint(), shown = $("marks").checked;
  const others = node().children.map((child) => game.nodes[child].move?.[1] ?? null).filter((point) => point !== next);
  boards.forEach((view, index) => {
    view.draw(game.size, {
      stones: game.stones(at), last: node().move?.[1] ?? null, next, others, cursor: page.cursor, plane: page.plane,
      marks: shown ? node().marks : [], dimmed: shown ? game.dimmed(at) : [],
      probabilities: $("map").checked ? page.maps[index]?.probabilities : null,
      ...NOTHING, ...page.panel?.scene?.(index),
    });
  });
}

function drawVariations() {
  const { game, at } = page, { parent } = node(), siblings = parent < 0 ? [] : game.nodes[parent].children;
  $("variations").replaceChildren(...(siblings.length < 2 ? [] : siblings.slice(0, 26).map((index, which) => {
    const name = String.fromCharCode(65 + which);
    const button = make("button", { textContent: name, title: `Variation ${name}`, ariaLabel: `Variation ${name}`, onclick: () => go(index) });
    button.setAttribute("aria-current", index === at);
    return button;
  })));
}

// What the networks say of a point, or of the move that was played.
export function drawStatus(point) {
  const { size } = page.game, told = point ?? nextPoint();
  let text = `${colourName(position().to_move)} to play`;
  const own = page.panel?.status?.(text);
  if (own) text = own;
  else if (told !== null) {
    text += ` · ${point === null ? "played " : ""}${pointName(told)}`;
    networks().forEach((name, index) => {
      const map = page.maps[index];
      if (map && told < size ** 2) text += `${networks().length > 1 ? ` · ${name}:` : ","} ${percent(map.probabilities[told])}, choice ${rank(map, told)}`;
    });
  }
  $("status").textContent = text + ($("hidden").checked ? " · history hidden" : "");
}

export function drawGraph() {
  const { game, at } = page, line = game.moves(at), hidden = page.panel?.hides;
  graph.draw(line.map((index) => game.nodes[index].move[0]), hidden ? [] : series.entries(), game.count(at));
}

export function drawGraphCaption(ply) {
  const { game, at } = page, entry = page.panel?.hides ? null : series.entries()[ply], made = game.nodes[game.moves(at)[ply]];
  $("graph-caption").textContent = entry && made
    ? `Move ${ply + 1}, ${pointName(made.move[1])}: ${percent(entry.p)}, choice ${entry.rank}; click to go there`
    : "Probability of each move played; click to go there";
}

// The position in which the move of a number, counted from 0, is made.
export function goToMove(ply, jump = true) {
  const { game, at } = page, made = game.moves(at)[ply];
  if (made !== undefined) go(game.nodes[made].parent, { jump });
}

export function drawInfo() {
  const { game } = page, named = (name, level, other) => [name, level].filter(Boolean).join(" ") || other;
  const players = [named(game.black, game.black_rank, "Black"), named(game.white, game.white_rank, "White")];
  const shown = players.map((name, index) => make("bdi", { className: stoneOf(!index), textContent: name, title: name.slice(0, 300) }));
  $("players").replaceChildren(shown[0], " – ", shown[1]);
  const komi = game.komi === null ? "" : `komi ${game.komi}`, handicap = game.handicap ? `handicap ${game.handicap}` : "";
  const facts = [game.game_name, game.event, game.place, game.date, game.rules, komi, handicap, game.result].filter(Boolean);
  $("details").replaceChildren(...facts.flatMap((fact, index) => [...(index ? [" · "] : []), make("bdi", { textContent: fact })]));
  $("details").title = facts.join(" · ").slice(0, 300);
  document.title = `${[...(page.name || (game.black || game.white ? players.join(" – ") : ""))].slice(0, 80).join("")}${page.name || game.black || game.white ? " – " : ""}Honte`;
  drawNetwork();
}
