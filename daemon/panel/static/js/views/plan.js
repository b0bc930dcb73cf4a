/** Shows the director's plan below the piano roll, and keeps it for the figures. */
import { Refused, get } from "../state/api.js";
import { byId, make } from "../parts/dom.js";
import { store } from "../state/store.js";
import { on, tell } from "../state/bus.js";

/** @type {(plan: Plan | null) => void} */
function show(plan) {
  tell("plan", plan);
  byId("plan").replaceChildren(...words(plan).map((text) => make("span", {}, text)));
}

/** @type {(plan: Plan | null) => string[]} */
function words(plan) {
  if (!plan) return [];
  const { bar, bars_left: left, next_section: next, key, chords = [], next: after } = plan;
  const turn = bar + left + 2; // people count bars from 1
  const coming = next ? `${next} ${left > 0 ? `in ${left + 1} bars, at bar ${turn}` : `at the next bar, ${turn}`}` : "";
  const keys = after?.key && after.key !== key ? `${key} → ${after.key}` : key;
  return [coming, keys, chords.filter(Boolean).join(" – ")].filter(Boolean);
}

/** Request the plan after a change while the music is stopped: no tick brings it then. */
async function askAnew() {
  if (store.transport.state === "playing") return;
  try {
    show((await get("state")).plan);
  } catch (error) {
    if (!(error instanceof Refused)) throw error; // the banner shows who does not answer
  }
}

on("tick", ({ plan }) => { if (plan) show(plan); });
on("learnt", ({ plan }) => show(plan));
on("facts", askAnew);
on("presence", ({ isAway }) => { if (isAway) show(null); });
