/** Start, stop, tap, panic, by button and by key. What nobody answers to is refused, and not done later. */
import { ask } from "./api.js";
import { byId } from "./dom.js";
import { isAway, whoIsAway } from "./link.js";
import { hush } from "./live.js";
import { shortcut } from "./shortcuts.js";
import { askNoMore, askTransport, store } from "./store.js";
import { on, tell } from "./stream.js";
import { say } from "./toast.js";

const LEADS_TO = { play: "playing", continue: "playing", stop: "stopped" };
const NAMES = { play: "Restart", continue: "Go on", stop: "Stop", tap: "Tap" };
const STALE_MS = 1000;
let before = Promise.resolve();

/** Ask, one after another: what is pressed last is what is the case in the end. */
function act(action) {
  if (isAway()) return refuse(action);
  const pressed = performance.now();
  if (LEADS_TO[action]) askTransport(LEADS_TO[action]);
  before = before.then(() => send(action, pressed));
}

/** What had to wait for an answer to another press has had its moment. */
async function send(action, pressed) {
  if (performance.now() - pressed > STALE_MS) refuse(action);
  else if ((await ask("transport", { action }, `${NAMES[action]} was not answered`)) === undefined) askNoMore();
}

function refuse(action) {
  askNoMore();
  say(`${NAMES[action]} was not sent: ${whoIsAway()}.`, true);
}

/** Panic waits for nothing, and silences at least what sounds here. */
function panic() {
  tell("panic");
  if (isAway()) say(`Panic silences this browser alone: ${whoIsAway()}.`, true);
  else ask("transport", { action: "panic" }, "Panic was not answered");
}

function toggle() {
  const isPlaying = store.transport.state === "playing";
  if (isPlaying) hush();
  act(isPlaying ? "stop" : "continue");
}

export function makeTransport() {
  byId("play").addEventListener("click", () => act("play"));
  byId("toggle").addEventListener("click", toggle);
  byId("tap").addEventListener("click", () => act("tap"));
  byId("panic").addEventListener("click", panic);
  shortcut(" ", "stops, and goes on", toggle);
  shortcut("Home", "plays from the first bar", () => act("play"));
  shortcut("t", "taps the tempo", () => act("tap"));
  shortcut("p", "panic: silences every note, also in this browser, with its echo and a song that plays there", panic);
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
