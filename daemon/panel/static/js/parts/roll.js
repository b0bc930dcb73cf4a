/** Draws a piano roll and drum grid from a list of notes, with bars, sections and chords above. */
import { BEATS_PER_BAR, DRUMS, VOICES, colour, drumOf } from "./music.js";
import { barStep, drawHead, headHeight } from "./rollhead.js";
import { themeNow } from "./theme.js";

const DRUM_ROW = 11;
const LEAST_BEAT_PIXELS = 6;
const LOW = 26;
const HIGH = 98;

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
 * @typedef {import("./rollhead.js").Heading & { notes: ShownNote[], silent?: Set<Voice> }} View
 * @typedef {import("./rollhead.js").Across} Across
 */

export class Roll {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.theme = "";
    /** @type {Record<string, string>} */
    this.tones = {};
    this.inks = { ground: "", line: "", quiet: "", text: "", acid: "" };
  }

  /** Take the colours of the theme. */
  #dip() {
    this.theme = themeNow();
    this.tones = Object.fromEntries(VOICES.map((voice) => [voice, colour(voice)]));
    this.inks = { ground: colour("surface"), line: colour("line"), quiet: colour("quiet"), text: colour("text"), acid: colour("acid") };
  }

  /**
   * Draw the beats `from` to `until`. `now` is the beat of the playhead, or null; voices in `silent` are drawn faint.
   * Each note is {beat, end, voice, pitch, velocity}.
   * @type {(view: View) => void}
   */
  draw(view) {
    if (this.theme !== themeNow()) this.#dip();
    const { from, until, now, notes, silent = new Set() } = view;
    const { pen, width, height } = fitted(this.canvas);
    const x = (/** @type {number} */ beat) => ((beat - from) / (until - from)) * width;
    const drumsTop = height - DRUM_ROW * DRUMS.length - 6;
    pen.fillStyle = this.inks.ground;
    pen.fillRect(0, 0, width, height);
    const head = headHeight(view);
    this.#grid(pen, x, from, until, height, drumsTop, width, head);
    const row = (drumsTop - head - 8) / (HIGH - LOW);
    for (const note of notes) {
      if (note.beat > until || (note.end ?? until) < from) continue;
      const sounds = now !== null && note.beat <= now && (note.end ?? now) >= now;
      const force = (note.velocity ?? 90) / 127;
      pen.globalAlpha = silent.has(note.voice) ? 0.2 : sounds ? 1 : 0.3 + 0.55 * force;
      pen.fillStyle = sounds && note.voice !== "drums" ? this.inks.text : this.tones[note.voice];
      this.#note(pen, note, x, row, drumsTop, now ?? until, head);
    }
    pen.globalAlpha = 1;
    drawHead(pen, view, x, this.inks, width, height);
    if (now !== null) this.#playhead(pen, x(now), head, width, height);
  }

  /** Draw the line of now. What is to its right is to come, on a paler ground.
   * @type {(pen: CanvasRenderingContext2D, at: number, head: number, width: number, height: number) => void} */
  #playhead(pen, at, head, width, height) {
    pen.fillStyle = this.inks.line;
    pen.globalAlpha = 0.22;
    pen.fillRect(at, 0, width - at, height);
    pen.globalAlpha = 1;
    pen.fillStyle = this.inks.acid;
    pen.fillRect(Math.round(at) - 1, head, 2, height - head);
  }

  /** @type {(pen: CanvasRenderingContext2D, note: ShownNote, x: Across, row: number, drumsTop: number, now: number, head: number) => void} */
  #note(pen, note, x, row, drumsTop, now, head) {
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
    pen.roundRect(left, head + (HIGH - pitch) * row, long, high, 2);
    pen.fill();
  }

  /** @type {(pen: CanvasRenderingContext2D, x: Across, from: number, until: number, height: number, drumsTop: number, width: number, head: number) => void} */
  #grid(pen, x, from, until, height, drumsTop, width, head) {
    const beat = x(1) - x(0);
    const bars = barStep(beat * BEATS_PER_BAR) * BEATS_PER_BAR;
    const step = beat >= LEAST_BEAT_PIXELS ? 1 : bars;
    pen.fillStyle = this.inks.line;
    for (let at = Math.ceil(from / step) * step; at <= until; at += step) {
      const isBar = at % BEATS_PER_BAR === 0;
      pen.globalAlpha = isBar ? 0.9 : 0.35;
      pen.fillRect(Math.round(x(at)), isBar ? 0 : head, 1, height);
    }
    pen.globalAlpha = 0.9;
    pen.fillRect(0, drumsTop, width, 1);
    pen.globalAlpha = 1;
  }
}
