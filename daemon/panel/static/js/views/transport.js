/** Start, stop, tap and panic, by button and by key. Without a connection an action is refused; it is never done later. */
import { ask } from "../state/api.js";
import { byId, find } from "../parts/dom.js";
import { ofDeck } from "../state/decks.js";
import { isAway, whoIsAway } from "../state/presence.js";
import { hush } from "../audio/live.js";
import { pressing } from "../parts/press.js";
import { shortcut } from "../parts/shortcuts.js";
import { askNoMore, askTransport, store } from "../state/store.js";
import { on, tell } from "../state/bus.js";
import { say } from "../parts/toast.js";

/** @type {Record<string, Transport["state"]>} */
const LEADS_TO = { play: "playing", continue: "playing", stop: "stopped" };
/** @type {Record<string, string>} */
const NAMES = { play: "Restart", continue: "Go on", stop: "Stop", tap: "Tap" };
const STALE_MS = 1000;
/** @type {Promise<void>} */
let before = Promise.resolve();

/** Send actions one after another, so that the last press decides the final state.
 * @type {(action: string) => void} */
function act(action) {
  if (isAway()) return refuse(action);
  const pressed = performance.now();
  if (LEADS_TO[action]) askTransport(LEADS_TO[action]);
  const about = ofDeck();
  before = before.then(() => send(action, pressed, about));
}

/** Send an action, or refuse it if it had to wait too long for the answer to an earlier press.
 * @type {(action: string, pressed: number, about: object) => Promise<void>} */
async function send(action, pressed, about) {
  if (performance.now() - pressed > STALE_MS) refuse(action);
  else if ((await ask("transport", { action, ...about }, `${NAMES[action]} was not answered`)) === undefined) askNoMore();
}

/** @type {(action: string) => void} */
function refuse(action) {
  askNoMore();
  say(`${NAMES[action]} was not sent: ${whoIsAway()}.`, true);
}

/** Panic waits for no other request. It silences this browser even without a connection. */
function panic() {
  tell("panic");
  if (isAway()) say(`Panic silenced only this browser: ${whoIsAway()}.`, true);
  else ask("transport", { action: "panic" }, "Panic was not answered");
}

function toggle() {
  const isPlaying = store.transport.state === "playing";
  if (isPlaying) hush();
  act(isPlaying ? "stop" : "continue");
}

export function makeTransport() {
  pressing(byId("play"), { tap: () => act("play") });
  pressing(byId("toggle"), { tap: toggle });
  pressing(byId("tap"), { tap: () => act("tap") });
  pressing(byId("panic"), { tap: panic });
  shortcut(" ", "stops the music, and goes on with it", toggle);
  shortcut("Home", "plays from the first bar", () => act("play"));
  shortcut("t", "taps the tempo", () => act("tap"));
  shortcut("p", "panic: silences every note, in this browser also the echo and a song that plays", panic);
}

on("transport", ({ state }) => {
  document.body.dataset.state = state;
  find("span", byId("toggle")).textContent = state === "playing" ? "Stop" : "Go on";
});
