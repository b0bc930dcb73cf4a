/** The one AudioContext of the page, and the map from `performance.now()` to its time. */
import { Desk } from "./desk.js";

const SMOOTHING = 0.03;
const FAR_SECONDS = 0.05;

class Ears {
  constructor() {
    this.desk = null;
    this.offset = 0;
    this.since = 0;
  }

  /** How long it has been heard without a pause. */
  get openSeconds() {
    return this.isOpen ? this.desk.context.currentTime - this.since : 0;
  }

  get isOpen() {
    return this.desk !== null && this.desk.context.state === "running";
  }

  /** Begin to be heard; needs a press of the one who listens. */
  async open() {
    if (this.desk === null) {
      this.desk = new Desk(new AudioContext({ latencyHint: "interactive" }));
      this.offset = this.#offsetNow();
      setInterval(() => this.#follow(), 100);
    }
    await this.desk.context.resume();
    this.since = this.desk.context.currentTime;
    this.offset = this.#offsetNow();
  }

  async close() {
    await this.desk?.context.suspend();
  }

  /** Audio time of a moment of `performance.now()` in seconds. */
  at(seconds) {
    return seconds + this.offset;
  }

  #offsetNow() {
    return this.desk.context.currentTime - performance.now() / 1000;
  }

  #follow() {
    if (!this.isOpen) return;
    const error = this.#offsetNow() - this.offset;
    this.offset += Math.abs(error) > FAR_SECONDS ? error : error * SMOOTHING;
  }
}

export const ears = new Ears();
