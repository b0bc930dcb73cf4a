/** Keeps this page in step with the daemon: loads its state again when the panel or the daemon comes back. */
import { on, tell } from "./bus.js";
import { setTrouble } from "./presence.js";
import { learn } from "./store.js";

const AGAIN_MS = 1000;

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

/** Load the daemon's state after this time, unless that is due sooner.
 * @type {(milliseconds: number) => void} */
export function learnSoon(milliseconds) {
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
on("stale", () => learnSoon(0));
on("hung up", () => { isInStep = false; });
