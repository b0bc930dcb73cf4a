/** Where sound comes from: looped waves, hits and rooms, as samples. `exporters/studio/sources.py` computes the same ones. */
import { inverse } from "./fft.js";

const LOW_LOOP = 1 << 16;
const HIGH_LOOP = 1 << 15;
const HIGH_FROM = 60;
const FIRST = 30; // the pitches of the loops
const SPAN = 12;
const TOP_HERTZ = 15000;
const MOST_HARMONICS = 400;
const GOLDEN = 0.6180339887498949;
const METAL = [2050, 3071, 3690, 5223, 5410, 8000];
const FADE_SECONDS = 0.005;
export const BUTTERWORTH = Math.SQRT1_2;

/** @typedef {[left: Float32Array<ArrayBuffer>, right: Float32Array<ArrayBuffer>]} Stereo */

/** Return white noise from -1 to 1: the generator mulberry32.
 * @type {(seed: number, count: number) => Float64Array} */
export function noise(seed, count) {
  const made = new Float64Array(count);
  let t = Math.imul(seed, 2654435761) >>> 0;
  for (let index = 0; index < count; index++) {
    t = (t + 0x6d2b79f5) >>> 0;
    let r = Math.imul(t ^ (t >>> 15), t | 1);
    r ^= r + Math.imul(r ^ (r >>> 7), r | 61);
    made[index] = ((r ^ (r >>> 14)) >>> 0) / 2 ** 31 - 1;
  }
  return made;
}

/** Return the pitch of the loop that plays a pitch.
 * @type {(pitch: number) => number} */
export const loopPitch = (pitch) => FIRST + SPAN * Math.max(even((pitch - FIRST) / SPAN), 0);

/** Round as Python does: a half to the even number.
 * @type {(value: number) => number} */
const even = (value) => (Math.abs(value % 1) === 0.5 ? 2 * Math.round(value / 2) : Math.round(value));

/** Return the loop of a tone at a `loopPitch`, and its frequency in Hz.
 * @type {(tone: ToneSpec, pitch: number, rate: number) => { samples: Stereo, hertz: number }} */
export function loop(tone, pitch, rate) {
  const size = pitch >= HIGH_FROM ? HIGH_LOOP : LOW_LOOP;
  const base = 440 * 2 ** ((pitch - 69) / 12);
  const real = new Float64Array(size);
  const imaginary = new Float64Array(size);
  for (const wave of tone.waves) addWave(real, imaginary, wave, base, tone.phase ?? 1, rate);
  let power = 0;
  for (let index = 0; index < size; index++) power += real[index] ** 2 + imaginary[index] ** 2;
  inverse(real, imaginary);
  const scale = 1 / Math.max(Math.sqrt(2 * power), 1e-9);
  const side = (/** @type {Float64Array} */ values) => Float32Array.from(values, (value) => value * scale);
  return { samples: [side(real), side(imaginary)], hertz: (Math.max(even((base * size) / rate), 1) * rate) / size };
}

/** Add a wave to a spectrum: left is its real part, right the imaginary one.
 * @type {(real: Float64Array, imaginary: Float64Array, wave: WaveSpec, base: number, phase: number, rate: number) => void} */
function addWave(real, imaginary, wave, base, phase, rate) {
  const size = real.length;
  const { voices = 1, cents = 0, width = 0, octave = 0, ratio = 1, level = 1 } = wave;
  for (let number = 0; number < voices; number++) {
    const place = voices > 1 ? (2 * number) / (voices - 1) - 1 : 0;
    const hertz = base * 2 ** (octave + (cents * place) / 1200) * ratio;
    const bin = Math.max(even((hertz * size) / rate), 1);
    const angle = ((1 + width * place) * Math.PI) / 4;
    const [left, right] = [Math.cos(angle), Math.sin(angle)];
    const start = 2 * Math.PI * phase * (((number + 1) * GOLDEN) % 1);
    const count = Math.min(Math.floor((TOP_HERTZ * size) / rate / bin), MOST_HARMONICS);
    for (let k = 1; k <= count; k++) {
      const amplitude = (harmonic(wave, k) * level) / Math.sqrt(voices) / 2;
      const [re, im] = [amplitude * Math.sin(k * start), -amplitude * Math.cos(k * start)];
      real[k * bin] += re * left - im * right;
      imaginary[k * bin] += re * right + im * left;
      real[size - k * bin] += re * left + im * right;
      imaginary[size - k * bin] += re * right - im * left;
    }
  }
}

/** @type {(wave: WaveSpec, k: number) => number} */
function harmonic({ shape, duty = 0.5 }, k) {
  if (shape === "saw") return 1 / k;
  if (shape === "square") return (k % 2) / k;
  if (shape === "triangle") return ((k % 2) * (-1) ** Math.floor(k / 2)) / k ** 2;
  if (shape === "pulse") return Math.sin(Math.PI * k * duty) / k;
  return k === 1 ? 1 : 0;
}

