/** The page's only AudioContext, its users ("live", "song"), and the conversion from `performance.now()` to its time. */
import { tell } from "../state/bus.js";
import { Desk } from "./mixing_desk.js";

const SMOOTHING = 0.03;
const FAR_SECONDS = 0.05;
const SLEPT_SECONDS = 0.3;
const FALLEN_MS = 80;
const FOLLOW_MS = 100;
const WAKE_MS = 1000;

/** @typedef {"live" | "song"} User */

class Ears {
  constructor() {
    /** @type {Desk | null} */
    this.desk = null;
    /** @type {Promise<void> | null} */
    this.opening = null;
    this.genre = "";
    this.offset = 0;
    this.since = 0;
    /** @type {Set<User>} */
    this.users = new Set();
    this.isHeldUp = false; // listening is on, but the browser paused the sound (a phone call, sleep)
  }

  /** Seconds since the set of users last changed. */
  get sameSeconds() {
    return this.isOpen ? this.context.currentTime - this.since : 0;
  }

  /** The desk. It is there once a user was turned on. */
  get opened() {
    if (this.desk === null) throw new Error("no sound was turned on yet");
    return this.desk;
  }

  get context() {
    return this.opened.context;
  }

  get isOpen() {
    return this.desk !== null && this.desk.context.state === "running";
  }

  /** Whether *Listen here* is on. */
  get isListening() {
    return this.users.has("live");
  }

  /** Whether the live music is heard. While a song plays here, it is not. */
  get isLive() {
    return this.isListening && !this.users.has("song") && this.isOpen;
  }

  /** Turn on the sound of `user`, "live" or "song". Browsers allow this only after a click or key press. Throws if it fails.
   * @type {(user: User) => Promise<void>} */
  async open(user) {
    this.users.add(user);
    try {
      this.opening ??= this.#open();
      await this.opening;
      await this.context.resume();
    } catch (error) {
      this.users.delete(user);
      if (this.desk === null) this.opening = null; // the next user tries again
      throw error;
    }
    this.since = this.context.currentTime;
    this.offset = this.#offsetNow();
  }

  async #open() {
    const context = new AudioContext({ latencyHint: "interactive" }); // in the click, before anything is awaited
    context.resume();
    try {
      this.desk = await Desk.opened(context, this.genre);
    } catch (error) {
      context.close();
      throw error;
    }
    context.addEventListener("statechange", () => this.#turned());
    setInterval(() => this.#follow(), FOLLOW_MS);
    setInterval(() => this.wake(), WAKE_MS);
  }

  /** Play with the instruments of a genre from now on; any other name gives the usual ones.
   * @type {(genre: string) => void} */
  sound(genre) {
    this.genre = genre;
    if (!this.users.has("song")) this.desk?.play(genre); // a song has its own
  }

  /** Turn off the sound of `user`, and its echo.
   * @type {(user: User) => Promise<void>} */
  async close(user) {
    if (!this.users.delete(user)) return;
    await this.opening?.catch(() => {}); // whoever opens is told
    if (this.desk === null) return;
    if (user === "song" && !this.users.has("song")) this.opened.take(this.genre);
    this.opened.damp();
    this.since = this.context.currentTime;
    await new Promise((done) => { setTimeout(done, FALLEN_MS); });
    if (this.users.size === 0) await this.context.suspend();
  }

  /** Resume if the browser paused the sound. */
  wake() {
    if (this.isHeldUp) this.context.resume();
  }

  /** Return the audio time that corresponds to `performance.now()` in seconds.
   * @type {(seconds: number) => number} */
  at(seconds) {
    if (Math.abs(this.#offsetNow() - this.offset) > SLEPT_SECONDS) this.offset = this.#offsetNow();
    return seconds + this.offset;
  }

  #offsetNow() {
    return this.context.currentTime - performance.now() / 1000;
  }

  #turned() {
    if (this.isOpen) this.offset = this.#offsetNow();
    this.isHeldUp = !this.isOpen && this.users.size > 0;
    tell("ears", { isHeldUp: this.isHeldUp });
  }

  #follow() {
    if (!this.isOpen) return;
    const error = this.#offsetNow() - this.offset;
    this.offset += Math.abs(error) > FAR_SECONDS ? error : error * SMOOTHING;
  }
}

export const ears = new Ears();

/** Return the message about sound that could not be turned on.
 * @type {(error: unknown) => string} */
export const noSound = (error) => `the sound was not turned on: ${error instanceof Error ? error.message : error}`;
