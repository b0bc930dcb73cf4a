/**
 * Plays the live music. Display, sound and MIDI out share one clock, a fixed time behind the daemon, so that jitter is not heard.
 * It tells the topics `due` (a note, and when it is due) and `hush` (all notes end now).
 */
import { ears } from "./ears.js";
import { EffectsPlayer } from "./effects.js";
import { Layer } from "./layer.js";
import { play } from "./note.js";
import { BeatClock } from "./clock.js";
import { Pulse, tickSeconds } from "./pulse.js";
import { rootOf } from "../parts/music.js";
import { on, tell } from "../state/bus.js";

const LEAST_SECONDS = 0.3;
const JITTER_SECONDS = 0.18;
const TOO_LATE_SECONDS = 0.06;
const IN_FLIGHT_SECONDS = 0.08;
const KEPT = 2000;
const LOOK_MS = 50;
const ECHO_SECONDS = 1;

export const clock = new BeatClock();
/** @type {{ scheduled: { beat: number, at: number, slack: number }[], late: number, dropped: number }} */
export const stats = { scheduled: [], late: 0, dropped: 0 };
let behind = LEAST_SECONDS;
const pulse = new Pulse();
/** @type {Map<string, Begun>} */
const sounding = new Map();
/** @type {Layer | null} */
let layer = null;
/** @type {EffectsPlayer | null} */
let effectsPlayer = null;
/** @type {number | null} The pitch class of the key. */
let root = null;
let hushed = -Infinity;
let wasCut = -Infinity; // when the sound alone was cut off
let isPlaying = false;
let wasLost = false;

const seconds = () => performance.now() / 1000;

/** Return the beat that is heard now, or null while nothing plays. */
export const beatNow = () => clock.beatAt(seconds() - behind);

/** Return how far this page is behind the daemon, in seconds. */
export const latency = () => behind;

/** Whether music should play, but no messages about it arrive. */
export const isLost = () => pulse.state === "lost";

/** End all live notes of this browser at once, also those of MIDI out. Notes that the daemon played until now and that arrive
 * late are left out. */
export function hush() {
  cut();
  hushed = seconds();
  tell("hush");
}

/** End all live notes that sound in this browser. MIDI out goes on. */
function cut() {
  layer?.cut();
  effectsPlayer?.cut();
  sounding.clear();
  wasCut = seconds();
}

/** Turn the live music on in this browser. */
export async function listen() {
  await ears.open("live");
  layer ??= new Layer(ears.opened);
  effectsPlayer ??= new EffectsPlayer(layer);
}

/** Turn the live music off in this browser. */
export async function deafen() {
  cut();
  await ears.close("live");
}

on("panic", () => {
  hush();
  ears.desk?.damp();
});
on("song begins", cut);
// Notes scheduled before the browser paused the sound (a phone call, sleep) are out of date when it goes on.
on("ears", ({ isHeldUp }) => {
  if (isHeldUp) cut();
});

/** If ticks stop arriving, end all notes, also scheduled ones. The music comes back by itself. */
export function look() {
  if (pulse.isOverdue(seconds())) turn(() => (isPlaying ? pulse.lose() : pulse.rest()));
}
setInterval(look, LOOK_MS);

/** @type {(act: () => void) => void} */
function turn(act) {
  act();
  if (isLost() === wasLost) return;
  wasLost = isLost();
  if (wasLost) silence();
  tell("music", { isLost: wasLost });
}

function silence() {
  hush();
  if (ears.isLive) ears.opened.damp();
}

on("trouble", (name) => {
  if (name !== "") turn(() => pulse.lose());
});

// The music of another deck begins with its next tick.
on("deck", () => {
  clock.stop();
  turn(() => pulse.rest());
  silence();
});

on("hung up", () => turn(() => pulse.rest()));

// The gate opens only for a short time after each message. It closes even if the scripts of this page stop running.
on("heard", () => {
  look();
  if (ears.isLive && pulse.state === "idle") ears.opened.hold(ECHO_SECONDS);
});

on("tick", ({ tick, beat, tempo, plan, effects }) => {
  turn(() => {
    if (pulse.tick(tick, tempo, seconds())) hush();
  });
  if (ears.isLive && pulse.isThere) ears.opened.hold(pulse.patience);
  clock.tick(beat, tempo, seconds());
  // The message about a note comes at the end of its tick, so a slow tempo needs a longer delay.
  const needed = Math.max(LEAST_SECONDS, tickSeconds(tempo) + JITTER_SECONDS);
  behind = needed > behind ? needed : Math.max(needed, behind - 0.001);
  root = (plan && rootOf(plan.key)) ?? root;
  if (ears.isLive) atmosphere(beat, tempo, effects);
});

/** Follow the tempo, the key and the effects of a tick.
 * @type {(beat: number, tempo: number, effects: Effects | undefined) => void} */
function atmosphere(beat, tempo, effects) {
  ears.opened.follow(tempo);
  ears.opened.root = root ?? ears.opened.root;
  const due = clock.secondsAt(beat);
  if (due !== null && pulse.isThere) effectsPlayer?.play(isPlaying ? effects : undefined, Math.max(ears.at(due + behind), ears.context.currentTime));
}

// Most messages tell only the parameters that changed.
on("params", (params) => { if ("genre" in params) ears.sound(String(params.genre)); });

on("transport", ({ state }) => {
  isPlaying = state === "playing";
  if (isPlaying) return;
  clock.stop();
  turn(() => pulse.rest());
  if (ears.isLive) effectsPlayer?.play(undefined, ears.at(seconds() + behind)); // no tick follows that would end a riser
});

on("note", (note) => {
  const due = clock.secondsAt(note.beat);
  if (!pulse.isThere || due === null) return;
  if (note.type === "off" || due >= hushed + IN_FLIGHT_SECONDS) tell("due", { note, seconds: due + behind });
});

on("due", ({ note, seconds: due }) => {
  if (!ears.isLive) return;
  const now = ears.context.currentTime;
  const at = ears.at(due);
  if (note.type === "off") return release(note, Math.max(at, now));
  if (due < wasCut + behind + IN_FLIGHT_SECONDS) return;
  if (at < now - TOO_LATE_SECONDS) {
    if (ears.sameSeconds > 1) stats.dropped += 1; // earlier, these are notes from before the listening began
    return;
  }
  if (at < now) stats.late += 1;
  sound(note, Math.max(at, now));
  stats.scheduled.push({ beat: note.beat, at, slack: at - now });
  if (stats.scheduled.length > KEPT) stats.scheduled.shift();
});

/** @type {(note: NoteMessage, at: number) => void} */
function sound(note, at) {
  if (layer === null) return;
  if (note.voice !== "drums") release(note, at);
  const begun = play(layer, note, at);
  if (note.voice !== "drums") sounding.set(key(note), begun);
}

/** @type {(note: NoteMessage, at: number) => void} */
function release(note, at) {
  sounding.get(key(note))?.end(at);
  sounding.delete(key(note));
}

/** @type {(note: NoteMessage) => string} */
const key = ({ voice, pitch }) => `${voice} ${pitch}`;
