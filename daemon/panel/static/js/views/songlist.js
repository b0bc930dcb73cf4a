/** The list of songs: sorted as chosen, each entry with its progress, and buttons to open and to delete it. */
import { confirming } from "../parts/confirm.js";
import { byId, make } from "../parts/dom.js";
import { keepingFocus } from "../parts/focus.js";

const STORED = "edmd-songs-sorted";
/** @type {Record<string, [string, (one: ListedSong, other: ListedSong) => number]>} */
const ORDERS = {
  newest: ["Newest first", (one, other) => other.made - one.made],
  oldest: ["Oldest first", (one, other) => one.made - other.made],
  name: ["By name", (one, other) => one.title.localeCompare(other.title, [], { numeric: true })],
  longest: ["Longest first", (one, other) => (other.bars ?? 0) - (one.bars ?? 0)],
  fastest: ["Fastest first", (one, other) => (other.tempo ?? 0) - (one.tempo ?? 0)],
};
const sorting = make("select", { id: "song-order", "aria-label": "Order of the songs" }, ...Object.entries(ORDERS).map(([value, [words]]) => make("option", { value }, words)));
/** @typedef {{ open: (id: string) => void, drop: (id: string) => void }} Acts */

export class SongList {
  /** @param {Acts} acts */
  constructor(acts) {
    this.acts = acts;
    /** @type {ListedSong[]} */
    this.songs = [];
    this.opened = "";
    /** @type {Map<string, { words: string, element: HTMLElement }>} */
    this.entries = new Map();
    const stored = localStorage.getItem(STORED) ?? "";
    sorting.value = stored in ORDERS ? stored : "newest";
    sorting.addEventListener("change", () => {
      localStorage.setItem(STORED, sorting.value);
      this.show(this.songs, this.opened);
    });
    byId("song-list").before(make("div", { class: "song-order" }, sorting));
  }

  /** Show the list. An entry whose text is unchanged keeps its element, so that it can be pressed and keeps the focus.
   * @type {(songs: ListedSong[], opened: string) => void} */
  show(songs, opened) {
    this.songs = songs;
    this.opened = opened;
    const before = this.entries;
    const sorted = [...songs].sort(ORDERS[sorting.value][1]);
    this.entries = new Map(sorted.map((song) => {
      const { progress, ...rest } = song;
      const words = JSON.stringify([rest, opened === song.id]);
      const known = before.get(song.id);
      const shown = known?.words === words ? known : { words, element: this.#entry(song) };
      shown.element.querySelector("progress")?.setAttribute("value", String(progress));
      return [song.id, shown];
    }));
    /** @type {Element[]} */
    const wanted = [...this.entries.values()].map(({ element }) => element);
    const list = byId("song-list");
    keepingFocus(list, () => {
      for (const element of Array.from(list.children)) if (!wanted.includes(element)) element.remove();
      wanted.forEach((element, index) => {
        if (list.children[index] !== element) list.insertBefore(element, list.children[index] ?? null);
      });
    });
    sorting.hidden = songs.length < 2;
  }

  /** @type {(song: ListedSong) => HTMLElement} */
  #entry(song) {
    const { id, title, state } = song;
    /** @type {Record<string, string>} */
    const stages = { ready: facts(song), waiting: "waits", working: "is being made", failed: `failed: ${song.error}` };
    const open = make("button", {
      type: "button", class: "open", "data-focus": `open ${id}`, disabled: state !== "ready", "aria-expanded": String(this.opened === id), onclick: () => this.acts.open(id),
    }, title, make("span", { class: state }, stages[state] ?? state));
    const drop = make("button", { type: "button", class: "drop", "data-focus": `drop ${id}`, "aria-label": `Delete ${title}` }, "×");
    confirming(drop, "Delete?", () => this.acts.drop(id));
    const bar = state === "working" || state === "waiting" ? [make("progress", { max: 1, value: song.progress, "aria-label": `Progress of ${title}` })] : [];
    return make("li", { "data-song": id, "data-state": state }, open, drop, ...bar);
  }
}

/** @type {(song: ListedSong) => string} */
function facts({ kind, title, bars, tempo, seed, made }) {
  const when = new Date(made * 1000).toLocaleString([], { dateStyle: "short", timeStyle: "short" });
  const length = `${bars} bars`;
  return [...(title === length ? [] : [length]), `${tempo} BPM`, kind === "made" ? `seed ${seed}` : "uploaded", when].join(" · ");
}
