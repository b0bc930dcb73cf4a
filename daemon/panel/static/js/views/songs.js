/** The songs page. */
import { Refused, ask, get, look } from "../state/api.js";
import { confirming } from "../parts/confirm.js";
import { byId, make } from "../parts/dom.js";
import { keepingFocus } from "../parts/focus.js";
import { pictures } from "../parts/pictures.js";
import { askNow } from "../state/now.js";
import { opened as noteOpened } from "../parts/openings.js";
import { makeSongForms } from "./songforms.js";
import { SongPlayer } from "./songplayer.js";
import { offer } from "../parts/modellist.js";
import { on } from "../state/bus.js";
import { say } from "../parts/toast.js";

const LOOK_MS = 700;
/** @type {("panic" | "listening")[]} The messages at which a song that plays stops. */
const TOPICS = ["panic", "listening"];
/** @type {[string, string][]} */
const SUFFIXES = [["mid", "MIDI"], ["musicxml", "score"], ["wav", "audio"]];
/** @type {SongPlayer | null} */
let player = null;
/** @type {string | null} */
let opened = null;
/** @type {() => void} */
let closed = () => {};
/** @type {number | undefined} */
let looking;
/** @type {Map<string, { words: string, element: HTMLElement }>} */
let entries = new Map();

export function makeSongs() {
  makeSongForms(showSongs);
  on("learnt", ({ models }) => offer(/** @type {HTMLSelectElement} */ (byId("song-form").elements.namedItem("model")), models));
  for (const topic of TOPICS) on(topic, () => player?.stop());
}

/** Load the list of songs now, and again while a song is in the making. */
export async function showSongs() {
  clearTimeout(looking);
  try {
    /** @type {{ songs: ListedSong[] }} */
    const { songs } = await get("songs");
    showList(songs);
    if (songs.some(({ state }) => state === "waiting" || state === "working")) looking = setTimeout(showSongs, LOOK_MS);
  } catch (error) {
    if (!(error instanceof Refused)) throw error; // the banner shows who does not answer
  }
}

/** Stop the song when its page is left, because its stop button is then out of reach. */
export function leaveSongs() {
  clearTimeout(looking);
  player?.stop();
}

/** Show the list. An entry whose text is unchanged keeps its element, so that it can be pressed and keeps the focus.
 * @type {(songs: ListedSong[]) => void} */
function showList(songs) {
  const before = entries;
  entries = new Map(songs.map((song) => {
    const { progress, ...rest } = song;
    const words = JSON.stringify([rest, opened === song.id]);
    const known = before.get(song.id);
    const shown = known?.words === words ? known : { words, element: entry(song) };
    shown.element.querySelector("progress")?.setAttribute("value", String(progress));
    return [song.id, shown];
  }));
  /** @type {Element[]} */
  const wanted = [...entries.values()].map(({ element }) => element);
  const list = byId("song-list");
  keepingFocus(list, () => {
    for (const element of Array.from(list.children)) if (!wanted.includes(element)) element.remove();
    wanted.forEach((element, index) => {
      if (list.children[index] !== element) list.insertBefore(element, list.children[index] ?? null);
    });
  });
}

/** @type {(song: ListedSong) => HTMLElement} */
function entry(song) {
  const when = new Date(song.made * 1000).toLocaleString([], { dateStyle: "short", timeStyle: "short" });
  const facts = [song.kind === "made" ? `seed ${song.seed ?? "…"}` : "uploaded", when].join(" · ");
  /** @type {Record<string, string>} */
  const stages = { ready: facts, waiting: "waits", working: "is being made", failed: `failed: ${song.error}` };
  const words = stages[song.state] ?? song.state;
  const open = make("button", {
    type: "button", class: "open", "data-focus": `open ${song.id}`, disabled: song.state !== "ready", "aria-expanded": String(opened === song.id), onclick: () => show(song.id),
  }, song.title, make("span", { class: song.state }, words));
  const drop = make("button", { type: "button", class: "drop", "data-focus": `drop ${song.id}`, "aria-label": `Delete ${song.title}` }, "×");
  confirming(drop, "Delete?", () => remove(song.id));
  const bar = song.state === "working" || song.state === "waiting"
    ? [make("progress", { max: 1, value: song.progress, "aria-label": `Progress of ${song.title}` })] : [];
  return make("li", { "data-song": song.id, "data-state": song.state }, open, drop, ...bar);
}

