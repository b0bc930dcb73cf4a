/** Start, stop, tap, panic, by button and by key. */
import { ask } from "./api.js";
import { ears } from "./audio/ears.js";
import { byId } from "./dom.js";
import { deafen, hush, listen } from "./live.js";
import { store } from "./store.js";
import { on, tell } from "./stream.js";

/** Ask, and show at once what was answered: the next press of a key must not wait for the telemetry. */
async function act(action) {
  const told = await ask("transport", { action });
  if (told?.state) become(told.state);
}

function become(state) {
  store.transport = { ...store.transport, state };
  tell("transport", store.transport);
}

function panic() {
  tell("panic");
  act("panic");
}

function toggle() {
  const isPlaying = store.transport.state === "playing";
  if (isPlaying) hush();
  become(isPlaying ? "stopped" : "playing");
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
