/** Plays a finished song in the browser, a little ahead of time, and shows where it is. */
import { strike } from "./audio/drums.js";
import { ears } from "./audio/ears.js";
import { begin } from "./audio/tones.js";
import { Roll } from "./roll.js";

const AHEAD_SECONDS = 0.4;
const LOOK_MS = 90;
const SHOWN_BARS = 16;

export class SongPlayer {
  /** `song` has notes [beat, length, voice, pitch, velocity], tempo, bars, sections. */
  constructor(song, canvas, whenOver) {
    this.song = song;
    this.canvas = canvas;
    this.whenOver = whenOver;
    this.roll = new Roll(canvas);
    this.notes = song.notes.map(([beat, length, voice, pitch, velocity]) => ({ beat, end: beat + length, voice, pitch, velocity }));
    this.timer = null;
    new ResizeObserver(() => this.draw()).observe(canvas);
  }

  get isPlaying() {
    return this.timer !== null;
  }

  async play() {
    await ears.open();
    this.began = ears.desk.context.currentTime + 0.15;
    this.next = 0;
    this.timer = setInterval(() => this.#look(), LOOK_MS);
    this.#look();
  }

  stop() {
    clearInterval(this.timer);
    this.timer = null;
    ears.desk?.hush();
    this.draw();
    this.whenOver();
  }

  draw() {
    const beat = this.isPlaying ? this.#beatAt(ears.desk.context.currentTime) : null;
    const all = this.song.bars * 4;
    const from = beat === null ? 0 : Math.min(Math.max(beat - SHOWN_BARS * 2, 0), Math.max(all - SHOWN_BARS * 4, 0));
    const until = beat === null ? all : Math.min(from + SHOWN_BARS * 4, all);
    this.roll.draw({ from, until, now: beat, notes: this.notes, sections: this.song.sections });
  }

  #look() {
    const { desk } = ears;
    const now = desk.context.currentTime;
    const until = this.#beatAt(now + AHEAD_SECONDS);
    while (this.next < this.notes.length && this.notes[this.next].beat <= until) this.#sound(desk, this.notes[this.next++]);
    this.draw();
    if (this.#beatAt(now) > this.song.bars * 4 + 4) this.stop();
  }

  #sound(desk, { beat, end, voice, pitch, velocity }) {
    const at = Math.max(this.#secondsAt(beat), desk.context.currentTime);
    if (voice === "drums") return strike(desk, pitch, velocity / 127, at);
    begin(desk, voice, pitch, velocity / 127, at).end(this.#secondsAt(end));
  }

  #secondsAt(beat) {
    return this.began + (beat * 60) / this.song.tempo;
  }

  #beatAt(seconds) {
    return ((seconds - this.began) * this.song.tempo) / 60;
  }
}
