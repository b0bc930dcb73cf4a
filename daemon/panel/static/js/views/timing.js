/** What leads the time, and what is played later or earlier than it: offset, nudges, and the delay of each voice. */
import { byId, make } from "../parts/dom.js";
import { VOICES } from "../parts/music.js";
import { pressing } from "../parts/press.js";
import { on } from "../state/bus.js";
import { askNow } from "../state/now.js";

const MOST_MS = 250;
const NUDGE_MS = 5;
/** @type {Map<string, HTMLInputElement>} */
const fields = new Map();

export function makeTiming() {
  byId("clock-source").addEventListener("change", () => change({ action: "source", source: byId("clock-source").value }));
  pressing(byId("nudge-earlier"), { tap: () => change({ action: "nudge", ms: -NUDGE_MS }) });
  pressing(byId("nudge-later"), { tap: () => change({ action: "nudge", ms: NUDGE_MS }) });
  addField("all", (ms) => ({ action: "offset", ms }));
  for (const voice of VOICES) addField(voice, (ms) => ({ action: "delay", voice, ms }));
}

/** @type {(name: string, asked: (ms: number) => object) => void} */
function addField(name, asked) {
  const field = make("input", { type: "number", min: -MOST_MS, max: MOST_MS, step: 1, value: 0, inputmode: "numeric" });
  field.addEventListener("change", () => {
    const ms = Math.min(Math.max(Number(field.value) || 0, -MOST_MS), MOST_MS);
    field.value = String(ms);
    change(asked(ms));
  });
  fields.set(name, field);
  byId("delays").append(make("label", {}, name, field));
}

/** Ask for a change; if it is refused, show again what is.
 * @type {(asked: object) => Promise<void>} */
async function change(asked) {
  const told = await askNow("clock", asked, "The clock");
  if (told) show(told);
  else if (known) show(known, true);
}

/** @type {ClockState | undefined} */
let known;

/** Show what leads and what is moved; a field that is being typed into stays, unless it `isRefused`.
 * @type {(clock: ClockState, isRefused?: boolean) => void} */
function show(clock, isRefused = false) {
  known = clock;
  byId("clock-source").value = clock.source;
  for (const [name, field] of fields) {
    if (isRefused || field !== document.activeElement) field.value = String(name === "all" ? clock.offset : clock.delays[name]);
  }
}

on("facts", ({ clock }) => clock && show(clock));
