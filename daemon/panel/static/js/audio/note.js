/** A note of any voice: drums are struck, the others begin and are let go. */
import { strike } from "./drums.js";
import { begin } from "./tones.js";

const STRUCK = { end: () => {} };

/** Begin a note at `at` seconds; its `end(seconds)` lets it go. */
export function play(layer, { voice, pitch, velocity }, at) {
  const force = velocity / 127;
  if (voice !== "drums") return begin(layer, voice, pitch, force, at);
  strike(layer, pitch, force, at);
  return STRUCK;
}
