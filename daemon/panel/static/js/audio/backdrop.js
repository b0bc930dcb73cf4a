/** What a finished song has beside its notes: the instruments of its genre, its tempo, the key of its kicks, and its effects. */
import { ears } from "./ears.js";
import { EffectsPlayer } from "./effects.js";

/** @typedef {Pick<Song, "tempo" | "genre" | "roots" | "effects">} Scenery */

/** Return the genre whose instruments a song has; files that were uploaded have those of the live music.
 * @type {(song: Scenery) => string} */
export const genreOf = (song) => song.genre ?? ears.genre;

export class Backdrop {
  /** @param {AudioLayer} layer @param {Scenery} song @param {number} beat where the music begins @param {number} at when, in seconds */
  constructor(layer, song, beat, at) {
    this.desk = layer.desk;
    this.effects = song.effects ?? [];
    this.roots = song.roots ?? [];
    this.player = new EffectsPlayer(layer);
    this.next = this.effects.findIndex(([each]) => each > beat);
    if (this.next < 0) this.next = this.effects.length;
    this.desk.take(genreOf(song));
    this.desk.follow(song.tempo);
    this.#tune(beat);
    if (this.next > 0) this.player.play(this.effects[this.next - 1][1], at);
  }

  /** Schedule what begins until a beat. `at` returns when a beat is heard, in seconds.
   * @type {(until: number, at: (beat: number) => number) => void} */
  play(until, at) {
    this.#tune(until);
    for (; this.next < this.effects.length && this.effects[this.next][0] <= until; this.next++) {
      const [beat, effects] = this.effects[this.next];
      this.player.play(effects, Math.max(at(beat), this.desk.context.currentTime));
    }
  }

  /** All is neutral again. */
  cut() {
    this.player.cut();
  }

  /** @type {(beat: number) => void} */
  #tune(beat) {
    for (const [from, root] of this.roots) if (from <= beat) this.desk.root = root;
  }
}
