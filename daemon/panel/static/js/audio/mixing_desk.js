/** The mixing desk of the browser: a bus, a level and an analyser for each voice, then reverb, the limiter and a gate. */
import { VOICES } from "../parts/music.js";
import { limited } from "./limiter.js";

const SENDS = { lead: 0.26, chords: 0.3, bass: 0.02, drums: 0.05 };
const GAINS = { lead: 0.75, chords: 0.75, bass: 0.54, drums: 0.72 };
/** @type {[Voice, number][]} */
const DUCKED = [["chords", 0.42], ["bass", 0.5], ["lead", 0.78]];
const MASTER = 1;
const REVERB_SECONDS = 2.2;
const FALL_SECONDS = 0.01;
const DAMPED_MS = 120;
const STORED = "edmd-levels";

/** @typedef {{ input: GainNode, fader: GainNode, analyser: AnalyserNode, samples: Float32Array<ArrayBuffer> }} Bus */

export class Desk {
  /** @param {AudioContext} context */
  constructor(context) {
    this.context = context;
    this.master = context.createGain();
    this.master.gain.value = MASTER;
    this.gate = context.createGain();
    this.gate.gain.value = 0;
    limited(this.master).connect(this.gate).connect(context.destination);
    this.sent = context.createGain();
    this.walls = walls(context);
    this.room = this.#room();
    /** @type {Record<Voice, Bus>} */
    this.buses = /** @type {any} */ (Object.fromEntries(VOICES.map((voice) => [voice, this.#bus(voice)])));
    const own = levels();
    for (const voice of VOICES) this.level(voice, own[voice]);
  }

  /** Return the node that a voice's notes connect to.
   * @type {(voice: Voice) => GainNode} */
  input(voice) {
    return this.buses[voice].input;
  }

  /** Set a voice's level in this browser, 0 to 1.5.
   * @type {(voice: Voice, value: number) => void} */
  level(voice, value) {
    this.buses[voice].fader.gain.setTargetAtTime(value, this.context.currentTime, 0.02);
  }

  /**
   * Open the gate for so many seconds. Whoever plays calls this again and again. The end is scheduled in audio time,
   * so the gate closes even if the scripts of the page stop running.
   * @type {(seconds: number) => void}
   */
  hold(seconds) {
    const { gain } = this.gate;
    const now = this.context.currentTime;
    gain.cancelScheduledValues(now);
    gain.setTargetAtTime(1, now, FALL_SECONDS);
    gain.setTargetAtTime(0, now + seconds, FALL_SECONDS);
  }

  /** Return the loudest current sample of a voice. 1 is full scale; it can be more.
   * @type {(voice: Voice) => number} */
  peak(voice) {
    const { analyser, samples } = this.buses[voice];
    analyser.getFloatTimeDomainData(samples);
    let peak = 0;
    for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
    return peak;
  }

  /** Lower the other voices for a moment when a kick sounds.
   * @type {(at: number) => void} */
  duck(at) {
    for (const [voice, depth] of DUCKED) {
      const { gain } = this.buses[voice].input;
      gain.setTargetAtTime(depth, at, 0.006);
      gain.setTargetAtTime(1, at + 0.07, 0.075);
    }
  }

  /** End all echo at once, by replacing the reverb with a new one. */
  damp() {
    const before = this.room;
    before.gain.setTargetAtTime(0, this.context.currentTime, FALL_SECONDS);
    this.sent.disconnect();
    this.room = this.#room();
    setTimeout(() => before.disconnect(), DAMPED_MS);
  }

  /** Make a new reverb. Return its output gain. */
  #room() {
    const reverb = this.context.createConvolver();
    const echo = this.context.createGain();
    reverb.buffer = this.walls;
    this.sent.connect(reverb).connect(echo).connect(this.master);
    return echo;
  }

  /** @type {(voice: Voice) => Bus} */
  #bus(voice) {
    const { context } = this;
    const input = context.createGain();
    const fader = context.createGain();
    const trim = context.createGain();
    const send = context.createGain();
    const analyser = context.createAnalyser();
    analyser.fftSize = 512;
    trim.gain.value = GAINS[voice];
    send.gain.value = SENDS[voice];
    input.connect(trim).connect(fader);
    fader.connect(analyser).connect(this.master);
    fader.connect(send).connect(this.sent);
    return { input, fader, analyser, samples: new Float32Array(analyser.fftSize) };
  }
}

/** Return the levels that are stored in this browser, by voice.
 * @type {() => Record<Voice, number>} */
export function levels() {
  try {
    return { lead: 1, chords: 1, bass: 1, drums: 1, ...JSON.parse(localStorage.getItem(STORED) ?? "{}") };
  } catch {
    return { lead: 1, chords: 1, bass: 1, drums: 1 };
  }
}

/** @type {(values: Record<Voice, number>) => void} */
export function keepLevels(values) {
  localStorage.setItem(STORED, JSON.stringify(values));
}

/** Make the impulse response of a room: decaying noise.
 * @type {(context: AudioContext) => AudioBuffer} */
function walls(context) {
  const length = Math.round(REVERB_SECONDS * context.sampleRate);
  const buffer = context.createBuffer(2, length, context.sampleRate);
  for (let channel = 0; channel < 2; channel++) {
    const data = buffer.getChannelData(channel);
    for (let index = 0; index < length; index++) {
      data[index] = (Math.random() * 2 - 1) * (1 - index / length) ** 3.2;
    }
  }
  return buffer;
}
