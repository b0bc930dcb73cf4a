/** The button that lets the music be heard in this browser, and says whether it is. */
import { ears } from "./audio/ears.js";
import { byId } from "./dom.js";
import { deafen, isLost, listen } from "./live.js";
import { on, tell } from "./stream.js";

export function makeListening() {
  byId("listen").addEventListener("click", turn);
}

async function turn() {
  const isWanted = !ears.isListening;
  if (isWanted) tell("listening");
  const turned = isWanted ? listen() : deafen();
  show();
  await turned;
}

function show() {
  const button = byId("listen");
  button.setAttribute("aria-pressed", String(ears.isListening));
  button.classList.toggle("silent", ears.isListening && silence() !== "");
  button.querySelector("span").textContent = ears.isListening ? silence() || "Listening" : "Listen here";
}

/** Why nothing is heard, though somebody listens; "" where it is heard. */
function silence() {
  if (ears.isHeldUp) return "Silent: held up";
  return isLost() ? "Silent: no music comes" : "";
}

on("music", show);
on("ears", show);
