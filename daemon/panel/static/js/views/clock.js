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
function wordsOf({ source, leader, locked, peers }) {
  if (source === "internal") return "The internal clock leads.";
  if (source === "link") return locked ? `In a Link session with ${others(peers)}; the tempo is shared.` : "Joining the Link session.";
  if (leader === "internal") return "The MIDI clock is lost; the internal clock leads until it returns.";
  return locked ? "The MIDI clock leads; its tempo is followed." : "Waiting for the MIDI clock.";
}

/** @type {(peers: number) => string} */
function others(peers) {
  return peers === 0 ? "nobody else yet" : peers === 1 ? "one other" : `${peers} others`;
}
