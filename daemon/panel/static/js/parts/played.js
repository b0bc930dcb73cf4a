/** What was played in the last bars, as the piano roll shows it: notes, sections and chords. */
import { BEATS_PER_BAR } from "./music.js";

export const KEPT_BARS = 64;
const SHORTEST_BEATS = 0.02;
const SWEEP_BEATS = 16;

/** @typedef {{ notes: [number, number | null, Voice, number, number][], bars: [number, string, string[]][] }} Past */

export class Played {
  /** @type {ShownNote[]} */
  notes = [];
  /** @type {Section[]} */
  sections = [];
  /** @type {Map<number, string[]>} By bar, counted from 0. */
  chords = new Map();
  /** @type {Map<string, ShownNote>} */
  open = new Map();
  /** @type {Map<string, number>} The beat of the last end of each voice and pitch. */
  ended = new Map();
  beat = 0;

  forget() {
    Object.assign(this, new Played());
  }

  /** @type {(message: NoteMessage) => void} */
  takeNote({ beat, voice, type, pitch, velocity }) {
    const key = keyOf(voice, pitch);
    this.#end(key, beat);
    if (type !== "on") return;
    /** @type {ShownNote} */
    const note = { beat, voice, pitch, velocity, end: null };
    this.open.set(key, note);
    this.notes.push(note);
  }

  /** @type {(message: TickMessage) => void} */
  takeTick({ beat, section, plan }) {
    if (beat < this.beat - BEATS_PER_BAR) this.forget();
    this.beat = beat;
    if (this.sections.at(-1)?.[1] !== section) this.sections.push([beat, section]);
    if (plan?.chords) this.chords.set(plan.bar, plan.chords);
    if (this.notes.length && this.notes[0].beat < beat - KEPT_BARS * BEATS_PER_BAR - SWEEP_BEATS) this.#sweep();
  }

  /** Add what was played before this page was opened, or while it was away, as the panel tells it.
   * @type {(past: Past) => void} */
  takePast({ notes, bars }) {
    const last = (bars.at(-1)?.[0] ?? -1) * BEATS_PER_BAR;
    if (last >= 0 && last < this.beat - BEATS_PER_BAR) this.forget(); // the music began again meanwhile
    const known = new Map(this.notes.map((note) => [`${keyOf(note.voice, note.pitch)} ${note.beat}`, note]));
    for (const [beat, end, voice, pitch, velocity] of notes) {
      const key = keyOf(voice, pitch);
      const own = known.get(`${key} ${beat}`);
      if (own === undefined) this.#add({ beat, end, voice, pitch, velocity });
      else if (own.end === null && end !== null) {
        own.end = end;
        if (this.open.get(key) === own) this.open.delete(key);
      }
    }
    this.beat = Math.max(this.beat, last);
    this.notes.sort((one, other) => one.beat - other.beat);
    for (const [bar, , chords] of bars) if (!this.chords.has(bar)) this.chords.set(bar, chords);
    const told = bars.map(([bar, name]) => /** @type {Section} */ ([bar * BEATS_PER_BAR, name]));
    const all = [...told, ...this.sections].sort(([one], [other]) => one - other);
    this.sections = all.filter(([, name], index) => name && name !== all[index - 1]?.[1]);
  }

  /** Add a note that the panel told. If it sounded then, its end may have come since.
   * @type {(note: ShownNote) => void} */
  #add(note) {
    const key = keyOf(note.voice, note.pitch);
    const ended = this.ended.get(key) ?? -Infinity;
    if (note.end === null && ended >= note.beat) note.end = ended;
    if (note.end === null) this.open.set(key, note);
    this.notes.push(note);
  }

  /** @type {(key: string, beat: number) => void} */
  #end(key, beat) {
    const held = this.open.get(key);
    if (held) held.end = Math.max(beat, held.beat + SHORTEST_BEATS);
    this.open.delete(key);
    this.ended.set(key, beat);
  }

  #sweep() {
    const first = this.beat - KEPT_BARS * BEATS_PER_BAR;
    this.notes = this.notes.filter((note) => (note.end ?? this.beat) >= first);
    this.sections = this.sections.filter((_, index) => (this.sections[index + 1]?.[0] ?? Infinity) > first);
    for (const bar of this.chords.keys()) if ((bar + 1) * BEATS_PER_BAR < first) this.chords.delete(bar);
  }
}

/** @type {(voice: Voice, pitch: number) => string} */
const keyOf = (voice, pitch) => `${voice} ${pitch}`;
