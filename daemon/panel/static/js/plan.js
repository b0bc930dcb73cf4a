/** What the director means to do: what comes next, and in which key and chords it plays. */
import { byId, make } from "./dom.js";
import { on } from "./stream.js";

function show(plan) {
  if (!plan) return;
  const { bars_left: left, next_section: next, key, chords = [] } = plan;
  const coming = next ? [`${next} ${left > 0 ? `in ${left + 1} bars` : "at the next bar"}`] : [];
  const words = [...coming, key, chords.filter(Boolean).join(" – ")].filter(Boolean);
  byId("plan").replaceChildren(...words.map((text) => make("span", {}, text)));
}

on("tick", ({ plan }) => show(plan));
on("learnt", ({ plan }) => show(plan));
