/** Renders a song with the sound of this page, without playing it: the peaks of its waveform, and how loud it is. */
import { Backdrop, genreOf } from "./backdrop.js";
import { Layer } from "./layer.js";
import { Desk } from "./mixing_desk.js";
import { play } from "./note.js";

export const PEAKS_PER_BEAT = 8;
const RATE = 44100;
const PIECE_SECONDS = 10; // a piece of a song that is in memory at one time
const LEAD_SECONDS = 2; // rendered before each piece but the first, for its echo
const MOST_SECONDS = 1200;
const MOST_NOTES = 3000; // in a piece; edmd's own music has a fifth of them
const LOOK_SECONDS = 1;
const MOST_REST_MS = 2000;
const BLOCK_SECONDS = 0.4;
// Gates of BS.1770: silence and quiet passages do not count.
const SILENT_LUFS = -70;
const QUIET_LU = -10;

/**
 * `peaks` are 0 to 1, PEAKS_PER_BEAT a beat; those that are not rendered yet are 0. `loudness` is in LUFS, null until all is rendered.
 * @typedef {{ peaks: Float32Array, rendered: number, loudness: number | null }} Wave
 * @typedef {{ beat: number, end: number, voice: Voice, pitch: number, velocity: number }} Timed
 * @typedef {import("./backdrop.js").Scenery} Scenery
 */

/** Render `beats` beats of a song, piece by piece. `whenGrown` is called after each piece; it returns whether to go on.
 * @type {(song: Scenery, notes: Timed[], beats: number, whenGrown: (wave: Wave) => boolean) => Promise<Wave>} */
export async function renderWave(song, notes, beats, whenGrown) {
  const { tempo } = song;
  /** @type {Wave} */
  const wave = { peaks: new Float32Array(Math.ceil(beats * PEAKS_PER_BEAT)), rendered: 0, loudness: null };
  /** @type {number[]} */
  const powers = [];
  const step = Math.max(Math.floor((PIECE_SECONDS * tempo) / 60), 1);
  const end = Math.min(beats, Math.floor((MOST_SECONDS * tempo) / 60));
  for (let from = 0; from < end; from += step) {
    const began = performance.now();
    const until = Math.min(from + step, end);
    const lead = Math.min((LEAD_SECONDS * tempo) / 60, from);
    const sound = await render(song, notes, from - lead, until);
    const skipped = Math.round(((lead * 60) / tempo) * RATE);
    takePeaks(wave.peaks, sound, skipped, tempo, from);
    takePowers(powers, await weighted(sound), skipped);
    wave.rendered = until;
    if (!whenGrown(wave)) return wave;
    // The daemon may run on the same machine: half of the time is left to it.
    await pause(Math.min(performance.now() - began, MOST_REST_MS));
  }
  wave.loudness = loudnessOf(powers);
  whenGrown(wave);
  return wave;
}

/** @type {(milliseconds: number) => Promise<void>} */
const pause = (milliseconds) => new Promise((done) => { setTimeout(done, milliseconds); });

/** @type {(song: Scenery, notes: Timed[], from: number, until: number) => Promise<AudioBuffer>} */
async function render(song, notes, from, until) {
  const { tempo } = song;
  const seconds = ((until - from) * 60) / tempo;
  const at = (/** @type {number} */ beat) => Math.max(((beat - from) * 60) / tempo, 0);
  const context = new OfflineAudioContext(2, Math.ceil(seconds * RATE), RATE);
  const desk = await Desk.opened(context, genreOf(song));
  const layer = new Layer(desk);
  const backdrop = new Backdrop(layer, song, from, 0);
  const wanted = notes.filter(({ beat, end }) => end > from && beat < until).slice(0, MOST_NOTES);
  let next = 0;
  const schedule = (/** @type {number} */ ahead) => {
    for (; next < wanted.length && at(wanted[next].beat) < ahead; next++) play(layer, wanted[next], at(wanted[next].beat)).end(at(wanted[next].end));
    backdrop.play(from + (ahead * tempo) / 60, at);
  };
  desk.hold(seconds + 1);
  schedule(2 * LOOK_SECONDS);
  // Notes are made shortly before they sound, because nodes that wait cost time too.
  for (let second = LOOK_SECONDS; second < seconds; second += LOOK_SECONDS) {
    context.suspend(second).then(() => {
      schedule(second + 2 * LOOK_SECONDS);
      return context.resume();
    });
  }
  return context.startRendering();
}

/** @type {(peaks: Float32Array, sound: AudioBuffer, skipped: number, tempo: number, from: number) => void} */
function takePeaks(peaks, sound, skipped, tempo, from) {
  const long = ((60 / tempo) * RATE) / PEAKS_PER_BEAT;
  const sides = [0, 1].map((side) => sound.getChannelData(side));
  const first = Math.round(from * PEAKS_PER_BEAT);
  for (let index = first; index < peaks.length; index++) {
    const start = skipped + Math.floor((index - first) * long);
    if (start >= sound.length) return;
    let most = 0;
    for (const samples of sides) for (let each = start; each < Math.min(start + long, sound.length); each++) most = Math.max(most, Math.abs(samples[each]));
    peaks[index] = Math.min(most, 1);
  }
}

/** Weigh the sound as ears do (the filters of BS.1770, nearly).
 * @type {(sound: AudioBuffer) => Promise<AudioBuffer>} */
function weighted(sound) {
  const context = new OfflineAudioContext(2, sound.length, RATE);
  const source = new AudioBufferSourceNode(context, { buffer: sound });
  const shelf = new BiquadFilterNode(context, { type: "highshelf", frequency: 1682, gain: 4 });
  const pass = new BiquadFilterNode(context, { type: "highpass", frequency: 38, Q: -6 });
  source.connect(shelf).connect(pass).connect(context.destination);
  source.start();
  return context.startRendering();
}

/** @type {(powers: number[], sound: AudioBuffer, skipped: number) => void} */
function takePowers(powers, sound, skipped) {
  const long = Math.round(BLOCK_SECONDS * RATE);
  const sides = [0, 1].map((side) => sound.getChannelData(side));
  for (let start = skipped; start + long <= sound.length; start += long) {
    let sum = 0;
    for (const samples of sides) for (let each = start; each < start + long; each++) sum += samples[each] ** 2;
    powers.push(sum / long);
  }
}

/** @type {(powers: number[]) => number} */
function loudnessOf(powers) {
  const heard = powers.filter((power) => lufs(power) > SILENT_LUFS);
  const loud = heard.filter((power) => lufs(power) > lufs(mean(heard)) + QUIET_LU);
  return loud.length ? lufs(mean(loud)) : SILENT_LUFS;
}

/** @type {(values: number[]) => number} */
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** @type {(power: number) => number} */
const lufs = (power) => 10 * Math.log10(Math.max(power, 1e-12)) - 0.691;
