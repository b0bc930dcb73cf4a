/** Names and colours of voices and drums. */
export const VOICES = ["lead", "chords", "bass", "drums"];
export const DRUMS = ["kick", "snare", "clap", "closed hat", "open hat", "tom", "crash", "ride", "rim"];
export const KIT = ["kick", "backbeat", "hats", "colour"];
export const BEATS_PER_BAR = 4;

const OF_PITCH = new Map([
  ...[35, 36].map((pitch) => [pitch, 0]),
  ...[38, 40].map((pitch) => [pitch, 1]),
  [39, 2],
  ...[42, 44].map((pitch) => [pitch, 3]),
  [46, 4],
  ...[41, 43, 45, 47, 48, 50].map((pitch) => [pitch, 5]),
  ...[49, 52, 55, 57].map((pitch) => [pitch, 6]),
  ...[51, 53, 59].map((pitch) => [pitch, 7]),
]);

/** Return the index into DRUMS of a General MIDI percussion note. Rare instruments count as rim. */
export const drumOf = (pitch) => OF_PITCH.get(pitch) ?? 8;

const style = getComputedStyle(document.documentElement);

/** Return a colour of the style sheet: colour("lead"). */
export const colour = (name) => style.getPropertyValue(`--${name}`).trim();
