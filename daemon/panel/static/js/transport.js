/** Start, stop, tap, panic, by button and by key. */
import { ask } from "./api.js";
import { ears } from "./audio/ears.js";
import { byId } from "./dom.js";
import { deafen, hush, listen } from "./live.js";
import { askTransport, store } from "./store.js";
import { on, tell } from "./stream.js";

const LEADS_TO = { play: "playing", continue: "playing", stop: "stopped" };
let before = Promise.resolve();

/** Ask, one after another: what is pressed last is what is the case in the end. */
function act(action) {
  if (LEADS_TO[action]) askTransport(LEADS_TO[action]);
  before = before.then(() => ask("transport", { action }));
}

/** Panic waits for nothing. */
function panic() {
  tell("panic");
  ask("transport", { action: "panic" });
}

function toggle() {
  const isPlaying = store.transport.state === "playing";
  if (isPlaying) hush();
  act(isPlaying ? "stop" : "continue");
}

async function turnEars() {
  const isWanted = !ears.isListening;
  if (isWanted) tell("listening");
  byId("listen").setAttribute("aria-pressed", String(isWanted));
  byId("listen").querySelector("span").textContent = isWanted ? "Listening" : "Listen here";
  await (isWanted ? listen() : deafen());
}

const KEYS = { " ": toggle, t: () => act("tap"), Home: () => act("play") };

export function makeTransport() {
  byId("play").addEventListener("click", () => act("play"));
  byId("toggle").addEventListener("click", toggle);
  byId("tap").addEventListener("click", () => act("tap"));
  byId("panic").addEventListener("click", panic);
  byId("listen").addEventListener("click", turnEars);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return panic();
    const isBusy = event.target.closest("button, input, select, textarea, a");
    if (isBusy || event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
    event.preventDefault();
    KEYS[event.key]();
  });
}

on("transport", ({ state, tempo }) => {
  document.body.dataset.state = state;
  byId("toggle").querySelector("span").textContent = state === "playing" ? "Stop" : "Go on";
  byId("place-tempo").textContent = String(+Number(tempo).toFixed(1));
});
on("tick", ({ tempo, section }) => {
  byId("place-tempo").textContent = String(+tempo.toFixed(1));
  byId("place-section").textContent = section || "–";
});
