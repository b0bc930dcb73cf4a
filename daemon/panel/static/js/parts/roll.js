/** Draws a piano roll and drum grid from a list of notes. */
import { BEATS_PER_BAR, DRUMS, VOICES, colour, drumOf } from "./music.js";

const DRUM_ROW = 11;
const HEAD = 22;
const LOW = 26;
const HIGH = 98;
const LABEL = "11px system-ui, sans-serif";

/** Fit a canvas to its box and to the screen's resolution. Return its 2D context, and its size in CSS pixels.
 * @type {(canvas: HTMLCanvasElement) => { pen: CanvasRenderingContext2D, width: number, height: number }} */
export function fitted(canvas) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const scale = Math.min(window.devicePixelRatio || 1, 2);
  const [wide, high] = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== wide || canvas.height !== high) Object.assign(canvas, { width: wide, height: high });
  const pen = canvas.getContext("2d");
  if (pen === null) throw new Error("the canvas is used for something else");
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  return { pen, width, height };
}

/**
 * @typedef {{ from: number, until: number, now: number | null, notes: ShownNote[], sections: Section[],
 *   silent?: Set<Voice> }} View
 * @typedef {(beat: number) => number} Across
 */

export class Roll {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    /** @type {Record<string, string>} */
    this.tones = Object.fromEntries(VOICES.map((voice) => [voice, colour(voice)]));
    this.inks = { ground: colour("surface"), line: colour("line"), quiet: colour("quiet"), text: colour("text"), acid: colour("acid") };
  }

  /**
   * Draw the beats `from` to `until`. `now` is the beat of the playhead, or null; voices in `silent` are drawn faint.
   * Each note is {beat, end, voice, pitch, velocity}, each section [beat, name].
   * @type {(view: View) => void}
   */
  draw({ from, until, now, notes, sections, silent = new Set() }) {
    const { pen, width, height } = fitted(this.canvas);
    const x = (/** @type {number} */ beat) => ((beat - from) / (until - from)) * width;
    const drumsTop = height - DRUM_ROW * DRUMS.length - 6;
    pen.fillStyle = this.inks.ground;
    pen.fillRect(0, 0, width, height);
    this.#grid(pen, x, from, until, height, drumsTop, width);
    const row = (drumsTop - HEAD - 8) / (HIGH - LOW);
    for (const note of notes) {
      if (note.beat > until || (note.end ?? until) < from) continue;
      const sounds = now !== null && note.beat <= now && (note.end ?? now) >= now;
      const force = (note.velocity ?? 90) / 127;
      pen.globalAlpha = silent.has(note.voice) ? 0.2 : sounds ? 1 : 0.3 + 0.55 * force;
      pen.fillStyle = sounds && note.voice !== "drums" ? this.inks.text : this.tones[note.voice];
      this.#note(pen, note, x, row, drumsTop, now ?? until);
    }
    pen.globalAlpha = 1;
    this.#heads(pen, x, from, until, sections);
    if (now !== null) {
      pen.fillStyle = this.inks.acid;
      pen.fillRect(Math.round(x(now)) - 1, HEAD, 2, height - HEAD);
    }
  }

  /** @type {(pen: CanvasRenderingContext2D, note: ShownNote, x: Across, row: number, drumsTop: number, now: number) => void} */
  #note(pen, note, x, row, drumsTop, now) {
    const left = x(note.beat);
    if (note.voice === "drums") {
      const size = 3 + 5 * ((note.velocity ?? 90) / 127);
      const top = drumsTop + 6 + drumOf(note.pitch) * DRUM_ROW + (DRUM_ROW - size) / 2;
      pen.fillRect(left, top, Math.max(size, 4), size);
      return;
    }
    const long = Math.max(x(note.end ?? Math.max(now, note.beat)) - left - 1, 2);
    const high = Math.max(row * 1.2, 5);
    const pitch = Math.min(Math.max(note.pitch, LOW), HIGH);
    pen.beginPath();
    pen.roundRect(left, HEAD + (HIGH - pitch) * row, long, high, 2);
    pen.fill();
  }

  /** @type {(pen: CanvasRenderingContext2D, x: Across, from: number, until: number, height: number, drumsTop: number, width: number) => void} */
  #grid(pen, x, from, until, height, drumsTop, width) {
    for (let beat = Math.ceil(from); beat <= until; beat++) {
      const isBar = beat % BEATS_PER_BAR === 0;
      pen.fillStyle = this.inks.line;
      pen.globalAlpha = isBar ? 0.9 : 0.35;
      pen.fillRect(Math.round(x(beat)), isBar ? 0 : HEAD, 1, height);
    }
    pen.globalAlpha = 0.9;
    pen.fillRect(0, drumsTop, width, 1);
    pen.globalAlpha = 1;
  }

  /** @type {(pen: CanvasRenderingContext2D, x: Across, from: number, until: number, sections: Section[]) => void} */
  #heads(pen, x, from, until, sections) {
    pen.font = LABEL;
    pen.textBaseline = "middle";
    pen.fillStyle = this.inks.quiet;
    const first = Math.max(Math.ceil(from / BEATS_PER_BAR), 0);
    const step = (until - from) / BEATS_PER_BAR > 24 ? 8 : 1;
    for (let bar = first; bar * BEATS_PER_BAR < until; bar++) {
      if (bar % step === 0) pen.fillText(String(bar + 1), x(bar * BEATS_PER_BAR) + 5, HEAD / 2);
    }
    pen.fillStyle = this.inks.acid;
    for (const [beat, name] of sections) {
      if (beat >= from - 0.01 && beat <= until) pen.fillText(name, x(beat) + 5, HEAD + 10);
    }
  }
}
