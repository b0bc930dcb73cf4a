/** The songs page. */
import { Refused, ask, get, look } from "../state/api.js";
import { byId } from "../parts/dom.js";
import { offer } from "../parts/modellist.js";
import { opened as noteOpened } from "../parts/openings.js";
import { shortcut } from "../parts/shortcuts.js";
import { on } from "../state/bus.js";
import { OpenedSong } from "./openedsong.js";
import { makeSongForms } from "./songforms.js";
import { SongList } from "./songlist.js";

const LOOK_MS = 700;
/** @type {("panic" | "listening")[]} The messages at which a song that plays stops. */
const TOPICS = ["panic", "listening"];
/** @type {OpenedSong | null} */
let opened = null;
/** @type {() => void} */
let closed = () => {};
/** @type {number | undefined} */
let looking;
/** @type {SongList} */
let list;

export function makeSongs() {
  list = new SongList({ open: show, drop: remove });
  makeSongForms(showSongs);
  shortcut("x", "switches between two songs that are compared", () => opened?.comparison.turn());
  on("learnt", ({ models }) => offer(/** @type {HTMLSelectElement} */ (byId("song-form").elements.namedItem("model")), models));
  for (const topic of TOPICS) on(topic, () => opened?.player.stop());
}

/** Load the list of songs now, and again while a song is in the making. */
export async function showSongs() {
  clearTimeout(looking);
  try {
    /** @type {{ songs: ListedSong[] }} */
    const { songs } = await get("songs");
    list.show(songs, opened?.song.id ?? "");
    opened?.comparison.offer(songs);
    if (songs.some(({ state }) => state === "waiting" || state === "working")) looking = setTimeout(showSongs, LOOK_MS);
  } catch (error) {
    if (!(error instanceof Refused)) throw error; // the banner shows who does not answer
  }
}

/** Stop the song when its page is left, because its stop button is then out of reach. */
export function leaveSongs() {
  clearTimeout(looking);
  opened?.player.stop();
}

/** @type {(id: string) => Promise<void>} */
async function remove(id) {
  if (await ask(`songs/${id}/delete`)) {
    if (opened?.song.id === id) close();
    await showSongs();
    /** @type {HTMLElement | null} */ (byId("song-list").querySelector(".open"))?.focus();
  }
}

function close() {
  opened?.close();
  opened = null;
  closed();
}

/** @type {(id: string) => Promise<void>} */
async function show(id) {
  const isOpen = opened?.song.id === id;
  close();
  if (isOpen) return showSongs();
  /** @type {Song | undefined} */
  const song = await look(`songs/${id}`, "The song");
  if (!song) return;
  close(); // another one was opened meanwhile
  opened = new OpenedSong(song, showSongs);
  closed = noteOpened(escape);
  await showSongs();
}

/** Escape stops a song that plays, and closes a song that does not play. */
function escape() {
  if (opened === null) return;
  if (opened.player.isPlaying) return opened.player.stop();
  const { id } = opened.song;
  close();
  showSongs().then(() => /** @type {HTMLElement | null} */ (document.querySelector(`[data-focus="open ${id}"]`))?.focus());
}
