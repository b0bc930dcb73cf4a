/** The echoes of all strips: a room, a hall, and a delay in time with the music that changes sides. */
import { BUTTERWORTH } from "./sources.js";

const FALL_SECONDS = 0.01;
const DAMPED_MS = 120;
const MOST_SECONDS = 4;
const FOLLOW_SECONDS = 0.05;

export class Space {
  /** @param {BaseAudioContext} context @param {import("./bank.js").Bank} bank @param {AudioNode} master */
  constructor(context, bank, master) {
    const { echo } = bank.specs.space;
    this.context = context;
    this.beats = echo.beats;
    this.out = context.createGain();
    this.out.connect(master);
    this.room = this.#reverb(bank.room);
    this.hall = this.#reverb(bank.hall);
    this.echo = context.createGain();
    this.echo.channelCount = 1;
    this.echo.channelCountMode = "explicit";
    this.delays = [0, 1].map(() => context.createDelay(MOST_SECONDS));
    this.#connectDelays(echo);
  }

  /** Follow the tempo.
   * @type {(tempo: number, at: number) => void} */
  follow(tempo, at) {
    const seconds = Math.min((this.beats * 60) / tempo, MOST_SECONDS);
    for (const { delayTime } of this.delays) {
      if (at === 0) delayTime.value = seconds;
      else delayTime.setTargetAtTime(seconds, at, FOLLOW_SECONDS);
    }
  }

  /** End all echo at once. The space is not used after this. */
  close() {
    this.out.gain.setTargetAtTime(0, this.context.currentTime, FALL_SECONDS);
    setTimeout(() => {
      for (const node of [this.out, ...this.delays]) node.disconnect();
    }, DAMPED_MS);
  }

  /** @type {(walls: AudioBuffer) => ConvolverNode} */
  #reverb(walls) {
    const reverb = this.context.createConvolver();
    reverb.normalize = false;
    reverb.buffer = walls;
    reverb.connect(this.out);
    return reverb;
  }

  /** The first delay is heard on the left, the second on the right; each feeds the other one.
   * @type {(echo: SoundSpecs["space"]["echo"]) => void} */
  #connectDelays({ feedback, highpass, lowpass }) {
    const merger = this.context.createChannelMerger(2);
    const inputs = this.delays.map((delay, side) => {
      const low = this.#filter("highpass", highpass);
      low.connect(this.#filter("lowpass", lowpass)).connect(delay).connect(merger, 0, side);
      return low;
    });
    this.delays.forEach((delay, side) => {
      const kept = this.context.createGain();
      kept.gain.value = feedback;
      delay.connect(kept).connect(inputs[1 - side]);
    });
    this.echo.connect(inputs[0]);
    merger.connect(this.out);
  }

  /** @type {(type: BiquadFilterType, hertz: number) => BiquadFilterNode & { connect(to: AudioNode): AudioNode }} */
  #filter(type, hertz) {
    const filter = this.context.createBiquadFilter();
    filter.type = type;
    filter.frequency.value = hertz;
    filter.Q.value = 20 * Math.log10(BUTTERWORTH);
    return filter;
  }
}
