/** The one AudioContext of the page, who is heard through it, and the map from `performance.now()` to its time. */
import { tell } from "../stream.js";
import { Desk } from "./mixing_desk.js";

const SMOOTHING = 0.03;
const FAR_SECONDS = 0.05;
const SLEPT_SECONDS = 0.3;
const FALLEN_MS = 80;
const FOLLOW_MS = 100;
const WAKE_MS = 1000;

class Ears {
  constructor() {
    this.desk = null;
    this.offset = 0;
    this.since = 0;
    this.users = new Set();
    this.isHeldUp = false; // somebody listens, and the browser plays nothing: a call, a sleep
  }

  /** How long those who are heard now have been heard without a change. */
  get sameSeconds() {
    return this.isOpen ? this.desk.context.currentTime - this.since : 0;
  }

  get isOpen() {
    return this.desk !== null && this.desk.context.state === "running";
  }

  /** Whether somebody asked to hear the live music. */
  get isListening() {
    return this.users.has("live");
  }

  /** Whether the live music is heard: a song that plays here has the ears to itself. */
  get isLive() {
    return this.isListening && !this.users.has("song") && this.isOpen;
  }

  /** Begin to hear `user`, "live" or "song"; needs a press of the one who listens. */
  async open(user) {
    this.users.add(user);
    if (this.desk === null) {
      this.desk = new Desk(new AudioContext({ latencyHint: "interactive" }));
      this.desk.context.addEventListener("statechange", () => this.#turned());
      setInterval(() => this.#follow(), FOLLOW_MS);
      setInterval(() => this.wake(), WAKE_MS);
    }
    await this.desk.context.resume();
    this.since = this.desk.context.currentTime;
    this.offset = this.#offsetNow();
  }

  /** Hear `user` no longer, nor what still echoes of it. */
  async close(user) {
    if (!this.users.delete(user)) return;
    this.desk.damp();
    this.since = this.desk.context.currentTime;
    await new Promise((done) => { setTimeout(done, FALLEN_MS); });
    if (this.users.size === 0) await this.desk.context.suspend();
  }

  /** Go on where the browser held up what is heard. */
  wake() {
    if (this.isHeldUp) this.desk.context.resume();
  }

  /** Audio time of a moment of `performance.now()` in seconds. */
  at(seconds) {
    if (Math.abs(this.#offsetNow() - this.offset) > SLEPT_SECONDS) this.offset = this.#offsetNow();
    return seconds + this.offset;
  }

  #offsetNow() {
    return this.desk.context.currentTime - performance.now() / 1000;
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
