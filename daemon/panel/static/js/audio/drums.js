/** A drum machine. Each hit consists of a few short-lived audio nodes. */
import { DRUMS, drumOf } from "../parts/music.js";

/**
 * Times are in seconds, frequencies in Hz.
 * @typedef {{ at: number, from: number, to: number, sweep: number, length: number, gain: number, type?: OscillatorType }} Tone
 * @typedef {{ at: number, type: BiquadFilterType, frequency: number, q?: number, length: number, gain: number }} Noise
 */

/** @type {AudioBuffer | null} */
let noiseBuffer = null;

/** Play the drum of a General MIDI `pitch` at `at` seconds. `force` is 0 to 1.
 * @type {(layer: AudioLayer, pitch: number, force: number, at: number) => void} */
export function strike(layer, pitch, force, at) {
  const drum = DRUMS[drumOf(pitch)];
  HITS[drum](layer, at, force * force, pitch);
  if (drum === "kick") layer.duck(at);
}

/** @type {Record<string, (layer: AudioLayer, at: number, force: number, pitch: number) => void>} */
const HITS = {
  kick(layer, at, force) {
    tone(layer, { at, from: 165, to: 47, sweep: 0.055, length: 0.34, gain: 1.15 * force });
    noise(layer, { at, type: "highpass", frequency: 3200, length: 0.012, gain: 0.3 * force });
  },
  snare(layer, at, force) {
    tone(layer, { at, from: 235, to: 172, sweep: 0.03, length: 0.12, gain: 0.5 * force, type: "triangle" });
    noise(layer, { at, type: "bandpass", frequency: 2900, q: 0.7, length: 0.19, gain: 0.75 * force });
  },
  clap(layer, at, force) {
    for (const [late, gain] of [[0, 0.5], [0.011, 0.45], [0.023, 0.9]]) {
      const length = late > 0.02 ? 0.18 : 0.02;
      noise(layer, { at: at + late, type: "bandpass", frequency: 1500, q: 1.1, length, gain: gain * force });
    }
  },
  "closed hat"(layer, at, force) {
    noise(layer, { at, type: "highpass", frequency: 8200, length: 0.045, gain: 0.5 * force });
  },
  "open hat"(layer, at, force) {
    noise(layer, { at, type: "highpass", frequency: 7400, length: 0.26, gain: 0.42 * force });
  },
  tom(layer, at, force, pitch) {
    const high = 70 + (pitch - 40) * 9;
    tone(layer, { at, from: high * 1.6, to: high, sweep: 0.07, length: 0.3, gain: 0.8 * force });
  },
  crash(layer, at, force) {
    noise(layer, { at, type: "highpass", frequency: 5200, length: 1.5, gain: 0.42 * force });
  },
  ride(layer, at, force) {
    noise(layer, { at, type: "bandpass", frequency: 9300, q: 2.2, length: 0.34, gain: 0.46 * force });
    tone(layer, { at, from: 5230, to: 5230, sweep: 0.1, length: 0.2, gain: 0.04 * force, type: "square" });
  },
  rim(layer, at, force) {
    tone(layer, { at, from: 1750, to: 1620, sweep: 0.01, length: 0.035, gain: 0.4 * force, type: "triangle" });
  },
};

/** @type {(layer: AudioLayer, tone: Tone) => void} */
function tone(layer, { at, from, to, sweep, length, gain, type = "sine" }) {
  const oscillator = layer.context.createOscillator();
  oscillator.type = type;
  oscillator.frequency.setValueAtTime(from, at);
  oscillator.frequency.exponentialRampToValueAtTime(to, at + sweep);
  oscillator.connect(dying(layer, at, length, gain));
  layer.start(oscillator, at);
  oscillator.stop(at + length + 0.02);
}

/** @type {(layer: AudioLayer, noise: Noise) => void} */
function noise(layer, { at, type, frequency, q = 0.8, length, gain }) {
  const { context } = layer;
  noiseBuffer ??= hiss(context);
  const source = context.createBufferSource();
  source.buffer = noiseBuffer;
  const filter = context.createBiquadFilter();
  filter.type = type;
  filter.frequency.value = frequency;
  filter.Q.value = q;
  source.connect(filter).connect(dying(layer, at, length, gain));
  layer.start(source, at, Math.random() * (noiseBuffer.duration - length - 0.05), length + 0.05);
}

/** @type {(layer: AudioLayer, at: number, length: number, gain: number) => AudioNode} */
function dying(layer, at, length, gain) {
  const envelope = layer.context.createGain();
  envelope.gain.setValueAtTime(Math.max(gain, 1e-4), at);
  envelope.gain.exponentialRampToValueAtTime(1e-4, at + length);
  envelope.connect(layer.input("drums"));
  return envelope;
}

/** @type {(context: AudioContext) => AudioBuffer} */
function hiss(context) {
  const buffer = context.createBuffer(1, context.sampleRate * 3, context.sampleRate);
  const data = buffer.getChannelData(0);
  for (let index = 0; index < data.length; index++) data[index] = Math.random() * 2 - 1;
  return buffer;
}
