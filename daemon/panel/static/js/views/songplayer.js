/** Plays a finished song in the browser, and shows the position. Notes are scheduled a little ahead of time. */
import { ears } from "../audio/ears.js";
import { Layer } from "../audio/layer.js";
import { play } from "../audio/note.js";
import { Roll } from "../parts/roll.js";
import { tell } from "../state/bus.js";

const AHEAD_SECONDS = 0.4;
const LOOK_MS = 90;
const HELD_SECONDS = 0.9;
const TOO_LATE_SECONDS = 0.06;
const SHOWN_BARS = 16;

/** @typedef {ShownNote & { end: number }} SongNote */

export class SongPlayer {
  /** @param {Song} song @param {HTMLCanvasElement} canvas @param {() => void} whenOver */
  constructor(song, canvas, whenOver) {
    this.song = song;
    this.canvas = canvas;
    this.whenOver = whenOver;
    this.roll = new Roll(canvas);
    this.notes = song.notes.map(([beat, length, voice, pitch, velocity]) => ({ beat, end: beat + length, voice, pitch, velocity }));
    this.isPlaying = false;
    /** @type {number | null} */
    this.timer = null;
    /** @type {Layer | null} */
    this.layer = null;
    this.began = 0; // in seconds of audio time
    this.next = 0;
    new ResizeObserver(() => this.draw()).observe(canvas);
  }

  /** Play from the beginning. The live music is silent in this browser meanwhile. */
  async play() {
    if (this.isPlaying) return;
    this.isPlaying = true;
    tell("song begins");
    await ears.open("song");
    if (!this.isPlaying) return ears.close("song");
    this.layer ??= new Layer(ears.opened);
    this.began = ears.context.currentTime + 0.15;
    this.next = 0;
    this.timer = setInterval(() => this.#look(), LOOK_MS);
    this.#look();
  }

  /** End all notes of the song at once. Does nothing if it does not play. */
  stop() {
    if (!this.isPlaying) return;
    this.isPlaying = false;
    clearInterval(this.timer ?? undefined);
    this.timer = null;
    this.layer?.cut();
    ears.close("song");
    this.draw();
    this.whenOver();
  }

  draw() {
    const beat = this.timer !== null ? this.#beatAt(ears.context.currentTime) : null;
    const all = this.song.bars * 4;
    const from = beat === null ? 0 : Math.min(Math.max(beat - SHOWN_BARS * 2, 0), Math.max(all - SHOWN_BARS * 4, 0));
    const until = beat === null ? all : Math.min(from + SHOWN_BARS * 4, all);
    this.roll.draw({ from, until, now: beat, notes: this.notes, sections: this.song.sections });
  }

  #look() {
    const now = ears.context.currentTime;
    ears.opened.hold(HELD_SECONDS);
    const until = this.#beatAt(now + AHEAD_SECONDS);
    while (this.next < this.notes.length && this.notes[this.next].beat <= until) this.#sound(this.notes[this.next++], now);
    this.draw();
    if (this.#beatAt(now) > this.song.bars * 4 + 4) this.stop();
  }

  /** Play a note. Notes that are too late are left out, because after a sleep they would all sound at once.
   * @type {(note: SongNote, now: number) => void} */
  #sound(note, now) {
    const at = this.#secondsAt(note.beat);
    if (at < now - TOO_LATE_SECONDS || this.layer === null) return;
    play(this.layer, note, Math.max(at, now)).end(this.#secondsAt(note.end));
  }

  /** @type {(beat: number) => number} */
  #secondsAt(beat) {
    return this.began + (beat * 60) / this.song.tempo;
  }

  /** @type {(seconds: number) => number} */
  #beatAt(seconds) {
    return ((seconds - this.began) * this.song.tempo) / 60;
  }
}