/** @type {(id: string) => Promise<void>} */
async function remove(id) {
  if (await ask(`songs/${id}/delete`)) {
    if (opened === id) close();
    await showSongs();
    /** @type {HTMLElement | null} */ (byId("song-list").querySelector(".open"))?.focus();
  }
}

function close() {
  player?.stop();
  player = opened = null;
  closed();
  byId("song").hidden = true;
}

/** @type {(id: string) => Promise<void>} */
async function show(id) {
  if (opened === id) {
    close();
    return showSongs();
  }
  close();
  /** @type {Song | undefined} */
  const song = await look(`songs/${id}`, "The song");
  if (!song) return;
  opened = id;
  closed = noteOpened(escape);
  const canvas = make("canvas", { class: "song-roll", role: "img", "aria-label": "Piano roll of the song" });
  const play = make("button", { type: "button", class: "primary", onclick: () => (player?.isPlaying ? player.stop() : start(play)) }, "Play here");
  const prime = make("button", { type: "button", onclick: () => hear(id) }, "Prime the models");
  byId("song").replaceChildren(
    make("div", { class: "song-head" }, make("h2", {}, headline(song)), play, prime),
    canvas, make("div", { class: "files", id: "files", role: "group", "aria-label": "Files" }, ...links(id, song)), song.gauge.length ? pictures(song.gauge) : make("p", { class: "quiet" }, `Not judged: ${song.no_gauge ?? "too short"}`));
  byId("song").hidden = false;
  byId("song").scrollIntoView({ block: "nearest" });
  player = new SongPlayer(song, canvas, () => { play.textContent = "Play here"; });
  await showSongs();
}

/** Escape stops a song that plays, and closes a song that does not play.
 * @type {() => void} */
function escape() {
  if (player?.isPlaying) return player.stop();
  const id = opened;
  close();
  showSongs().then(() => /** @type {HTMLElement | null} */ (document.querySelector(`[data-focus="open ${id}"]`))?.focus());
}

/** A composed song is named after its length; an uploaded one after its file.
 * @type {(song: Song) => string} */
const headline = ({ kind, title, bars, tempo, seed }) =>
  kind === "made" ? `${bars} bars at ${tempo} BPM, seed ${seed}` : `${title}, ${bars} bars at ${tempo} BPM`;

/** @type {(play: HTMLElement) => Promise<void>} */
async function start(play) {
  play.textContent = "Stop";
  await player?.play();
}

/** For each kind of file, make a link, a button that makes the file, or a disabled button with the reason.
 * @type {(id: string, song: Song) => HTMLElement[]} */
function links(id, { files, exports, exporting }) {
  return SUFFIXES.map(([suffix, words]) => {
    const label = `${words} .${suffix}`;
    if (files.includes(`.${suffix}`)) return make("a", { class: "button", "data-focus": suffix, href: `/api/songs/${id}/file/${suffix}`, download: true }, `↓ ${label}`);
    const job = exporting.find(({ title }) => title === `.${suffix}`);
    const isComing = job && job.state !== "failed";
    const reason = exports[suffix] ?? (job?.error || null);
    const button = make("button", { type: "button", "data-focus": suffix, disabled: isComing || exports[suffix] !== null, title: reason, onclick: () => produce(id, suffix) },
      isComing ? `Making .${suffix}…` : `Make ${label}`);
    return reason ? make("span", { class: "without" }, button, make("small", {}, reason)) : button;
  });
}

/** @type {(id: string, suffix: string) => Promise<void>} */
async function produce(id, suffix) {
  if (await ask(`songs/${id}/export`, { suffix })) refreshLinks(id);
}

/** @type {(id: string) => Promise<void>} */
async function refreshLinks(id) {
  if (opened !== id) return;
  /** @type {Song | undefined} */
  const song = await look(`songs/${id}`, "The song");
  if (!song || opened !== id) return;
  keepingFocus(byId("files"), () => byId("files").replaceChildren(...links(id, song)));
  if (song.exporting.some(({ state }) => state !== "failed")) setTimeout(() => refreshLinks(id), LOOK_MS);
}

/** @type {(id: string) => Promise<void>} */
async function hear(id) {
  const heard = await askNow(`songs/${id}/prime`, {}, "Prime the models");
  if (heard) say(`The models heard ${heard.bars} bars; they go on from there at the next bar.`);
}
