/** Plays the effects of ticks: filter sweeps in builds and breaks, a riser before a drop, an impact on it. */

const OPEN = 64;
const SMOOTH_SECONDS = 0.06;
const END_SECONDS = 0.015;
const STOP_SECONDS = 0.1;
/** @type {Effects} */
const NONE = { filters: {}, riser: 0, impact: 0 };

export class EffectsPlayer {
  /** @param {AudioLayer} layer */
  constructor(layer) {
    this.layer = layer;
    this.last = NONE;
    /** @type {Set<Voice>} The voices whose filter was moved since the last cut. The strips are shared with other players. */
    this.swept = new Set();
    /** @type {{ source: AudioBufferSourceNode, band: BiquadFilterNode, gain: GainNode } | null} */
    this.riser = null;
  }

  /** Play the effects of a tick that is heard at `at` seconds; without any, all is neutral.
   * @type {(effects: Effects | undefined, at: number) => void} */
  play(effects = NONE, at = 0) {
    const { desk } = this.layer;
    for (const voice of /** @type {const} */ (["lead", "chords", "bass"])) {
      const value = effects.filters[voice] ?? OPEN;
      if (value === (this.last.filters[voice] ?? OPEN)) continue;
      desk.strips[voice].filter(value, at);
      this.swept.add(voice);
    }
    if (effects.riser > 0) this.#rise(effects.riser / 127, at);
    else this.#fall(at);
    if (effects.impact > 0 && this.last.impact === 0) this.#hit(effects.impact / 127, at);
    this.last = effects;
  }

  /** End the riser, open the filters that this player has moved, and forget what applied and what is scheduled. */
  cut() {
    this.riser = null; // the layer ends its sound
    for (const voice of this.swept) this.layer.desk.strips[voice].open();
    this.swept.clear();
    this.last = NONE;
  }

  /** @type {(height: number, at: number) => void} */
  #rise(height, at) {
    const { hertz: [low, high], gain } = this.layer.desk.bank.specs.riser;
    this.riser ??= this.#begun(at);
    this.riser.band.frequency.setTargetAtTime(low * (high / low) ** height, at, SMOOTH_SECONDS);
    this.riser.gain.gain.setTargetAtTime(gain * height ** 2, at, SMOOTH_SECONDS);
  }

  /** @type {(at: number) => void} */
  #fall(at) {
    this.riser?.gain.gain.setTargetAtTime(0, at, END_SECONDS);
    this.riser?.source.stop(at + STOP_SECONDS);
    this.riser = null;
  }

  /** @type {(at: number) => { source: AudioBufferSourceNode, band: BiquadFilterNode, gain: GainNode }} */
  #begun(at) {
    const { layer, layer: { context, desk: { bank } } } = this;
    const source = context.createBufferSource();
    const band = context.createBiquadFilter();
    const gain = context.createGain();
    source.buffer = bank.riser();
    source.loop = true;
    band.type = "bandpass";
    band.Q.value = bank.specs.riser.q;
    band.frequency.automationRate = "k-rate";
    band.frequency.setValueAtTime(bank.specs.riser.hertz[0], at);
    gain.gain.setValueAtTime(0, at);
    source.connect(band).connect(gain).connect(layer.input("effects"));
    layer.start(source, at);
    return { source, band, gain };
  }

  /** @type {(force: number, at: number) => void} */
  #hit(force, at) {
    const { layer } = this;
    const source = layer.context.createBufferSource();
    const gain = layer.context.createGain();
    source.buffer = layer.desk.bank.hit("impact");
    gain.gain.value = force * force;
    source.connect(gain).connect(layer.input("effects"));
    layer.start(source, at);
  }
}
