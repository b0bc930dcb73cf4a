/**
 * A limiter that sees the sound before it leaves. The gain falls before a peak, also one between samples, and returns after
 * it. It works on frames of 32 samples, and delays the sound by seven of them. `exporters/limiter.py` computes the same curve.
 */
const FRAME = 32;
const AHEAD = 3; // frames in which the gain falls
const DELAY_FRAMES = 2 * AHEAD + 1;
const RELEASE_SECONDS = 0.1;
const PHASES = 4; // peaks are sought at so many places for each sample
const TAPS = 12;
const WORTH_A_LOOK = 0.5; // softer samples, as a share of the ceiling, have no peak between them that matters

const BLOCK = 128; // samples in a call; Web Audio has no other size yet
const REST_FRAMES = 2000; // after so many frames of silence nothing is left to do

class Limiter extends AudioWorkletProcessor {
  /** @param {{ processorOptions: { ceiling: number } }} options */
  constructor({ processorOptions: { ceiling } }) {
    super();
    this.ceiling = ceiling;
    this.fall = Math.exp(-FRAME / (RELEASE_SECONDS * sampleRate));
    this.filters = between();
    /** The last samples of each side, and those of this call. */
    this.heard = [0, 1].map(() => new Float32Array(TAPS - 1 + BLOCK));
    this.held = [0, 1].map(() => new Float32Array(DELAY_FRAMES * FRAME));
    this.place = 0;
    this.highest = new Float64Array(2 * (AHEAD + 1) + 1);
    this.faded = new Float64Array(2 * AHEAD + 1);
    this.frame = 0;
    this.reduction = 0;
    this.gain = 1;
    this.silent = 0; // frames since the last sound
  }

  /** @type {(inputs: Float32Array[][], outputs: Float32Array[][]) => boolean} */
  process([input], [output]) {
    this.silent = input.length === 0 ? this.silent + BLOCK / FRAME : 0;
    if (this.silent > REST_FRAMES) return true;
    for (let side = 0; side < 2; side++) {
      const heard = this.heard[side];
      heard.copyWithin(0, BLOCK);
      if (input.length === 0) heard.fill(0, TAPS - 1);
      else heard.set(input[Math.min(side, input.length - 1)], TAPS - 1);
    }
    for (let start = 0; start < BLOCK; start += FRAME) {
      const before = this.gain;
      this.gain = this.#next(Math.max(this.#peak(this.heard[0], start), this.#peak(this.heard[1], start)));
      for (let side = 0; side < 2; side++) this.#out(output[side], side, start, before);
      this.place = (this.place + FRAME) % this.held[0].length;
    }
    return true;
  }

  /** Return the gain of the frame that leaves when one with this peak arrives.
   * @type {(peak: number) => number} */
  #next(peak) {
    const { highest, faded, frame } = this;
    highest[frame % highest.length] = Math.log(Math.max(peak / this.ceiling, 1));
    let most = this.reduction * this.fall;
    for (let index = 0; index < highest.length; index++) most = Math.max(most, highest[index]);
    this.reduction = most;
    faded[frame % faded.length] = most;
    this.frame = frame + 1;
    let sum = 0;
    for (let index = 0; index < faded.length; index++) sum += faded[index];
    return Math.exp(-sum / faded.length);
  }

  /** Return the highest level of a frame, also between samples, half a filter ago.
   * @type {(heard: Float32Array, start: number) => number} */
  #peak(heard, start) {
    const worth = this.ceiling * WORTH_A_LOOK;
    let peak = 0;
    for (let index = start; index < start + FRAME; index++) {
      const middle = Math.abs(heard[index + TAPS / 2 - 1]);
      peak = Math.max(peak, middle);
      if (middle < worth) continue;
      for (const filter of this.filters) {
        let sum = 0;
        for (let tap = 0; tap < TAPS; tap++) sum += heard[index + tap] * filter[tap];
        peak = Math.max(peak, Math.abs(sum));
      }
    }
    return peak;
  }

  /** Let the frame out that came DELAY_FRAMES ago, and hold this one. The gain moves from `before` to the present one.
   * @type {(out: Float32Array, side: number, start: number, before: number) => void} */
  #out(out, side, start, before) {
    const held = this.held[side];
    const heard = this.heard[side];
    const step = (this.gain - before) / FRAME;
    for (let index = 0; index < FRAME; index++) {
      out[start + index] = held[this.place + index] * (before + step * (index + 1));
      held[this.place + index] = heard[TAPS - 1 + start + index];
    }
  }
}

/** Return the filters that compute the places between two samples: windowed sinc functions. */
function between() {
  return Array.from({ length: PHASES - 1 }, (_, number) => {
    const share = (number + 1) / PHASES;
    return Float64Array.from({ length: TAPS }, (__, tap) => {
      const away = tap - (TAPS / 2 - 1) - share;
      const window = Math.cos((Math.PI * away) / (TAPS + 1)) ** 2;
      return (Math.sin(Math.PI * away) / (Math.PI * away)) * window;
    });
  });
}

registerProcessor("limiter", Limiter);
