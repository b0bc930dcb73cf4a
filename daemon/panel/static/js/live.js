/** The live music in time: one clock for eyes and ears, a fixed moment behind the daemon, so that jitter is not heard. */
import { strike } from "./audio/drums.js";
import { ears } from "./audio/ears.js";
import { Layer } from "./audio/layer.js";
import { begin } from "./audio/tones.js";
import { BeatClock } from "./clock.js";
import { on } from "./stream.js";

const LEAST_SECONDS = 0.3;
const JITTER_SECONDS = 0.18;
const TOO_LATE_SECONDS = 0.06;
const IN_FLIGHT_SECONDS = 0.08;
const KEPT = 2000;

export const clock = new BeatClock();
export const stats = { scheduled: [], late: 0, dropped: 0 };
let behind = LEAST_SECONDS;
const sounding = new Map();
let layer = null;
let hushed = -Infinity;

const seconds = () => performance.now() / 1000;

/** The beat that is heard now; null while nothing plays. */
export const beatNow = () => clock.beatAt(seconds() - behind);

/** How far behind the daemon this page is, in seconds. */
export const latency = () => behind;

/** End all of the live music that sounds here, at once; what was played up to now is not heard late either. */
export function hush() {
  layer?.cut();
  sounding.clear();
  hushed = seconds();
}

/** Hear the live music. */
export async function listen() {
  await ears.open("live");
  layer ??= new Layer(ears.desk);
}

/** Hear it no longer. */
export async function deafen() {
  hush();
  await ears.close("live");
}

on("panic", () => {
  hush();
  ears.desk?.damp();
});
on("song begins", hush);

on("tick", ({ beat, tempo }) => {
  clock.tick(beat, tempo, seconds());
  // A note is told of at the end of its tick: a slow tempo needs a longer moment.
  const needed = Math.max(LEAST_SECONDS, 15 / tempo + JITTER_SECONDS);
  behind = needed > behind ? needed : Math.max(needed, behind - 0.001);
});

on("transport", ({ state }) => {
  if (state !== "playing") clock.stop();
});

on("note", (note) => {
  const due = clock.secondsAt(note.beat);
  if (!ears.isLive || due === null) return;
  const now = ears.desk.context.currentTime;
  const at = ears.at(due + behind);
  if (note.type === "off") return release(note, Math.max(at, now));
  if (due < hushed + IN_FLIGHT_SECONDS) return;
  if (at < now - TOO_LATE_SECONDS) {
    if (ears.sameSeconds > 1) stats.dropped += 1; // before that it is what was played before anybody listened
    return;
  }
  if (at < now) stats.late += 1;
  sound(note, Math.max(at, now));
  stats.scheduled.push({ beat: note.beat, at, slack: at - now });
  if (stats.scheduled.length > KEPT) stats.scheduled.shift();
});

function sound(note, at) {
  const force = note.velocity / 127;
  if (note.voice === "drums") return strike(layer, note.pitch, force, at);
  release(note, at);
  sounding.set(key(note), begin(layer, note.voice, note.pitch, force, at));
}

function release(note, at) {
  sounding.get(key(note))?.end(at);
  sounding.delete(key(note));
}

const key = ({ voice, pitch }) => `${voice} ${pitch}`;
