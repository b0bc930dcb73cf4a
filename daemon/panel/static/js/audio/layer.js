/** What one source of music sounds here, the live one or a song: it is cut off whole, with what is scheduled ahead. */
import { VOICES } from "../music.js";

const FALL_SECONDS = 0.008;
const CUT_SECONDS = 0.06;

export class Layer {
  constructor(desk) {
    this.desk = desk;
    this.context = desk.context;
    this.sources = new Set();
    this.inputs = this.#opened();
  }

  /** Where a voice's notes go. */
  input(voice) {
    return this.inputs[voice];
  }

  /** Chords and bass give way to a kick for a moment. */
  duck(at) {
    this.desk.duck(at);
  }

  /** Start an oscillator or a buffer at `at` seconds; it is this layer's until it ends. */
  start(source, at, ...where) {
    source.start(at, ...where);
    this.sources.add(source);
    source.addEventListener("ended", () => this.sources.delete(source));
  }

  /** End all that sounds and all that was to sound, at once and for good. */
  cut() {
    const now = this.context.currentTime;
    for (const input of Object.values(this.inputs)) input.gain.setTargetAtTime(0, now, FALL_SECONDS);
    for (const source of this.sources) source.stop(now + CUT_SECONDS);
    this.sources.clear();
    this.inputs = this.#opened();
  }

  #opened() {
    const opened = (voice) => {
      const input = this.context.createGain();
      input.connect(this.desk.input(voice));
      return [voice, input];
    };
    return Object.fromEntries(VOICES.map(opened));
  }
}
