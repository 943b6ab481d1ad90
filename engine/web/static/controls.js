// What is chosen in the page, kept over a reload as the game is: the controls, the panel that is open, the theme.

import { $, page } from "./page.js";

const KEY = "honte-controls";
const ELSEWHERE = ["file", "games", "slider", "channel", "turn-black", "turn-white"]; // they follow the game, or others

const controls = () => [...document.querySelectorAll("select[id], input[id]")].filter(({ id }) => !ELSEWHERE.includes(id));

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

function keep() {
  const values = Object.fromEntries(controls().map((control) => [control.id, control.type === "checkbox" ? control.checked : control.value]));
  const panel = document.querySelector("#tabs [aria-pressed=true]")?.id.replace("tab-", "");
  try {
    sessionStorage.setItem(KEY, JSON.stringify({ started: page.about.started, theme: document.documentElement.className, panel, values }));
  } catch {} // none is given to us
}

export function setUpControls() {
  document.documentElement.className = read().theme ?? "";
  addEventListener("pagehide", keep);
}

// What was chosen before a reload; a server that was started anew begins as it was told.
const before = () => (({ started, ...kept }) => started === page.about.started ? kept : {})(read());

export function restoreControls() {
  for (const [id, value] of Object.entries(before().values ?? {})) {
    const control = $(id);
    if (!control) continue;
    if (id === "layer" && value) control.append(new Option(value, value)); // they are known with the first answer
    if (control.type === "checkbox") control.checked = value;
    else if (!control.options || [...control.options].some((option) => option.value === value)) control.value = value;
  }
}

export function panelBefore() {
  const { panel } = before();
  return panel && !$(`tab-${panel}`)?.hidden ? panel : "moves";
}
