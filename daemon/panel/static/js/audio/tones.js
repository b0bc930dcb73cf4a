/** Three small synthesisers: saw lead, warm chords, mono bass. */
/**
 * `waves` are [type, cents, share] each; `cutoff` is its lowest and its highest frequency in Hz; times are in seconds.
 * @typedef {{ waves: [OscillatorType, number, number][], cutoff: [number, number], resonance: number, attack: number,
 *   decay: number, sustain: number, release: number, gain: number }} Sound
 */

/** @type {Record<Exclude<Voice, "drums">, Sound>} */
const SOUNDS = {
  lead: {
    waves: [["sawtooth", -7, 1], ["sawtooth", 7, 1], ["square", -1200, 0.35]],
    cutoff: [1100, 5200], resonance: 3.5, attack: 0.006, decay: 0.22, sustain: 0.62, release: 0.14, gain: 0.17,
  },
  chords: {
    waves: [["sawtooth", -11, 1], ["sawtooth", 10, 1], ["triangle", 0, 0.8]],
    cutoff: [700, 2300], resonance: 1, attack: 0.018, decay: 0.5, sustain: 0.7, release: 0.32, gain: 0.11,
  },
  bass: {
    waves: [["sawtooth", 0, 0.8], ["square", -5, 0.5], ["sine", 0, 1.1]],
    cutoff: [220, 1500], resonance: 6, attack: 0.004, decay: 0.18, sustain: 0.66, release: 0.06, gain: 0.26,
  },
};
// The longest composed notes last four beats, which is 12 s at the slowest tempo.
const LONGEST_SECONDS = 20;

/** Begin a note at `at` seconds. Return an object whose `end(seconds)` releases the note.
 * @type {(layer: AudioLayer, voice: Exclude<Voice, "drums">, pitch: number, force: number, at: number) => Begun} */
export function begin(layer, voice, pitch, force, at) {
  const { context } = layer;
  const sound = SOUNDS[voice];
  const filter = swept(context, sound, pitch, force, at);
  const envelope = context.createGain();
  const level = sound.gain * (0.35 + 0.65 * force);
  envelope.gain.setValueAtTime(0, at);
  envelope.gain.linearRampToValueAtTime(level, at + sound.attack);
  envelope.gain.setTargetAtTime(level * sound.sustain, at + sound.attack, sound.decay / 3);
  filter.connect(envelope).connect(layer.input(voice));
  const oscillators = sound.waves.map((wave) => oscillator(layer, wave, pitch, at, filter));
  return { end: (seconds) => finish(envelope, oscillators, sound, Math.max(seconds, at + 0.015)) };
}

/** @type {(context: AudioContext, sound: Sound, pitch: number, force: number, at: number) => AudioNode} */
function swept(context, { cutoff: [low, high], resonance, decay }, pitch, force, at) {
  const filter = context.createBiquadFilter();
  const follow = 2 ** ((pitch - 60) / 24);
  filter.type = "lowpass";
  filter.Q.value = resonance;
  filter.frequency.setValueAtTime(Math.min(high * follow * (0.45 + 0.55 * force), 16000), at);
  filter.frequency.setTargetAtTime(low * follow, at + 0.01, decay);
  return filter;
}

/** @type {(layer: AudioLayer, wave: Sound["waves"][number], pitch: number, at: number, target: AudioNode) => OscillatorNode} */
function oscillator(layer, [type, cents, share], pitch, at, target) {
  const source = layer.context.createOscillator();
  const gain = layer.context.createGain();
  source.type = type;
  source.frequency.value = 440 * 2 ** ((pitch - 69) / 12);
  source.detune.value = cents;
  gain.gain.value = share;
  source.connect(gain).connect(target);
  layer.start(source, at);
  source.stop(at + LONGEST_SECONDS);
  return source;
}

/** @type {(envelope: GainNode, oscillators: OscillatorNode[], sound: Sound, at: number) => void} */
function finish(envelope, oscillators, { release }, at) {
  envelope.gain.cancelScheduledValues(at);
  envelope.gain.setTargetAtTime(0, at, release / 3);
  for (const source of oscillators) source.stop(at + release * 2.5);
}
