/**
 * Plays one or two finished songs in the browser, from any bar, and shows the position. Of two songs one is heard, both at the
 * same place and equally loud. Notes are scheduled a little ahead of time.
 */
import { STRIPS } from "../audio/bank.js";
import { Backdrop } from "../audio/backdrop.js";
import { ears, noSound } from "../audio/ears.js";
import { Layer } from "../audio/layer.js";
import { play } from "../audio/note.js";
import { BEATS_PER_BAR } from "../parts/music.js";
import { tell } from "../state/bus.js";

const AHEAD_SECONDS = 0.4;
const LOOK_MS = 90;
const HELD_SECONDS = 0.9;
const TOO_LATE_SECONDS = 0.06;
const BEGIN_SECONDS = 0.15;
const SWITCH_SECONDS = 0.03;
const ECHO_BEATS = 4;

/** @typedef {import("./songsheet.js").SongSheet} SongSheet @typedef {import("./songsheet.js").SongNote} SongNote */

export class SongPlayer {
  /** @param {SongSheet} sheet @param {() => void} whenOver */
  constructor(sheet, whenOver) {
    this.sheets = [sheet];
    this.heard = sheet;
    this.whenOver = whenOver;
    this.isPlaying = false;
    this.run = 0; // how often it was played
    this.start = 0; // the beat at which it begins
    /** @type {number | null} */
    this.timer = null;
    /** @type {Layer | null} */
    this.layer = null;
    /** @type {Backdrop | null} */
    this.backdrop = null;
    this.began = 0; // in seconds of audio time, of beat 0
    this.next = 0;
    /** Called with the bar, counted from 0, from which it will play. @type {(bar: number) => void} */
    this.whenChosen = () => {};
    /** Called when the loudness of a song is known. */
    this.whenLevelled = () => {};
    this.#take(sheet);
  }

  /** Compare the song with another one, or with none.
   * @type {(sheet: SongSheet | null) => void} */
  compare(sheet) {
    const [first, ...others] = this.sheets;
    if (this.heard !== first) this.hear(first);
    for (const other of others) other.close();
    this.sheets = sheet === null ? [first] : [first, sheet];
    const span = Math.max(...this.sheets.map(({ beats }) => beats));
    for (const each of this.sheets) each.span = span;
    if (sheet !== null) this.#take(sheet);
    this.draw();
  }

  /** Play from the chosen bar on. The live music is silent in this browser meanwhile. */
  async play() {
    if (this.isPlaying) return;
    this.isPlaying = true;
    this.run += 1;
    const { run } = this;
    tell("song begins");
    try {
      await ears.open("song");
    } catch (error) {
      if (!this.#isCurrent(run)) return;
      this.stop();
      return tell("refused", noSound(error));
    }
    if (!this.#isCurrent(run)) return; // it was stopped meanwhile, and maybe played again
    this.layer ??= new Layer(ears.opened);
    this.#begin(this.start, BEGIN_SECONDS);
    this.timer = setInterval(() => this.#look(), LOOK_MS);
    this.#look();
  }

  /** @type {(run: number) => boolean} */
  #isCurrent(run) {
    return this.isPlaying && run === this.run;
  }

  /** Begin at a bar, counted from 0: now if it plays, else when it is played.
   * @type {(bar: number) => void} */
  choose(bar) {
    this.start = Math.min(Math.max(bar, 0) * BEATS_PER_BAR, this.heard.beats - BEATS_PER_BAR);
    if (this.timer !== null) this.#begin(this.start, SWITCH_SECONDS);
    this.whenChosen(this.start / BEATS_PER_BAR);
    this.draw();
  }

  /** Hear another one of the songs, from the same place on.
   * @type {(sheet: SongSheet) => void} */
  hear(sheet) {
    const last = sheet.beats - BEATS_PER_BAR; // one song may be shorter than the other
    const beat = Math.min(this.beat, last);
    this.heard = sheet;
    if (this.start > last) {
      this.start = last;
      this.whenChosen(last / BEATS_PER_BAR);
    }
    if (this.timer !== null) this.#begin(beat, SWITCH_SECONDS);
    this.draw();
  }

  /** End all notes of the song at once. Does nothing if it does not play. */
  stop() {
    if (!this.isPlaying) return;
    this.isPlaying = false;
    clearInterval(this.timer ?? undefined);
    this.timer = null;
    this.layer?.cut();
    this.backdrop?.cut();
    ears.close("song");
    this.draw();
    this.whenOver();
  }

  /** Stop, and stop rendering waveforms. */
  close() {
    this.stop();
    for (const sheet of this.sheets) sheet.close();
  }

  /** The beat that is heard, or where it would begin. */
  get beat() {
    return this.timer === null ? this.start : Math.max(this.#beatAt(ears.context.currentTime), this.start);
  }

  /** By how many dB the song that is heard is lowered, so that both are equally loud; null until that is known. */
  get lowered() {
    const levels = this.sheets.map(({ loudness }) => loudness);
    const own = this.heard.loudness;
    return own === null || levels.includes(null) ? null : Math.min(...levels.map(Number)) - own;
  }

  draw() {
    for (const sheet of this.sheets) sheet.draw(this.beat, this.timer !== null);
  }

  /** @type {(sheet: SongSheet) => void} */
  #take(sheet) {
    new ResizeObserver(() => this.draw()).observe(sheet.rollCanvas);
    sheet.whenGrown = () => {
      this.#level();
      this.whenLevelled();
      this.draw();
    };
    sheet.render();
  }

  /** Let the song that is heard begin at `beat`, after some seconds.
   * @type {(beat: number, seconds: number) => void} */
  #begin(beat, seconds) {
    this.layer?.cut();
    this.backdrop?.cut();
    this.#level();
    this.began = ears.context.currentTime + seconds - (beat * 60) / this.heard.song.tempo;
    if (this.layer !== null) this.backdrop = new Backdrop(this.layer, this.heard.song, beat, this.#secondsAt(beat));
    const next = this.heard.notes.findIndex((note) => note.beat >= beat - 1e-6);
    this.next = next < 0 ? this.heard.notes.length : next;
  }

  /** Make both songs equally loud. */
  #level() {
    if (this.layer === null) return;
    const gain = 10 ** ((this.lowered ?? 0) / 20);
    for (const lane of STRIPS) this.layer.input(lane).gain.value = gain;
  }

  #look() {
    const now = ears.context.currentTime;
    ears.opened.hold(HELD_SECONDS);
    const until = this.#beatAt(now + AHEAD_SECONDS);
    const { notes, beats } = this.heard;
    this.backdrop?.play(until, (beat) => this.#secondsAt(beat));
    while (this.next < notes.length && notes[this.next].beat <= until) this.#sound(notes[this.next++], now);
    this.draw();
    if (this.#beatAt(now) > beats + ECHO_BEATS) this.stop();
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
    return this.began + (beat * 60) / this.heard.song.tempo;
  }

  /** @type {(seconds: number) => number} */
  #beatAt(seconds) {
    return ((seconds - this.began) * this.heard.song.tempo) / 60;
  }
}
