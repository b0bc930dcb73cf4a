/** A song as it is seen: its waveform and its piano roll. A click on a bar of either tells the bar. */
import { renderWave } from "../audio/offline.js";
import { make } from "../parts/dom.js";
import { BEATS_PER_BAR } from "../parts/music.js";
import { Roll } from "../parts/roll.js";
import { drawWave } from "../parts/waveform.js";

const SHOWN_BARS = 16;
const MOST_KEPT = 20;
const PATIENCE_MS = 1000;
/** @type {Map<string, import("../audio/offline.js").Wave>} The waveforms that were rendered last, by song. */
const waves = new Map();

/** @typedef {ShownNote & { end: number }} SongNote */

export class SongSheet {
  /** @param {Song} song @param {(bar: number) => void} whenChosen */
  constructor(song, whenChosen) {
    this.song = song;
    this.notes = song.notes.map(([beat, length, voice, pitch, velocity]) => /** @type {SongNote} */ ({ beat, end: beat + length, voice, pitch, velocity }));
    this.waveCanvas = make("canvas", { class: "song-wave", role: "img", "aria-label": `Waveform of ${song.title}` });
    this.rollCanvas = make("canvas", { class: "song-roll", role: "img", "aria-label": `Piano roll of ${song.title}` });
    this.roll = new Roll(this.rollCanvas);
    this.wave = waves.get(song.id) ?? null;
    this.isOpen = true;
    /** The beats that the whole width of the waveform is: those of the longer one of two songs. */
    this.span = song.bars * BEATS_PER_BAR;
    /** @type {{ from: number, until: number }} */
    this.window = { from: 0, until: this.span };
    this.waveCanvas.addEventListener("click", (event) => whenChosen(barOf(event, 0, this.span)));
    this.rollCanvas.addEventListener("click", (event) => whenChosen(barOf(event, this.window.from, this.window.until)));
    /** Called when the waveform has grown. */
    this.whenGrown = () => {};
  }

  get beats() {
    return this.song.bars * BEATS_PER_BAR;
  }

  /** The loudness in LUFS, or null until it is known. */
  get loudness() {
    return this.wave?.loudness ?? null;
  }

  /** Render the waveform, unless that was done before. */
  async render() {
    if (this.loudness !== null) return this.whenGrown();
    await new Promise((done) => { setTimeout(done, PATIENCE_MS); }); // who only passes by, or primes at once, is not slowed down
    if (!this.isOpen) return undefined;
    const whenGrown = (/** @type {import("../audio/offline.js").Wave} */ wave) => {
      this.wave = wave;
      if (this.isOpen) this.whenGrown();
      return this.isOpen;
    };
    const wave = await renderWave(this.song, this.notes, this.beats, whenGrown);
    if (wave.loudness === null) return undefined;
    waves.set(this.song.id, wave);
    if (waves.size > MOST_KEPT) waves.delete(/** @type {string} */ (waves.keys().next().value));
    return undefined;
  }

  /** Draw. `beat` is where it plays or would begin; the roll shows all of the song, or while it plays the bars around it.
   * @type {(beat: number, isPlaying: boolean) => void} */
  draw(beat, isPlaying) {
    const half = (SHOWN_BARS * BEATS_PER_BAR) / 2;
    const from = isPlaying ? Math.min(Math.max(beat - half, 0), Math.max(this.span - 2 * half, 0)) : 0;
    this.window = { from, until: isPlaying ? Math.min(from + 2 * half, this.span) : this.span };
    this.roll.draw({ ...this.window, now: isPlaying ? beat : null, notes: this.notes, sections: this.song.sections });
    drawWave(this.waveCanvas, this.wave?.peaks ?? null, this.beats / this.span, beat / this.span);
  }

  /** Stop rendering. */
  close() {
    this.isOpen = false;
  }
}

/** @type {(event: MouseEvent, from: number, until: number) => number} */
function barOf({ offsetX, target }, from, until) {
  const share = offsetX / /** @type {HTMLElement} */ (target).clientWidth;
  return Math.floor((from + share * (until - from)) / BEATS_PER_BAR);
}
