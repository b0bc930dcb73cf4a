/** The drum machine: a hit is a sample, played faster or slower. `exporters/studio/drums.py` plays the same. */
import { DRUMS, drumOf } from "../parts/music.js";

const MIDDLE_TOM = 45;
const KICK_CLASS = 7; // all kicks end at 49 Hz, a G
const NEAREST_FIFTH = 3;
const CHOKE_SECONDS = 0.02;

/** Play the drum of a General MIDI `pitch` at `at` seconds. `force` is 0 to 1.
 * @type {(layer: AudioLayer, pitch: number, force: number, at: number) => void} */
export function strike(layer, pitch, force, at) {
  const { context, desk } = layer;
  const drum = DRUMS[drumOf(pitch)];
  const source = context.createBufferSource();
  const gain = context.createGain();
  source.buffer = desk.bank.drum(desk.strips.drums.spec.kit, drum);
  source.playbackRate.value = rateOf(drum, pitch, desk.root);
  gain.gain.value = 10 ** (desk.bank.specs.levels[drum] / 20) * force * force;
  source.connect(gain).connect(layer.input("drums"));
  layer.start(source, at);
  if (drum === "closed hat") layer.openHat?.gain.setTargetAtTime(0, at, CHOKE_SECONDS);
  if (drum === "open hat") layer.openHat = gain;
  if (drum === "kick") desk.duck(at, force * force);
}

/** @type {(drum: string, pitch: number, root: number) => number} */
function rateOf(drum, pitch, root) {
  if (drum === "kick") return 2 ** (kickSteps(root) / 12);
  return drum === "tom" ? 2 ** ((pitch - MIDDLE_TOM) / 12) : 1;
}

/** Return by how many semitones a kick is moved so that it ends at the tonic or its fifth, whichever is nearer.
 * @type {(root: number) => number} */
function kickSteps(root) {
  const steps = ((root - KICK_CLASS + 18) % 12) - 6;
  if (Math.abs(steps) <= NEAREST_FIFTH) return steps;
  return steps < 0 ? steps + 7 : steps - 5;
}
