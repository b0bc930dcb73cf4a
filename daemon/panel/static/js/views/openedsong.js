/** The opened song: its name, its sound from any bar, its files, and the charts of the gauge. */
import { ask, look } from "../state/api.js";
import { askNow } from "../state/now.js";
import { byId, make } from "../parts/dom.js";
import { dragOut } from "../parts/dragout.js";
import { keepingFocus } from "../parts/focus.js";
import { readWhole } from "../parts/numbers.js";
import { pictures } from "../parts/pictures.js";
import { renaming } from "../parts/renaming.js";
import { say } from "../parts/toast.js";
import { Comparison } from "./songcompare.js";
import { SongPlayer } from "./songplayer.js";
import { SongSheet } from "./songsheet.js";

const LOOK_MS = 700;
/** @type {[string, string][]} */
const SUFFIXES = [["mid", "MIDI"], ["musicxml", "score"], ["wav", "audio"]];

export class OpenedSong {
  /** Show a song in the page. `whenRenamed` is called when it has another name.
   * @param {Song} song @param {() => void} whenRenamed */
  constructor(song, whenRenamed) {
    this.song = song;
    this.whenRenamed = whenRenamed;
    this.isOpen = true;
    this.playing = make("button", { type: "button", class: "primary", onclick: () => this.#toggle() }, "Play here");
    this.bar = make("input", { type: "text", inputmode: "numeric", autocomplete: "off", value: "1", class: "from-bar" });
    this.bar.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && this.#chooseTyped()) this.#play();
    });
    this.bar.addEventListener("change", () => this.#chooseTyped(true));
    const sheet = new SongSheet(song, (bar) => this.player.choose(bar));
    this.player = new SongPlayer(sheet, () => { this.playing.textContent = "Play here"; });
    this.player.whenChosen = (bar) => { this.bar.value = String(bar + 1); };
    const sheets = make("div", { class: "song-sheets" }, make("div", { class: "song-sheet" }, make("b", {}, "A"), make("span", { class: "quiet" }, song.title), sheet.waveCanvas, sheet.rollCanvas));
    this.comparison = new Comparison(this.player, sheets);
    this.files = make("div", { class: "files", id: "files", role: "group", "aria-label": "Files" }, ...this.#links(song));
    byId("song").replaceChildren(this.#head(), ...(song.remark ? [make("p", { class: "remark", role: "note" }, `${song.remark}.`)] : []), sheets, this.comparison.element, this.files,
      song.gauge.length ? pictures(song.gauge) : make("p", { class: "quiet" }, `Not judged: ${song.no_gauge ?? "too short"}`));
    byId("song").hidden = false;
    byId("song").scrollIntoView({ block: "nearest" });
    this.player.draw();
  }

  close() {
    this.isOpen = false;
    this.player.close();
    byId("song").hidden = true;
  }

  #head() {
    const { title, bars, tempo, seed } = this.song;
    const name = make("h2", {}, title);
    const pen = make("button", { type: "button", class: "pen", "aria-label": `Rename ${title}`, title: "Rename" }, "✎");
    renaming(pen, name, () => name.textContent ?? "", (to) => this.#rename(name, pen, to));
    const facts = [`${bars} bars`, `${tempo} BPM`, ...(seed === undefined ? [] : [`seed ${seed}`])].join(" · ");
    const prime = make("button", { type: "button", onclick: () => this.#prime() }, "Prime the models");
    return make("div", { class: "song-head" }, name, pen, make("span", { class: "quiet facts-line" }, facts),
      make("label", { class: "from" }, "from bar", this.bar), this.playing, prime);
  }

  /** @type {(name: HTMLElement, pen: HTMLElement, to: string) => Promise<void>} */
  async #rename(name, pen, to) {
    const told = await ask(`songs/${this.song.id}/rename`, { title: to }, "Rename");
    if (!told) return;
    name.textContent = told.title;
    pen.setAttribute("aria-label", `Rename ${told.title}`);
    this.whenRenamed();
  }

  #toggle() {
    if (this.player.isPlaying) this.player.stop();
    else if (this.#chooseTyped()) this.#play();
  }

  async #play() {
    this.playing.textContent = "Stop";
    await this.player.play();
  }

  /** Take the typed bar. Return whether it is one of the song's.
   * @type {(isQuiet?: boolean) => boolean} */
  #chooseTyped(isQuiet = false) {
    const bar = readWhole(this.bar.value);
    const isFine = bar >= 1 && bar <= this.song.bars;
    if (isFine) this.player.choose(bar - 1);
    else if (!isQuiet) say(`The bar is 1 to ${this.song.bars}; got ${this.bar.value.trim() || "nothing"}.`, true);
    return isFine;
  }

  async #prime() {
    const heard = await askNow(`songs/${this.song.id}/prime`, {}, "Prime the models");
    if (heard) say(`The models heard ${heard.bars} bars; they go on from there at the next bar.`);
  }

  /** For each kind of file, make a link, a button that makes the file, or a disabled button with the reason.
   * @type {(song: Song) => HTMLElement[]} */
  #links({ id, files, exports, exporting, is_shareable }) {
    const links = SUFFIXES.map(([suffix, words]) => {
      const label = `${words} .${suffix}`;
      if (files.includes(`.${suffix}`)) return dragOut(`/api/songs/${id}/file/${suffix}`, `edmd-${id}.${suffix}`, `↓ ${label}`, { "data-focus": suffix });
      const job = exporting.find(({ title }) => title === `.${suffix}`);
      const isComing = job && job.state !== "failed";
      const reason = exports[suffix] ?? (job?.error || null);
      const button = make("button", { type: "button", "data-focus": suffix, disabled: isComing || exports[suffix] !== null, title: reason, onclick: () => this.#produce(suffix) },
        isComing ? `Making .${suffix}…` : `Make ${label}`);
      return reason ? make("span", { class: "without" }, button, make("small", {}, reason)) : button;
    });
    if (!is_shareable) return links;
    const title = "A small file with seed and parameters: uploaded to another panel, it makes the same song again";
    return [...links, dragOut(`/api/songs/${id}/share`, `edmd-${id}.json`, "↓ Share .json", { "data-focus": "share", title })];
  }

  /** @type {(suffix: string) => Promise<void>} */
  async #produce(suffix) {
    if (await ask(`songs/${this.song.id}/export`, { suffix })) this.#refreshLinks();
  }

  async #refreshLinks() {
    if (!this.isOpen) return;
    /** @type {Song | undefined} */
    const song = await look(`songs/${this.song.id}`, "The song");
    if (!song || !this.isOpen) return;
    keepingFocus(this.files, () => this.files.replaceChildren(...this.#links(song)));
    if (song.exporting.some(({ state }) => state !== "failed")) setTimeout(() => this.#refreshLinks(), LOOK_MS);
  }
}
