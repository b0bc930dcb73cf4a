/** The button *Listen here*: it turns the sound of this browser on and off, and shows whether music is heard. */
import { ears, noSound } from "../audio/ears.js";
import { byId, find } from "../parts/dom.js";
import { pressing } from "../parts/press.js";
import { deafen, isLost, listen } from "../audio/live.js";
import { on, tell } from "../state/bus.js";

export function makeListening() {
  pressing(byId("listen"), { tap: turn });
}

async function turn() {
  const isWanted = !ears.isListening;
  if (isWanted) tell("listening");
  const turned = isWanted ? listen() : deafen();
  show();
  try {
    await turned;
  } catch (error) {
    tell("refused", noSound(error));
    show();
  }
}

function show() {
  const button = byId("listen");
  button.setAttribute("aria-pressed", String(ears.isListening));
  button.classList.toggle("silent", ears.isListening && silence() !== "");
  button.setAttribute("aria-label", ears.isListening ? silence() || "Listening" : "Listen here");
  find("span", button).textContent = ears.isListening ? silence() || "Listening" : "Listen here";
}

/** Return why nothing is heard although listening is on, or "". */
function silence() {
  if (ears.isHeldUp) return "Silent: sound is paused";
  return isLost() ? "Silent: no music comes" : "";
}

on("music", show);
on("ears", show);
