/** Puts the page together, and keeps it in step with a daemon that may come and go. */
import { byId } from "./dom.js";
import "./gauge.js";
import "./groups.js";
import "./plan.js";
import { showHealth } from "./health.js";
import { ears } from "./audio/ears.js";
import { beatNow, clock, latency, stats } from "./live.js";
import { startScore } from "./score.js";
import { makeSongs, showSongs } from "./songs.js";
import { makeSource } from "./source.js";
import { learn, store } from "./store.js";
import { on, open } from "./stream.js";
import { makeTransport } from "./transport.js";
import { makeWhen } from "./when.js";

const PAGES = ["live", "songs", "health"];
const AGAIN_MS = 1000;

function turn() {
  const page = PAGES.includes(location.hash.slice(1)) ? location.hash.slice(1) : "live";
  for (const name of PAGES) byId(`page-${name}`).hidden = name !== page;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.dataset.page === page) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  window.scrollTo(0, 0);
  if (page === "songs") showSongs();
  if (page === "health") showHealth();
}

let learning = null;
let isInStep = false;

async function keepLearning() {
  learning = null;
  isInStep = await learn();
  byId("link").hidden = isInStep;
  if (!isInStep) learning = setTimeout(keepLearning, AGAIN_MS);
}

on("link", ({ alive }) => {
  if (!alive) {
    isInStep = false;
    byId("link").hidden = false;
  } else if (!isInStep) learning ??= setTimeout(keepLearning, 0);
});

makeWhen();
makeSource();
makeTransport();
makeSongs();
startScore(byId("roll"));
window.addEventListener("hashchange", turn);
turn();
keepLearning();
open();

// For whoever looks from outside: tests, and the curious.
globalThis.edmd = { store, ears, clock, stats, beatNow, latency };
