/** All sound of one source, the live music or a song. It can be cut off as a whole, with all scheduled notes. */
import { STRIPS } from "./bank.js";

const FALL_SECONDS = 0.008;
const CUT_SECONDS = 0.06;

export class Layer {
  /** @param {import("./mixing_desk.js").Desk} desk */
  constructor(desk) {
    this.desk = desk;
    this.context = desk.context;
    /** @type {Set<AudioScheduledSourceNode>} */
    this.sources = new Set();
    this.inputs = this.#opened();
    /** @type {GainNode | null} */
    this.openHat = null; // the last one, which a closed hat ends
  }

  /** Return the node that the sound of a voice, or of effects, connects to.
   * @type {(lane: Lane) => GainNode} */
  input(lane) {
    return this.inputs[lane];
  }

  /** Start an oscillator or a buffer at `at` seconds. It belongs to this layer until it ends. A buffer may have an offset
   * and a length in seconds.
   * @type {(source: AudioScheduledSourceNode | AudioBufferSourceNode, at: number, ...where: number[]) => void} */
  start(source, at, ...where) {
    if (source instanceof AudioBufferSourceNode) source.start(at, ...where);
    else source.start(at);
    this.sources.add(source);
    source.addEventListener("ended", () => this.sources.delete(source));
  }

  /** End all sounding and all scheduled notes at once. */
  cut() {
    const now = this.context.currentTime;
    for (const input of Object.values(this.inputs)) input.gain.setTargetAtTime(0, now, FALL_SECONDS);
    for (const source of this.sources) source.stop(now + CUT_SECONDS);
    this.sources.clear();
    this.inputs = this.#opened();
    this.openHat = null;
  }

  /** @returns {Record<Lane, GainNode>} */
  #opened() {
    const opened = (/** @type {Lane} */ lane) => {
      const input = this.context.createGain();
      input.connect(this.desk.input(lane));
      return [lane, input];
    };
    return /** @type {any} */ (Object.fromEntries(STRIPS.map(opened)));
  }
}
