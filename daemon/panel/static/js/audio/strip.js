/** A strip of the mixing desk: drive, filters, the pump of the kick, a level, and what it sends to the echoes. */
import { BUTTERWORTH } from "./sources.js";

const ATTACK = 0.004; // how fast the pump goes down
const OPEN_HERTZ = 18000;
const OPEN = 64; // the neutral value of the filter's controller
const STEPS_PER_OCTAVE = 8;
const SMOOTH_SECONDS = 0.03;
const BLEND_SECONDS = 0.02; // when the genre changes
const MOST = 4; // input range of the curve
const POINTS = 4097;
const UNHEARD_DB = -55;
const BUTTERWORTH_DB = 20 * Math.log10(BUTTERWORTH);

/** @type {(decibels: number) => number} */
export const gainOf = (decibels) => 10 ** (decibels / 20);

export class Strip {
  /** @param {BaseAudioContext} context @param {StripSpec} spec */
  constructor(context, spec) {
    this.context = context;
    this.spec = spec;
    this.input = context.createGain();
    this.drive = context.createWaveShaper();
    this.highpass = filter(context, "highpass", spec.highpass);
    this.sweep = filter(context, "lowpass", OPEN_HERTZ);
    this.pump = context.createGain();
    this.trim = context.createGain();
    this.fader = context.createGain();
    this.sends = { room: context.createGain(), hall: context.createGain(), echo: context.createGain() };
    this.analyser = context.createAnalyser();
    this.analyser.fftSize = 512;
    this.samples = new Float32Array(this.analyser.fftSize);
    this.input.connect(this.drive).connect(this.highpass).connect(this.sweep).connect(this.pump).connect(this.trim).connect(this.fader);
    this.fader.connect(this.analyser);
    this.sound(spec, null);
  }

  /** Take the place in the mix of another genre, from `at` on; null is at once.
   * @type {(spec: StripSpec, at: number | null) => void} */
  sound(spec, at) {
    this.spec = spec;
    this.input.gain.value = spec.drive ? 1 / MOST : 1;
    this.drive.curve = spec.drive ? curve(spec.drive) : null;
    move(this.highpass.frequency, spec.highpass, at);
    move(this.trim.gain, gainOf(spec.gain), at);
    for (const name of /** @type {const} */ (["room", "hall", "echo"])) {
      if (spec[name] > UNHEARD_DB) this.fader.connect(this.sends[name]); // a node that nothing feeds costs nothing
      move(this.sends[name].gain, gainOf(spec[name]), at);
    }
  }

  /** Lower the voice for a moment, because a kick sounds.
   * @type {(at: number, force: number) => void} */
  duck(at, force) {
    const [floor, hold, back] = this.spec.pump;
    if (floor === 1) return;
    this.pump.gain.setTargetAtTime(1 - (1 - floor) * force, at, ATTACK);
    this.pump.gain.setTargetAtTime(1, at + hold, back);
  }

  /** Move the low-pass filter to a value of its controller; 64 is open.
   * @type {(value: number, at: number) => void} */
  filter(value, at) {
    this.sweep.frequency.setTargetAtTime(OPEN_HERTZ * 2 ** ((Math.min(value, OPEN) - OPEN) / STEPS_PER_OCTAVE), at, SMOOTH_SECONDS);
  }

  /** Open the low-pass filter now, and forget its moves that are scheduled for later. */
  open() {
    const now = this.context.currentTime;
    this.sweep.frequency.cancelScheduledValues(now);
    this.filter(OPEN, now);
  }

  /** Return the loudest current sample. 1 is full scale; it can be more. */
  get peak() {
    this.analyser.getFloatTimeDomainData(this.samples);
    let peak = 0;
    for (const sample of this.samples) peak = Math.max(peak, Math.abs(sample));
    return peak;
  }
}

/** @type {(param: AudioParam, value: number, at: number | null) => void} */
function move(param, value, at) {
  if (at === null) param.value = value;
  else param.setTargetAtTime(value, at, BLEND_SECONDS);
}

/** @type {(context: BaseAudioContext, type: BiquadFilterType, hertz: number) => BiquadFilterNode} */
function filter(context, type, hertz) {
  const made = context.createBiquadFilter();
  made.type = type;
  made.frequency.automationRate = "k-rate";
  made.frequency.value = hertz;
  made.Q.value = BUTTERWORTH_DB;
  return made;
}

/** Return the curve of a drive, for input that is a quarter as loud.
 * @type {(drive: number) => Float32Array<ArrayBuffer>} */
function curve(drive) {
  return Float32Array.from({ length: POINTS }, (_, index) => {
    const sample = MOST * ((2 * index) / (POINTS - 1) - 1);
    return Math.tanh(sample * drive) / Math.tanh(drive);
  });
}
