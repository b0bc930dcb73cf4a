/** Names and colours of voices and drums. */
/** @type {Voice[]} */
export const VOICES = ["lead", "chords", "bass", "drums"];
export const DRUMS = ["kick", "snare", "clap", "closed hat", "open hat", "tom", "crash", "ride", "rim"];
export const KIT = ["kick", "backbeat", "hats", "colour"];
export const BEATS_PER_BAR = 4;

/** Return the number of the bar of a beat as people count, from 1. The daemon and files of other programs count from 0.
 * @type {(beat: number) => number} */
export const barAt = (beat) => Math.max(Math.floor(beat / BEATS_PER_BAR), 0) + 1;

/** @type {Map<number, number>} */
const OF_PITCH = new Map();
[[35, 36], [38, 40], [39], [42, 44], [46], [41, 43, 45, 47, 48, 50], [49, 52, 55, 57], [51, 53, 59]]
  .forEach((pitches, drum) => pitches.forEach((pitch) => OF_PITCH.set(pitch, drum)));

/** Return the index into DRUMS of a General MIDI percussion note. Rare instruments count as rim.
 * @type {(pitch: number) => number} */
export const drumOf = (pitch) => OF_PITCH.get(pitch) ?? 8;

const CLASSES = /** @type {Record<string, number>} */ ({ C: 0, D: 2, E: 4, F: 5, G: 7, A: 9, B: 11 });

/** Return the pitch class of a key's tonic, or null: rootOf("Bb minor") is 10.
 * @type {(key: string) => number | null} */
export function rootOf(key) {
  const [, letter, sign = ""] = /^([A-G])([#b♯♭]?)/u.exec(key) ?? [];
  if (letter === undefined) return null;
  const step = { "": 0, "#": 1, "♯": 1, b: -1, "♭": -1 }[sign] ?? 0;
  return (CLASSES[letter] + step + 12) % 12;
}

const style = getComputedStyle(document.documentElement);

/** Return a colour of the style sheet: colour("lead").
 * @type {(name: string) => string} */
export const colour = (name) => style.getPropertyValue(`--${name}`).trim();
