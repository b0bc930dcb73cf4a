/**
 * Whether the live music is told as it is played: each tick in its time. After one that stayed away, and after many that
 * came at once (they waited while the panel, the network or this page slept), ticks have to come in time again first.
 */
const LEAST_SECONDS = 0.7;
const JITTER_SECONDS = 0.15;
const MOST_AHEAD_SECONDS = 0.5;
const FORGOTTEN = 0.99;

/** How long a tick is at a tempo, in seconds. */
export const tickSeconds = (tempo) => 15 / tempo;

export class Pulse {
  constructor() {
    this.state = "idle"; // "idle": nothing is awaited; "there"; "lost"
    this.last = null;
    this.ahead = 0;
  }

  get isThere() {
    return this.state === "there";
  }

  /** For how long after a tick music may be heard without another one, in seconds. */
  get patience() {
    return Math.max(LEAST_SECONDS, tickSeconds(this.last?.tempo ?? 128) + JITTER_SECONDS);
  }

  /** A tick of that number and tempo was told at `seconds`; whether what was told before has to end. */
  tick(number, tempo, seconds) {
    const { last, patience } = this;
    this.last = { number, tempo, seconds };
    if (last === null || this.state === "idle") {
      this.#found();
      return false;
    }
    const since = seconds - last.seconds;
    this.ahead = Math.max((this.ahead + tickSeconds(last.tempo) - since) * FORGOTTEN, 0);
    // What was told between two ticks that do not follow each other may have been the end of a note.
    const isBroken = since > patience || this.ahead > MOST_AHEAD_SECONDS || number > last.number + 1;
    if (isBroken) this.lose();
    if (this.state === "lost" && this.#isInTime(since, tickSeconds(last.tempo), patience)) this.#found();
    return isBroken;
  }

  /** Whether a tick should long have been told. */
  isOverdue(seconds) {
    return this.isThere && seconds - this.last.seconds > this.patience;
  }

  /** What tells the music has gone. */
  lose() {
    this.state = "lost";
  }

  /** The music stopped: no tick is awaited. */
  rest() {
    this.state = "idle";
    this.last = null;
  }

  /** Not one of many that come at once; at a slow tempo a tick is late before another one is missing. */
  #isInTime(since, length, patience) {
    return since > length / 2 && since < Math.max(patience, 2 * length);
  }

  #found() {
    this.state = "there";
    this.ahead = 0;
  }
}
