// The panels beside the board, one of which is open. It may say what the board shows and what a click on it does.

import { $, page, tell } from "./page.js";

const panels = new Map(); // by the name that its tab and its section have

export function addPanel(name, panel) {
  panels.set(name, panel);
  $(`tab-${name}`).addEventListener("click", () => openPanel(name));
}

export function openPanel(name) {
  page.panel?.close?.();
  page.panel = panels.get(name);
  for (const other of panels.keys()) {
    $(`tab-${other}`).setAttribute("aria-pressed", other === name);
    $(`panel-${other}`).hidden = other !== name;
  }
  page.panel.open?.();
  if (page.game) tell("draw");
}
