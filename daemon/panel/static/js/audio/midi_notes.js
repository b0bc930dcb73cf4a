/** The notes on their way to a MIDI device: which wait, which sound, and what ends them all. All times are milliseconds. */
const TOO_LATE_MS = 60;
const TOO_EARLY_MS = 2500; // the page is at most one second behind the daemon: a later note has a wrong time
const NOTE_OFF = 0x80;
const NOTE_ON = 0x90;
const CONTROL = 0xb0;
const ENDING = [64, 123, 120]; // sustain pedal up, all notes off, all sound off

/** @typedef {{ bytes: [number, number, number], at: number }} Timed */

export class MidiNotes {
  constructor() {
    /** @type {Timed[]} In the order of their times. */
    this.waiting = [];
    /** @type {Set<string>} Notes that were handed over, and their ends were not. */
    this.sounding = new Set();
    /** @type {Map<string, number>} */
    this.latest = new Map(); // when the last message of each note is due: its end must not overtake its beginning
    /** @type {Set<number>} */
    this.used = new Set();
    this.handed = -Infinity; // the latest time of a message that was handed over
  }

  /** Add a note's beginning or end. A beginning that is too late is left out.
   * @type {(note: NoteMessage, channel: number, at: number, now: number) => void} */
  add({ type, pitch, velocity }, channel, at, now) {
    const isOn = type === "on";
    if (isOn && (at < now - TOO_LATE_MS || at > now + TOO_EARLY_MS)) return;
    const key = keyOf(channel, pitch);
    const due = Math.max(Math.min(at, now + TOO_EARLY_MS), now, this.latest.get(key) ?? now);
    this.latest.set(key, due);
    let index = this.waiting.length;
    while (index > 0 && this.waiting[index - 1].at > due) index -= 1;
    const bytes = isOn ? message(NOTE_ON, channel, pitch, velocity) : message(NOTE_OFF, channel, pitch, 0);
    this.waiting.splice(index, 0, { bytes, at: due });
  }

  /** Return the messages that are due until a time, and count them as handed over.
   * @type {(until: number) => Timed[]} */
  take(until) {
    const taken = [];
    while (this.waiting.length > 0 && this.waiting[0].at <= until) {
      const next = /** @type {Timed} */ (this.waiting.shift());
      const [status, pitch] = next.bytes;
      const channel = (status & 0x0f) + 1;
      const key = keyOf(channel, pitch);
      const didSound = this.sounding.delete(key);
      const isOn = (status & 0xf0) === NOTE_ON;
      if (isOn && didSound) taken.push({ bytes: message(NOTE_OFF, channel, pitch, 0), at: next.at });
      if (isOn || didSound) taken.push(next);
      if (isOn) this.sounding.add(key);
      if (isOn) this.used.add(channel);
      this.handed = Math.max(this.handed, next.at);
    }
    return taken;
  }

  /** Forget the notes that wait. */
  drop() {
    this.waiting = [];
    this.latest.clear();
  }

  /** Return the messages that silence the device, and begin anew. What was handed over cannot be taken back: if some of it is
   * due after `now`, all is ended a second time after it.
   * @type {(now: number) => Timed[]} */
  end(now) {
    const offs = [...this.sounding].map((key) => {
      const [channel, pitch] = key.split(" ").map(Number);
      return message(NOTE_OFF, channel, pitch, 0);
    });
    const controls = [...this.used].flatMap((channel) => ENDING.map((number) => message(CONTROL, channel, number, 0)));
    const times = this.handed >= now ? [now, this.handed + 1] : [now];
    this.drop();
    this.sounding.clear();
    this.used.clear();
    this.handed = -Infinity;
    return times.flatMap((at) => [...offs, ...controls].map((bytes) => ({ bytes, at })));
  }
}

/** @type {(channel: number, pitch: number) => string} */
const keyOf = (channel, pitch) => `${channel} ${pitch}`;

/** Channels count from 1.
 * @type {(status: number, channel: number, first: number, second: number) => [number, number, number]} */
const message = (status, channel, first, second) => [status | (channel - 1), first, second];
