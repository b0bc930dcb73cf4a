/** Builds the page, and loads the state again when the panel or the daemon comes back. */
import { byId } from "./dom.js";
import "./choices.js";
import "./gauge.js";
import "./groups.js";
import "./history.js";
import "./plan.js";
import { makeHealth, showHealth } from "./health.js";
import { ears } from "./audio/ears.js";
import { forgetKept } from "./hands.js";
import { setTrouble } from "./link.js";
import { makeListening } from "./listening.js";
import { beatNow, clock, latency, stats } from "./live.js";
import { makePresets } from "./presets.js";
import { makeRecording } from "./recording.js";
import { startScore } from "./score.js";
import { leaveSongs, makeSongs, showSongs } from "./songs.js";
import { makeSource } from "./source.js";
import { makeShortcuts } from "./shortcuts.js";
import { learn, store } from "./store.js";
import { listenForEver, on, tell, want } from "./stream.js";
import { makeTransport } from "./transport.js";
import { makeWhen } from "./when.js";

const PAGES = ["live", "songs", "health"];
const AGAIN_MS = 1000;
const UNSEEN_MS = 2000;

function turn() {
  const page = PAGES.includes(location.hash.slice(1)) ? location.hash.slice(1) : "live";
  for (const name of PAGES) byId(`page-${name}`).hidden = name !== page;
  for (const link of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("nav a"))) {
    if (link.dataset.page === page) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  window.scrollTo(0, 0);
  if (page === "songs") showSongs();
  else leaveSongs();
  if (page === "health") showHealth();
}

/** @type {number | null} */
let learning = null;
let isInStep = false;

async function keepLearning() {
  const code = await learn();
  learning = null;
  isInStep = code === "";
  setTrouble("panel", code === "away");
  setTrouble("daemon", !isInStep && code !== "away");
  if (isInStep) tell("in step");
  else learnSoon(AGAIN_MS);
}

/** @type {(milliseconds: number) => void} */
function learnSoon(milliseconds) {
  learning ??= setTimeout(keepLearning, milliseconds);
}

on("link", ({ alive }) => {
  if (!alive) {
    isInStep = false;
    setTrouble("daemon", true);
  } else if (!isInStep) learnSoon(0);
});
on("trouble", (name) => {
  setTrouble("panel", name === "panel");
  setTrouble("crowded", name === "crowded");
  if (name !== "") isInStep = false; // messages are missed meanwhile
  if (name === "crowded" || (name === "" && !isInStep)) learnSoon(0);
});
on("music", ({ isLost }) => setTrouble("music", isLost));
on("ears", ({ isHeldUp }) => setTrouble("sound", isHeldUp));
// A request got no answer: find out who does not answer, or whether all is well again.
on("silence", () => {
  isInStep = false;
  learnSoon(AGAIN_MS / 2);
});
window.addEventListener("offline", () => learnSoon(0));
window.addEventListener("online", () => learnSoon(0));

let unseen = 0;
const follow = () => {
  clearTimeout(unseen);
  ears.wake();
  if (!document.hidden) want(true);
  else if (!ears.isListening) unseen = setTimeout(hangUp, UNSEEN_MS);
};
const hangUp = () => {
  isInStep = false;
  want(false);
};

makeWhen();
makePresets();
makeSource();
makeTransport();
makeListening();
makeRecording();
makeSongs();
makeHealth();
makeShortcuts();
startScore(byId("roll"));
byId("forget").addEventListener("click", forgetKept);
window.addEventListener("hashchange", turn);
document.addEventListener("visibilitychange", follow);
turn();
follow();
learnSoon(0);
listenForEver();

// For tests and for the browser's console.
globalThis.edmd = { store, ears, clock, stats, beatNow, latency };
