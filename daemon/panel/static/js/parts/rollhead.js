/** The lines of text above a piano roll: the numbers of bars, sections, chords, and what will come. */
import { BEATS_PER_BAR, barAt } from "./music.js";

const BARS = 20;
const LANE = 17;
const GAP = 5;
const NUMBER_PIXELS = 34;
const HALF_PIXELS = 44; // a half bar with less room shows no chord of its own
const LABEL = "11px system-ui, sans-serif";
const STRONG = "600 11px system-ui, sans-serif";

/**
 * `sections` and `marks` are [beat, words], `chords` those of the halves of each bar, counted from 0. What is after `now` is planned.
 * @typedef {{ from: number, until: number, now: number | null, sections: Section[], chords?: Map<number, string[]>, marks?: Section[] }} Heading
 * @typedef {(beat: number) => number} Across
 * @typedef {{ line: string, quiet: string, text: string, acid: string }} Inks
 * @typedef {CanvasRenderingContext2D} Pen
 */

/** Return how many pixels the lines above the notes take.
 * @type {(heading: Heading) => number} */
export const headHeight = ({ sections, chords }) => BARS + (sections.length ? LANE : 0) + (chords ? LANE : 0);

/** Return how many bars lie between two numbered ones, so that their numbers do not touch.
 * @type {(pixels: number) => number} */
export function barStep(pixels) {
  let step = 1;
  while (step * pixels < NUMBER_PIXELS) step *= 2;
  return step;
}

/** Draw the lines of text, and a line down to `bottom` where something planned begins.
 * @type {(pen: Pen, heading: Heading, x: Across, inks: Inks, width: number, bottom: number) => void} */
export function drawHead(pen, heading, x, inks, width, bottom) {
  const { from, until, now, sections, chords, marks = [] } = heading;
  const tone = (/** @type {number} */ beat, /** @type {string} */ ink) => (now !== null && beat > now ? inks.quiet : ink);
  pen.textBaseline = "middle";
  pen.font = LABEL;
  numbers(pen, from, until, x, inks.quiet);
  let top = BARS;
  if (sections.length) {
    pen.font = STRONG;
    labels(pen, sections, x, top + LANE / 2, width, () => inks.acid);
    beyond(pen, sections, until, x, top + LANE / 2, width, inks.acid);
    for (const [beat] of sections) if (now !== null && beat > now) dashed(pen, x(beat), top, bottom, inks.acid);
    top += LANE;
  }
  pen.font = LABEL;
  if (chords) {
    labels(pen, halves(chords, from, until, x(BEATS_PER_BAR / 2) - x(0) >= HALF_PIXELS), x, top + LANE / 2, width, (beat) => tone(beat, inks.text));
    top += LANE;
  }
  marks.forEach(([beat, words], index) => {
    if (beat < from || beat > until) return;
    const y = top + LANE * (index + 0.5);
    if (y > bottom) return;
    dashed(pen, x(beat), y - LANE / 2, bottom, inks.quiet);
    pen.fillStyle = inks.text;
    pen.textAlign = x(beat) + GAP + pen.measureText(words).width > width ? "right" : "left";
    pen.fillText(words, x(beat) + (pen.textAlign === "left" ? GAP : -GAP), y);
    pen.textAlign = "left";
  });
}

/** @type {(pen: Pen, from: number, until: number, x: Across, ink: string) => void} */
function numbers(pen, from, until, x, ink) {
  pen.fillStyle = ink;
  const step = barStep(x(BEATS_PER_BAR) - x(0));
  const first = Math.max(Math.ceil(from / BEATS_PER_BAR), 0);
  for (let bar = first; bar * BEATS_PER_BAR < until; bar++) {
    if (bar % step === 0) pen.fillText(String(bar + 1), x(bar * BEATS_PER_BAR) + GAP, BARS / 2);
  }
}

/** Write each label where it begins. One that began before the left edge is written at the edge; one without room is left out.
 * @type {(pen: Pen, rows: Section[], x: Across, y: number, width: number, ink: (beat: number) => string) => void} */
function labels(pen, rows, x, y, width, ink) {
  rows.forEach(([beat, words], index) => {
    const left = Math.max(x(beat), 0) + GAP;
    const end = Math.min(index + 1 < rows.length ? x(rows[index + 1][0]) : width, width);
    if (pen.measureText(words).width > end - left) return;
    pen.fillStyle = ink(beat);
    pen.fillText(words, left, y);
  });
}

/** Name the first section after the right edge there, with its bar, if there is room.
 * @type {(pen: Pen, sections: Section[], until: number, x: Across, y: number, width: number, ink: string) => void} */
function beyond(pen, sections, until, x, y, width, ink) {
  const index = sections.findIndex(([beat]) => beat > until);
  if (index < 0) return;
  const [beat, name] = sections[index];
  const words = `${name} at bar ${barAt(beat)} →`;
  const before = index > 0 ? Math.max(x(sections[index - 1][0]), 0) + pen.measureText(sections[index - 1][1]).width + 3 * GAP : 0;
  const left = width - GAP - pen.measureText(words).width;
  if (left < before) return;
  pen.fillStyle = ink;
  pen.fillText(words, left, y);
}

/** @type {(pen: Pen, at: number, top: number, bottom: number, ink: string) => void} */
function dashed(pen, at, top, bottom, ink) {
  pen.strokeStyle = ink;
  pen.lineWidth = 1;
  pen.setLineDash([3, 4]);
  pen.beginPath();
  pen.moveTo(Math.round(at) + 0.5, top);
  pen.lineTo(Math.round(at) + 0.5, bottom);
  pen.stroke();
  pen.setLineDash([]);
}

/** Return the chords in view as [beat, name], each where it begins: one a bar, or all of them.
 * @type {(chords: Map<number, string[]>, from: number, until: number, isRoomy: boolean) => Section[]} */
function halves(chords, from, until, isRoomy) {
  /** @type {Section[]} */
  const rows = [];
  for (let bar = Math.max(Math.floor(from / BEATS_PER_BAR), 0); bar * BEATS_PER_BAR < until; bar++) {
    const names = chords.get(bar) ?? [];
    names.forEach((name, half) => {
      if (name && (half === 0 || (isRoomy && name !== names[0]))) rows.push([bar * BEATS_PER_BAR + (half * BEATS_PER_BAR) / names.length, name]);
    });
  }
  return rows;
}
