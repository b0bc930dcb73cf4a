/**
 * Watches whether the messages about ticks arrive on time. The music counts as lost after a missing tick, and after many ticks
 * at once (these waited while the panel, the network or this page was asleep). It is back when ticks arrive on time again.
 */
const LEAST_SECONDS = 0.7;
const JITTER_SECONDS = 0.15;
const MOST_AHEAD_SECONDS = 0.5;
const FORGOTTEN = 0.99;

/** Return the length of a tick at a tempo (BPM), in seconds.
 * @type {(tempo: number) => number} */
export const tickSeconds = (tempo) => 15 / tempo;

export class Pulse {
  constructor() {
    this.state = "idle"; // "idle" (no tick is expected), "there" or "lost"
    /** @type {{ number: number, tempo: number, seconds: number } | null} */
    this.last = null;
    this.ahead = 0;
  }

  get isThere() {
    return this.state === "there";
  }

  /** How long music may sound after a tick if no further tick arrives, in seconds. */
  get patience() {
    return Math.max(LEAST_SECONDS, tickSeconds(this.last?.tempo ?? 128) + JITTER_SECONDS);
  }

  /** Take in the message of a tick that arrived at `seconds`. Return whether all notes from before must end.
   * @type {(number: number, tempo: number, seconds: number) => boolean} */
  tick(number, tempo, seconds) {
    const { last, patience } = this;
    this.last = { number, tempo, seconds };
    if (last === null || this.state === "idle") {
      this.#found();
      return false;
    }
    const since = seconds - last.seconds;
    this.ahead = Math.max((this.ahead + tickSeconds(last.tempo) - since) * FORGOTTEN, 0);
    // A missing tick may have held the end of a note.
    const isBroken = since > patience || this.ahead > MOST_AHEAD_SECONDS || number > last.number + 1;
    if (isBroken) this.lose();
    if (this.state === "lost" && this.#isInTime(since, tickSeconds(last.tempo), patience)) this.#found();
    return isBroken;
  }

  /** Whether the next tick is overdue.
   * @type {(seconds: number) => boolean} */
  isOverdue(seconds) {
    return this.isThere && this.last !== null && seconds - this.last.seconds > this.patience;
  }

  /** Note that messages about the music no longer arrive. */
  lose() {
    this.state = "lost";
  }

  /** Note that the music stopped, so that no tick is expected. */
  rest() {
    this.state = "idle";
    this.last = null;
  }

  /** Whether a tick came neither in a burst nor late. At a slow tempo, more lateness is allowed.
   * @type {(since: number, length: number, patience: number) => boolean} */
  #isInTime(since, length, patience) {
    return since > length / 2 && since < Math.max(patience, 2 * length);
  }

  #found() {
    this.state = "there";
    this.ahead = 0;
  }
}
