/** Says what leads the time when that changes. */
import { say } from "../parts/toast.js";
import { on } from "../state/bus.js";

/** @type {string | undefined} */
let told;

on("facts", ({ clock }) => {
  const words = clock && wordsOf(clock);
  if (told !== undefined && words && words !== told) say(words);
  told = words ?? told;
});

/** @type {(clock: ClockState) => string} */
function wordsOf({ source, leader, locked }) {
  if (source === "internal") return "The internal clock leads.";
  if (leader === "internal") return "The MIDI clock is lost; the internal clock leads until it returns.";
  return locked ? "The MIDI clock leads; its tempo is followed." : "Waiting for the MIDI clock.";
}
