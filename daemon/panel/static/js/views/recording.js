/** The record button, and the banner about the running recording. Every page shows it, whoever started it. */
import { byId, find } from "../parts/dom.js";
import { askNow } from "../state/now.js";
import { on } from "../state/bus.js";
import { say } from "../parts/toast.js";

const SHOW_MS = 500;
/** @type {string | null} */
let path = null;
let began = 0;

export function makeRecording() {
  byId("record").addEventListener("click", toggle);
  setInterval(showTime, SHOW_MS);
}

async function toggle() {
  const isOn = path !== null;
  const told = await askNow("record", { action: isOn ? "stop" : "start" }, "Record");
  if (told?.warning) say(told.warning, true);
  else if (told) say(isOn ? `Recorded in ${told.path}.` : `Recording to ${told.path}.`);
}

on("facts", ({ recording }) => {
  if (recording.path !== null && (recording.path !== path || recording.seconds !== undefined)) {
    began = performance.now() - 1000 * (recording.seconds ?? 0);
  }
  path = recording.path;
  byId("record").setAttribute("aria-pressed", String(path !== null));
  byId("recording").hidden = path === null;
  byId("recording-path").textContent = path ?? "";
  showTime();
});

function showTime() {
  const words = path === null ? "" : clock((performance.now() - began) / 1000);
  find("span", byId("record")).textContent = words || "Record";
  byId("recording-time").textContent = words;
}

/** Return seconds as "1:05", or as "1:00:05" from one hour on.
 * @type {(seconds: number) => string} */
function clock(seconds) {
  const two = (/** @type {number} */ number) => String(Math.floor(number) % 60).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  return hours ? `${hours}:${two(seconds / 60)}:${two(seconds)}` : `${Math.floor(seconds / 60)}:${two(seconds)}`;
}
