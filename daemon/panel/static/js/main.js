/** Builds the page. */
import { ears } from "./audio/ears.js";
import { beatNow, clock, latency, stats } from "./audio/live.js";
import { midiOut } from "./audio/midi_out.js";
import "./controls/unheeded.js";
import "./parts/choices.js";
import "./parts/theme.js";
import { byId } from "./parts/dom.js";
import { makeShortcuts } from "./parts/shortcuts.js";
import { forgetKept } from "./state/hands.js";
import "./state/history.js";
import { store } from "./state/store.js";
import { listenForEver, want } from "./state/stream.js";
import { learnSoon } from "./state/sync.js";
import { makeActs } from "./views/acts.js";
import "./views/banner.js";
import { makeCapture } from "./views/capture.js";
import "./views/clock.js";
import "./views/figures.js";
import "./views/gauge.js";
import "./views/groups.js";
import { makeDeckTabs } from "./views/decktabs.js";
import { makeHealth, showHealth } from "./views/health.js";
import { makeLearning } from "./views/learning.js";
import { makeLayout } from "./views/layout.js";
import { makeListening } from "./views/listening.js";
import { makeLock } from "./views/lock.js";
import { makeMidiOut } from "./views/midiout.js";
import { makeMorph } from "./views/morph.js";
import "./views/notices.js";
import "./views/plan.js";
import { makePlayedIn } from "./views/playedin.js";
import { makePresets } from "./views/presets.js";
import { makeRecording } from "./views/recording.js";
import { makeScenes } from "./views/scenes.js";
import { makeRollTools } from "./views/rolltools.js";
import { startScore } from "./views/score.js";
import { makeScreen } from "./views/screen.js";
import { makeSections } from "./views/sections.js";
import { makeSlots } from "./views/slots.js";
import { leaveSongs, makeSongs, showSongs } from "./views/songs.js";
import { makeSource } from "./views/source.js";
import "./views/style.js";
import { makeTiming } from "./views/timing.js";
import { makeTransport } from "./views/transport.js";
import { makeUndo } from "./views/undo.js";
import { makeVoices } from "./views/voices.js";
import { makeWhen } from "./views/when.js";

const PAGES = ["perform", "mix", "stage", "songs", "health"];
const UNSEEN_MS = 2000;

function turn() {
  const asked = location.hash.slice(1).split("?")[0];
  const page = PAGES.includes(asked) ? asked : PAGES[0];
  document.body.dataset.page = page;
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

let unseen = 0;
const follow = () => {
  clearTimeout(unseen);
  ears.wake();
  if (!document.hidden) want(true);
  else if (!ears.isListening && !midiOut.isOn) unseen = setTimeout(hangUp, UNSEEN_MS);
};
const hangUp = () => want(false);

makeLayout();
makeTransport();
makeUndo();
makeSections();
makeVoices();
makeSlots();
makeMorph();
makeLock();
makeScreen();
makeWhen();
makeDeckTabs();
makePresets();
makeScenes();
makeActs();
makeCapture();
makePlayedIn();
makeSource();
makeListening();
makeLearning();
makeMidiOut();
makeTiming();
makeRecording();
makeSongs();
makeRollTools();
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
