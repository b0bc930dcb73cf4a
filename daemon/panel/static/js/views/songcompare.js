/** Two songs side by side: which is heard, by button or by the key X, and how much one was louder. */
import { look } from "../state/api.js";
import { make } from "../parts/dom.js";
import { SongSheet } from "./songsheet.js";

const LETTERS = ["A", "B"];
/** @typedef {import("./songplayer.js").SongPlayer} SongPlayer */

export class Comparison {
  /** @param {SongPlayer} player @param {HTMLElement} sheets where the second song is shown */
  constructor(player, sheets) {
    this.player = player;
    this.sheets = sheets;
    this.choice = make("select", { "aria-label": "Compare with another song" });
    this.choice.addEventListener("change", () => this.#choose(this.choice.value));
    this.letters = LETTERS.map((letter, index) =>
      make("button", { type: "button", "aria-label": `Hear song ${letter}`, title: "Switch with X", onclick: () => this.#hear(index) }, letter));
    this.group = make("span", { class: "letters", role: "group", "aria-label": "The song that is heard", hidden: true }, ...this.letters);
    this.words = make("span", { class: "quiet", role: "status" });
    this.element = make("div", { class: "song-compare" }, this.choice, this.group, this.words);
    player.whenLevelled = () => this.#tell();
  }

  /** Offer songs to compare with.
   * @type {(songs: ListedSong[]) => void} */
  offer(songs) {
    const { value } = this.choice;
    const others = songs.filter(({ id, state }) => state === "ready" && id !== this.player.sheets[0].song.id);
    this.choice.replaceChildren(make("option", { value: "" }, "Compare with …"), ...others.map(({ id, title, seed }) =>
      make("option", { value: id }, seed === undefined ? title : `${title}, seed ${seed}`)));
    this.choice.value = others.some(({ id }) => id === value) ? value : "";
    this.choice.disabled = others.length === 0;
    if (this.choice.value !== value) this.#choose("");
  }

  /** Hear the other song. */
  turn() {
    const { sheets, heard } = this.player;
    if (sheets.length > 1) this.#hear(1 - sheets.indexOf(heard));
  }

  /** @type {(id: string) => Promise<void>} */
  async #choose(id) {
    /** @type {Song | undefined} */
    const song = id === "" ? undefined : await look(`songs/${id}`, "The song");
    if (this.choice.value !== id) return; // another one was chosen meanwhile
    const sheet = song ? new SongSheet(song, (bar) => this.player.choose(bar)) : null;
    this.sheets.querySelector(".other")?.remove();
    if (sheet) this.sheets.append(make("div", { class: "song-sheet other" }, make("b", {}, "B"), make("span", { class: "quiet" }, sheet.song.title), sheet.waveCanvas, sheet.rollCanvas));
    this.sheets.classList.toggle("two", sheet !== null);
    this.group.hidden = sheet === null;
    this.player.compare(sheet);
    this.#tell();
  }

  /** @type {(index: number) => void} */
  #hear(index) {
    this.player.hear(this.player.sheets[index]);
    this.#tell();
  }

  #tell() {
    const { sheets, heard } = this.player;
    this.letters.forEach((letter, index) => letter.setAttribute("aria-pressed", String(sheets[index] === heard)));
    this.words.textContent = sheets.length < 2 ? "" : words(sheets.map(({ loudness }) => loudness));
  }
}

/** @type {(levels: (number | null)[]) => string} */
function words([first, second]) {
  if (first === null || second === null) return "The loudness is being measured …";
  const difference = Math.abs(first - second).toFixed(1);
  return difference === "0.0" ? "Both are equally loud." : `${first > second ? "A" : "B"} is ${difference} dB louder, and is lowered by as much.`;
}
