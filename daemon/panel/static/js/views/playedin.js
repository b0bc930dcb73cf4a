/** Listening to who plays: the buttons, and what is heard. */
import { byId } from "../parts/dom.js";
import { say } from "../parts/toast.js";
import { heard } from "../parts/waits.js";
import { on } from "../state/bus.js";
import { askNow } from "../state/now.js";

/** @type {Record<string, string>} */
const PHASES = { call: "Your turn: only the drums play", answer: "It answers you", accompany: "Drums and bass follow you" };
const TONES = ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"];
let words = "";
let sounds = "";

export function makePlayedIn() {
  byId("listen-call").addEventListener("click", () => listen("call", "It listens", { bars: Number(byId("listen-bars").value) }));
  byId("listen-answer").addEventListener("click", () => listen("answer", "It answers"));
  byId("listen-harmony").addEventListener("click", () => listen("harmony", "Your chords lead"));
  byId("listen-accompany").addEventListener("click", () => listen("accompany", "Drums and bass follow you"));
  byId("listen-off").addEventListener("click", () => listen("off", "It listens no more"));
}

/** @type {(action: string, what: string, more?: object) => Promise<void>} */
async function listen(action, what, more = {}) {
  const told = await askNow("listen", { action, ...more }, "Listening");
  if (told) say(told.notes === 0 ? "Nothing was played in yet." : `${what}${heard(told)}.`);
}

function show() {
  byId("listen-words").textContent = [words, sounds].filter(Boolean).join(" · ") || "Nothing is played in.";
}

on("facts", ({ listening }) => {
  if (!listening) return;
  words = [PHASES[listening.phase], listening.harmony && "Your chords lead"].filter(Boolean).join(", ");
  byId("listen-off").toggleAttribute("disabled", listening.mode === "off" && !listening.harmony);
  show();
});
on("played", ({ held, chord }) => {
  sounds = [chord, held.map((pitch) => `${TONES[pitch % 12]}${Math.floor(pitch / 12) - 1}`).join(" ")].filter(Boolean).join(": ");
  show();
});
on("deck", () => {
  sounds = "";
  show();
});
