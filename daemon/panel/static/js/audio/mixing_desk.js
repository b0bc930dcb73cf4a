/** The mixing desk of the browser: a strip for each voice and for effects, then the echoes, the limiter and a gate. */
import { VOICES } from "../parts/music.js";
import { openBank, STRIPS } from "./bank.js";
import { limited, prepareLimiter } from "./limiter.js";
import { Space } from "./space.js";
import { Strip } from "./strip.js";

const FALL_SECONDS = 0.01;
const A_MINOR = 9;
const USUAL_TEMPO = 128;
const STORED = "edmd-levels";
const MOST_LEVEL = 1.5;

export class Desk {
  /** Make a desk with the instruments of a genre.
   * @type {(context: AudioContext | OfflineAudioContext, genre: string) => Promise<Desk>} */
  static async opened(context, genre) {
    const [bank, hasWorklet] = await Promise.all([openBank(context.sampleRate), prepareLimiter(context)]);
    bank.prepare(genre); // meanwhile, a note makes what it needs and is not there yet
    return new Desk(context, bank, genre, hasWorklet);
  }

  /** @param {BaseAudioContext} context @param {import("./bank.js").Bank} bank @param {string} genre @param {boolean} hasWorklet */
  constructor(context, bank, genre, hasWorklet) {
    this.bank = bank;
    this.context = /** @type {AudioContext} */ (context);
    this.genre = genre;
    this.wanted = genre;
    this.tempo = USUAL_TEMPO;
    this.root = A_MINOR; // the pitch class of the key, to which kicks are tuned
    this.master = context.createGain();
    this.gate = context.createGain();
    this.gate.gain.value = 0;
    limited(this.master, hasWorklet, bank.specs.ceiling).connect(this.gate).connect(context.destination);
    /** @type {Record<Lane, Strip>} */
    this.strips = /** @type {any} */ (Object.fromEntries(STRIPS.map((each) => [each, new Strip(context, bank.strip(genre, each))])));
    for (const strip of Object.values(this.strips)) strip.analyser.connect(this.master);
    this.space = this.#space();
    const own = levels();
    for (const voice of VOICES) this.level(voice, own[voice]);
  }

  /** Return the node that a voice's notes connect to.
   * @type {(lane: Lane) => GainNode} */
  input(lane) {
    return this.strips[lane].input;
  }

  /** Return the instrument of a voice.
   * @type {(voice: Exclude<Voice, "drums">) => ToneSpec} */
  tone(voice) {
    return this.bank.specs.tones[this.strips[voice].spec.tone];
  }

  /** Take the instruments of another genre, as soon as they are made.
   * @type {(genre: string) => Promise<void>} */
  async play(genre) {
    if (genre === this.wanted) return;
    this.wanted = genre;
    await this.bank.prepare(genre);
    if (genre === this.wanted) this.take(genre);
  }

  /** Take the instruments of another genre at once. A note makes what it needs and is not there yet.
   * @type {(genre: string) => void} */
  take(genre) {
    this.wanted = genre;
    if (genre === this.genre) return;
    this.genre = genre;
    for (const each of STRIPS) this.strips[each].sound(this.bank.strip(genre, each), this.context.currentTime);
  }

  /** Follow the tempo (BPM).
   * @type {(tempo: number) => void} */
  follow(tempo) {
    if (tempo === this.tempo) return;
    this.tempo = tempo;
    this.space.follow(tempo, this.context.currentTime);
  }

  /** Set a voice's level in this browser, 0 to 1.5.
   * @type {(voice: Voice, value: number) => void} */
  level(voice, value) {
    this.strips[voice].fader.gain.setTargetAtTime(value, this.context.currentTime, 0.02);
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
    return this.strips[voice].peak;
  }

  /** Lower the other voices for a moment when a kick sounds.
   * @type {(at: number, force: number) => void} */
  duck(at, force) {
    for (const strip of Object.values(this.strips)) strip.duck(at, force);
  }

  /** End all echo at once, by replacing the echoes with new ones. */
  damp() {
    for (const { sends } of Object.values(this.strips)) {
      for (const send of Object.values(sends)) send.disconnect();
    }
    this.space.close();
    this.space = this.#space();
  }

  #space() {
    const space = new Space(this.context, this.bank, this.master);
    space.follow(this.tempo, 0);
    for (const { sends: { room, hall, echo } } of Object.values(this.strips)) {
      room.connect(space.room);
      hall.connect(space.hall);
      echo.connect(space.echo);
    }
    return space;
  }
}

/** Return the levels that are stored in this browser, by voice; 1 where no usable one is.
 * @type {() => Record<Voice, number>} */
export function levels() {
  let stored;
  try {
    stored = JSON.parse(localStorage.getItem(STORED) ?? "{}");
  } catch {
    stored = {};
  }
  const isLevel = (/** @type {unknown} */ value) => typeof value === "number" && value >= 0 && value <= MOST_LEVEL;
  return /** @type {any} */ (Object.fromEntries(VOICES.map((voice) => [voice, isLevel(stored?.[voice]) ? stored[voice] : 1])));
}

/** @type {(values: Record<Voice, number>) => void} */
export function keepLevels(values) {
  localStorage.setItem(STORED, JSON.stringify(values));
}