/** Return a hit, at most 1.
 * @type {(made: HitSpec, rate: number) => Stereo} */
export function hit(made, rate) {
  const count = even(made.seconds * rate);
  const sides = [0, 1].map(() => new Float64Array(count));
  for (const each of made.layers) addLayer(sides, each, rate);
  const { drive = 0 } = made;
  const fade = even(FADE_SECONDS * rate);
  let peak = 1e-9;
  for (const side of sides) {
    for (let index = 0; index < count; index++) {
      if (drive) side[index] = Math.tanh(side[index] * drive) / Math.tanh(drive);
      side[index] *= Math.min((count - 1 - index) / (fade - 1), 1);
      peak = Math.max(peak, Math.abs(side[index]));
    }
  }
  return /** @type {Stereo} */ (sides.map((side) => Float32Array.from(side, (value) => value / peak)));
}

/** @type {(sides: Float64Array[], layer: LayerSpec, rate: number) => void} */
function addLayer(sides, layer, rate) {
  const { at = 0, attack = 0.001, hold = 0, decay = 0.1, level = 1 } = layer;
  const raw = rawOf(layer, sides[0].length, rate);
  sides.forEach((side, number) => {
    const sound = layer.filter ? filtered(raw[number], ...layer.filter, rate) : raw[number];
    for (let index = Math.ceil(at * rate - 1e-9); index < side.length; index++) {
      const time = index / rate - at;
      side[index] += sound[index] * Math.exp(-Math.max(time - hold, 0) / decay) * Math.min(Math.max(time, 0) / attack, 1) * level;
    }
  });
}

/** @type {(layer: LayerSpec, count: number, rate: number) => Float64Array[]} */
function rawOf({ noise: seed, metal, wave, from = 0, to = 0, sweep = 1, at = 0, width = 0 }, count, rate) {
  if (seed !== undefined) {
    const [middle, side] = [noise(seed, count), noise(seed + 100, count)];
    const scale = Math.hypot(1, width);
    return [1, -1].map((sign) => middle.map((value, index) => (value + sign * width * side[index]) / scale));
  }
  const sound = new Float64Array(count);
  for (let index = 0; index < count; index++) {
    const time = Math.max(index / rate - at, 0);
    if (metal !== undefined) {
      for (const hertz of METAL) sound[index] += ((time * hertz * metal) % 1 < 0.5 ? 1 : -1) / METAL.length;
      continue;
    }
    const turns = to * time + (from - to) * sweep * (1 - Math.exp(-time / sweep));
    const sine = Math.sin(2 * Math.PI * turns);
    sound[index] = wave === "triangle" ? (2 / Math.PI) * Math.asin(sine) : sine;
  }
  return [sound, sound];
}

/** Return sound after a second-order filter, as Web Audio defines it, with a linear `q`.
 * @type {(sound: Float64Array, kind: string, hertz: number, q: number, rate: number) => Float64Array} */
function filtered(sound, kind, hertz, q, rate) {
  const w = (2 * Math.PI * Math.min(hertz, 0.49 * rate)) / rate;
  const cosine = Math.cos(w);
  const alpha = Math.sin(w) / (2 * q);
  const low = [(1 - cosine) / 2, 1 - cosine, (1 - cosine) / 2];
  const high = [(1 + cosine) / 2, -1 - cosine, (1 + cosine) / 2];
  const top = kind === "lowpass" ? low : (kind === "highpass" ? high : [alpha, 0, -alpha]);
  const [b0, b1, b2, a1, a2] = [...top, -2 * cosine, 1 - alpha].map((value) => value / (1 + alpha));
  let [one, two] = [0, 0];
  return sound.map((value) => {
    const out = b0 * value + one;
    one = b1 * value - a1 * out + two;
    two = b2 * value - a2 * out;
    return out;
  });
}

/** Return the impulse response of a reverb, with an energy of 1 for each side.
 * @type {(spec: [seconds: number, low: number, high: number], seed: number, rate: number) => Stereo} */
export function room([seconds, low, high], seed, rate) {
  const count = even(seconds * rate);
  const keep = Math.exp((-2 * Math.PI * 1800) / rate);
  return /** @type {Stereo} */ ([0, 1].map((side) => {
    let dark = 0;
    const both = noise(seed + side, count).map((white, index) => {
      dark = dark * keep + white * (1 - keep);
      const time = index / rate;
      return dark * Math.exp(-time / low) + (white - dark) * 0.5 * Math.exp(-time / high);
    });
    const sound = filtered(both, "highpass", 220, 0.7, rate).map((value, index) => value * Math.min(index / rate / 0.004, 1));
    const energy = Math.sqrt(sound.reduce((sum, value) => sum + value * value, 0));
    return Float32Array.from(sound, (value) => value / energy);
  }));
}
