/** The live music in time: one clock for eyes and ears, a fixed moment behind the daemon, so that jitter is not heard. */
import { strike } from "./audio/drums.js";
import { ears } from "./audio/ears.js";
import { begin } from "./audio/tones.js";
import { BeatClock } from "./clock.js";
import { on } from "./stream.js";

const LEAST_SECONDS = 0.3;
const JITTER_SECONDS = 0.18;
const TOO_LATE_SECONDS = 0.06;
const KEPT = 2000;

export const clock = new BeatClock();
export const stats = { scheduled: [], late: 0, dropped: 0 };
let behind = LEAST_SECONDS;
const sounding = new Map();

const seconds = () => performance.now() / 1000;

/** The beat that is heard now; null while nothing plays. */
export const beatNow = () => clock.beatAt(seconds() - behind);

/** How far behind the daemon this page is, in seconds. */
export const latency = () => behind;

/** End everything that sounds here, at once. */
export function hush() {
  ears.desk?.hush();
  for (const note of sounding.values()) note.end(ears.desk.context.currentTime);
  sounding.clear();
}

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
  if (!ears.isOpen) return;
  const due = clock.secondsAt(note.beat);
  const now = ears.desk.context.currentTime;
  const at = due === null ? now : ears.at(due + behind);
  if (note.type === "off") return release(note, Math.max(at, now));
  if (at < now - TOO_LATE_SECONDS) {
    if (ears.openSeconds > 1) stats.dropped += 1; // before that it is what was played before anybody listened
    return;
  }
  if (at < now) stats.late += 1;
  sound(note, Math.max(at, now));
  stats.scheduled.push({ beat: note.beat, at, slack: at - now });
  if (stats.scheduled.length > KEPT) stats.scheduled.shift();
});

function sound(note, at) {
  const force = note.velocity / 127;
  if (note.voice === "drums") return strike(ears.desk, note.pitch, force, at);
  release(note, at);
  sounding.set(key(note), begin(ears.desk, note.voice, note.pitch, force, at));
}

function release(note, at) {
  sounding.get(key(note))?.end(at);
  sounding.delete(key(note));
}

const key = ({ voice, pitch }) => `${voice} ${pitch}`;
