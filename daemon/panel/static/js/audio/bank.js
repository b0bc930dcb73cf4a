/** The instruments as data (`/sounds.json`), and their samples in this browser, made when they are needed. */
import { load } from "../state/api.js";
import { hit, loop, loopPitch, noise, room } from "./sources.js";

/** The strips of the mixing desk: the voices, and risers and impacts.
 * @type {Lane[]} */
export const STRIPS = ["lead", "chords", "bass", "drums", "effects"];
const PITCHES = { lead: [54, 66, 78, 90], chords: [42, 54, 66, 78], bass: [30, 42, 54] };
const MOST_LOOPS = 36;
const SEEDS = { room: 21, hall: 31, riser: [41, 42] };
const PAUSE_MS = 25;
const RISER_SAMPLES = 1 << 17;

/** @type {Map<number, Bank>} */
const banks = new Map();

/** Return the page's samples at a rate, which all its desks share.
 * @type {(rate: number) => Promise<Bank>} */
export async function openBank(rate) {
  if (!banks.has(rate)) {
    const specs = await load("/sounds.json");
    if (!banks.has(rate)) banks.set(rate, new Bank(specs, rate));
  }
  return /** @type {Bank} */ (banks.get(rate));
}

export class Bank {
  /** @param {SoundSpecs} specs @param {number} rate samples a second */
  constructor(specs, rate) {
    this.specs = specs;
    this.rate = rate;
    this.made = 0; // samples
    /** @type {Map<string, { buffer: AudioBuffer, hertz: number }>} */
    this.loops = new Map();
    /** @type {Map<string, AudioBuffer>} */
    this.hits = new Map();
    this.room = this.#buffer(room(specs.space.room, SEEDS.room, rate));
    this.hall = this.#buffer(room(specs.space.hall, SEEDS.hall, rate));
  }

  /** Return the strip of a voice, or of the effects, in a genre; any other name gives the usual one.
   * @type {(genre: string, voice: Lane) => StripSpec} */
  strip(genre, voice) {
    const own = this.specs.genres[genre] ?? this.specs.genres[""];
    return { ...this.specs.strips[voice], ...own[voice], gain: own.gains[STRIPS.indexOf(voice)] };
  }

  /** Return the loop that plays a pitch, and its frequency.
   * @type {(tone: string, pitch: number) => { buffer: AudioBuffer, hertz: number }} */
  loop(tone, pitch) {
    const key = `${tone} ${loopPitch(pitch)}`;
    let found = this.loops.get(key);
    if (found === undefined) {
      const { samples, hertz } = loop(this.specs.tones[tone], loopPitch(pitch), this.rate);
      found = { buffer: this.#buffer(samples), hertz };
    }
    this.loops.delete(key);
    this.loops.set(key, found); // the last is the one that was used last
    if (this.loops.size > MOST_LOOPS) this.loops.delete(/** @type {string} */ (this.loops.keys().next().value));
    return found;
  }

  /** Return a hit by its name.
   * @type {(name: string) => AudioBuffer} */
  hit(name) {
    let found = this.hits.get(name);
    if (found === undefined) {
      found = this.#buffer(hit(this.specs.hits[name], this.rate));
      this.hits.set(name, found);
    }
    return found;
  }

  /** Return the hit of a drum in a kit.
   * @type {(kit: string, drum: string) => AudioBuffer} */
  drum(kit, drum) {
    return this.hit(this.specs.kits[kit][drum] ?? this.specs.kits.club[drum]);
  }

  /** Return the noise that risers are made of. */
  riser() {
    const found = this.hits.get("riser") ?? this.#buffer(
      /** @type {any} */ (SEEDS.riser.map((seed) => Float32Array.from(noise(seed, RISER_SAMPLES)))));
    this.hits.set("riser", found);
    return found;
  }

  /** Make the usual samples of a genre that are not there yet, with pauses, so that the page goes on meanwhile.
   * @type {(genre: string) => Promise<void>} */
  async prepare(genre) {
    const { kit } = this.strip(genre, "drums");
    const hits = [...Object.values({ ...this.specs.kits.club, ...this.specs.kits[kit] }), "impact"];
    /** @type {(() => unknown)[]} */
    const works = hits.map((name) => () => this.hit(name));
    for (const [voice, pitches] of Object.entries(PITCHES)) {
      const { tone } = this.strip(genre, /** @type {Voice} */ (voice));
      works.push(...pitches.map((pitch) => () => this.loop(tone, pitch)));
    }
    for (const work of works) {
      const before = this.made;
      work();
      if (this.made === before) continue;
      await new Promise((done) => { setTimeout(done, PAUSE_MS); });
    }
  }

  /** Sides that are equal take one channel.
   * @type {(samples: import("./sources.js").Stereo) => AudioBuffer} */
  #buffer(samples) {
    this.made += 1;
    const [left, right] = samples;
    const isMono = left.every((value, index) => Math.abs(value - right[index]) < 1e-6);
    const sides = isMono ? [left] : samples;
    const buffer = new AudioBuffer({ numberOfChannels: sides.length, length: left.length, sampleRate: this.rate });
    sides.forEach((side, number) => buffer.copyToChannel(side, number));
    return buffer;
  }
}
