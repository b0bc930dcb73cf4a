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

class Limiter extends AudioWorkletProcessor {
  /** @param {{ processorOptions: { ceiling: number } }} options */
  constructor({ processorOptions: { ceiling } }) {
    super();
    this.ceiling = ceiling;
    this.fall = Math.exp(-FRAME / (RELEASE_SECONDS * sampleRate));
    this.filters = between();
    this.past = [0, 1].map(() => new Float32Array(TAPS));
    this.held = [0, 1].map(() => new Float32Array(DELAY_FRAMES * FRAME));
    this.place = 0;
    this.highest = new Float64Array(2 * (AHEAD + 1) + 1);
    this.faded = new Float64Array(2 * AHEAD + 1);
    this.frame = 0;
    this.reduction = 0;
    this.gain = 1;
  }

  /** @type {(inputs: Float32Array[][], outputs: Float32Array[][]) => boolean} */
  process([input], [output]) {
    const [left, right] = output;
    const [from, to] = input.length > 1 ? input : [input[0], input[0]];
    for (let start = 0; start < left.length; start += FRAME) {
      let peak = 0;
      for (let index = start; index < start + FRAME; index++) {
        peak = Math.max(peak, this.#peak(0, from ? from[index] : 0), this.#peak(1, to ? to[index] : 0));
      }
      const before = this.gain;
      this.gain = this.#next(peak);
      for (let index = 0; index < FRAME; index++) {
        const gain = before + ((this.gain - before) * (index + 1)) / FRAME;
        const at = start + index;
        this.#out(left, 0, from ? from[at] : 0, at, gain);
        this.#out(right, 1, to ? to[at] : 0, at, gain);
        this.place = (this.place + 1) % this.held[0].length;
      }
    }
    return true;
  }

  /** Return the gain of the frame that leaves when one with this peak arrives.
   * @type {(peak: number) => number} */
  #next(peak) {
    const { highest, faded, frame } = this;
    highest[frame % highest.length] = Math.log(Math.max(peak / this.ceiling, 1));
    this.reduction = Math.max(Math.max(...highest), this.reduction * this.fall);
    faded[frame % faded.length] = this.reduction;
    this.frame = frame + 1;
    return Math.exp(-faded.reduce((sum, each) => sum + each) / faded.length);
  }

  /** Return the highest level at and around the sample half a filter ago.
   * @type {(side: number, sample: number) => number} */
  #peak(side, sample) {
    const past = this.past[side];
    past.copyWithin(0, 1);
    past[TAPS - 1] = sample;
    const middle = Math.abs(past[TAPS / 2 - 1]);
    if (middle < this.ceiling * WORTH_A_LOOK) return middle;
    let peak = middle;
    for (const filter of this.filters) {
      let sum = 0;
      for (let tap = 0; tap < TAPS; tap++) sum += past[tap] * filter[tap];
      peak = Math.max(peak, Math.abs(sum));
    }
    return peak;
  }

  /** @type {(out: Float32Array, side: number, sample: number, at: number, gain: number) => void} */
  #out(out, side, sample, at, gain) {
    const held = this.held[side];
    out[at] = held[this.place] * gain;
    held[this.place] = sample;
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
