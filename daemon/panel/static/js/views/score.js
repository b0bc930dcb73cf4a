/** The live piano roll: stores the notes of the last bars, and draws them in time with the sound. */
import { beatNow, latency } from "../audio/live.js";
import { BEATS_PER_BAR, VOICES, barAt, colour } from "../parts/music.js";
import { make, byId } from "../parts/dom.js";
import { Roll } from "../parts/roll.js";
import { on } from "../state/bus.js";
import { store } from "../state/store.js";

const BARS = 8;
const PLAYHEAD = 0.86;
const FRAME_MS = 30;

/** @type {ShownNote[]} */
let notes = [];
/** @type {Section[]} */
let sections = [];
/** @type {Map<string, ShownNote>} */
const open = new Map();
let shown = 0;
let lastBeat = 0;

function forget() {
  notes = [];
  sections = [];
  open.clear();
}

on("note", ({ beat, voice, type, pitch, velocity }) => {
  const key = `${voice} ${pitch}`;
  const held = open.get(key);
  if (held) {
    held.end = Math.max(beat, held.beat + 0.02);
    open.delete(key);
  }
  if (type !== "on") return;
  /** @type {ShownNote} */
  const note = { beat, voice, pitch, velocity, end: null };
  open.set(key, note);
  notes.push(note);
});

on("tick", ({ beat, section }) => {
  if (beat < lastBeat - BEATS_PER_BAR) forget();
  lastBeat = beat;
  if (sections.at(-1)?.[1] !== section) sections.push([beat, section]);
  const first = beat - (BARS + 1) * BEATS_PER_BAR;
  if (notes.length && notes[0].beat < first - BEATS_PER_BAR * 4) {
    notes = notes.filter((note) => (note.end ?? beat) >= first);
    sections = sections.filter((_, index) => index >= sections.length - 12);
  }
});

on("deck", () => {
  forget();
  lastBeat = 0;
});

/** Draw at each frame while the page is visible.
 * @type {(canvas: HTMLCanvasElement) => void} */
export function startScore(canvas) {
  const roll = new Roll(canvas);
  const frame = (/** @type {number} */ moment) => {
    requestAnimationFrame(frame);
    if (moment - shown < FRAME_MS) return;
    shown = moment;
    const now = beatNow() ?? lastBeat;
    showPlace(now);
    if (canvas.offsetParent === null) return;
    const from = now - BARS * BEATS_PER_BAR * PLAYHEAD;
    const silent = new Set(VOICES.filter((voice) => store.params[`${voice}.mute`]));
    roll.draw({ from, until: from + BARS * BEATS_PER_BAR, now, notes, sections, silent });
  };
  requestAnimationFrame(frame);
  /** @type {Record<string, string>} */
  const names = { drums: "drums, below the line: kick, snare, clap, hats, tom, crash, ride, rim" };
  for (const voice of VOICES) {
    const mark = make("b");
    mark.style.background = colour(voice);
    byId("legend").append(make("span", {}, mark, names[voice] ?? voice));
  }
}

const beats = [...document.querySelectorAll("#place-beat i")];
let barShown = "";

/** @type {(now: number) => void} */
function showPlace(now) {
  const isPlaying = store.transport.state === "playing" && latency() > 0;
  const bar = String(barAt(now));
  if (bar !== barShown) byId("place-bar").textContent = barShown = bar;
  const beat = ((Math.floor(now) % BEATS_PER_BAR) + BEATS_PER_BAR) % BEATS_PER_BAR;
  beats.forEach((dot, index) => dot.classList.toggle("on", isPlaying && index === beat));
}
