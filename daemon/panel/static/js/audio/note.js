/** Plays a note of any voice. Drums have no end; notes of the other voices are released. */
import { strike } from "./drums.js";
import { begin } from "./tones.js";

const STRUCK = { end: () => {} };

/** Begin a note at `at` seconds. Return an object whose `end(seconds)` releases the note.
 * @type {(layer: AudioLayer, note: { voice: Voice, pitch: number, velocity: number }, at: number) => Begun} */
export function play(layer, { voice, pitch, velocity }, at) {
  const force = velocity / 127;
  if (voice !== "drums") return begin(layer, voice, pitch, force, at);
  strike(layer, pitch, force, at);
  return STRUCK;
}
