/**
 * Converts beats to seconds of `performance.now()` and back. Jitter only delays ticks. Therefore a tick that comes
 * early corrects the clock quickly, and one that comes late corrects it slowly.
 */
const JUMP_SECONDS = 0.35;
const JUMP_BEATS = 1.1;
const EARLY_GAIN = 0.35;
const LATE_GAIN = 0.015;
const KEPT = 96;

/** @typedef {{ beat: number, tempo: number, seconds: number }} Anchor */

export class BeatClock {
  constructor() {
    /** @type {Anchor[]} */
    this.anchors = [];
  }

  get anchor() {
    return this.anchors[this.anchors.length - 1];
  }

  /** Take in a tick that begins at `beat` with `tempo` (BPM). Its message arrived at `arrival` seconds.
   * @type {(beat: number, tempo: number, arrival: number) => void} */
  tick(beat, tempo, arrival) {
    const last = this.anchor;
    const ahead = last ? beat - last.beat : 0;
    if (!last || ahead < 0 || ahead > JUMP_BEATS) return this.#begin(beat, tempo, arrival);
    const predicted = last.seconds + (ahead * 60) / last.tempo;
    const error = arrival - predicted;
    if (Math.abs(error) > JUMP_SECONDS) return this.#begin(beat, tempo, arrival);
    const seconds = predicted + error * (error < 0 ? EARLY_GAIN : LATE_GAIN);
    this.anchors.push({ beat, tempo, seconds });
    if (this.anchors.length > KEPT) this.anchors.shift();
  }

  /** Forget the position, because nothing plays. */
  stop() {
    this.anchors = [];
  }

  /** Return the time of `beat` in seconds, or null before the first tick.
   * @type {(beat: number) => number | null} */
  secondsAt(beat) {
    const from = this.#before((anchor) => anchor.beat <= beat);
    return from ? from.seconds + ((beat - from.beat) * 60) / from.tempo : null;
  }

  /** Return the beat at a time in seconds, or null before the first tick.
   * @type {(seconds: number) => number | null} */
  beatAt(seconds) {
    const from = this.#before((anchor) => anchor.seconds <= seconds);
    return from ? from.beat + ((seconds - from.seconds) * from.tempo) / 60 : null;
  }

  /** @type {(beat: number, tempo: number, arrival: number) => void} */
  #begin(beat, tempo, arrival) {
    this.anchors = [{ beat, tempo, seconds: arrival }];
  }

  /** @type {(isBefore: (anchor: Anchor) => boolean) => Anchor | null} */
  #before(isBefore) {
    for (let index = this.anchors.length - 1; index >= 0; index--) {
      if (isBefore(this.anchors[index])) return this.anchors[index];
    }
    return this.anchors[0] ?? null;
  }
}
