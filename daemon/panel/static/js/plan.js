/** What the director means to do: what comes next, and in which key and chords it plays. Only what will come. */
import { get } from "./api.js";
import { byId, make } from "./dom.js";
import { store } from "./store.js";
import { on } from "./stream.js";

function show(plan) {
  byId("plan").replaceChildren(...words(plan).map((text) => make("span", {}, text)));
}

function words(plan) {
  if (!plan) return [];
  const { bar, bars_left: left, next_section: next, key, chords = [], next: after } = plan;
  const turn = bar + left + 1;
  const coming = next ? `${next} ${left > 0 ? `in ${left + 1} bars, at bar ${turn}` : `at the next bar, ${turn}`}` : "";
  const keys = after?.key && after.key !== key ? `${key} → ${after.key}` : key;
  return [coming, keys, chords.filter(Boolean).join(" – ")].filter(Boolean);
}

/** Nothing tells the plan while the music stands still: it is asked for when something else is to come. */
async function askAnew() {
  if (store.transport.state === "playing") return;
  try {
    show((await get("state")).plan);
  } catch (error) {
    if (error.code === undefined) throw error; // else the banner says that nobody answers
  }
}

on("tick", ({ plan }) => { if (plan) show(plan); });
on("learnt", ({ plan }) => show(plan));
on("facts", askAnew);
on("presence", ({ isAway }) => { if (isAway) show(null); });
