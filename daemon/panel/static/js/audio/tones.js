/** Notes of the melodic voices: a loop, a filter that closes, an envelope. `exporters/studio/notes.py` plays the same. */
const GOLDEN = 0.6180339887498949;
const TOP_HERTZ = 16000;
const RELEASES = 2.5; // a note ends after so many releases
const LEAST_SECONDS = 0.015;
// The longest composed notes last four beats, which is 12 s at the slowest tempo.
const LONGEST_SECONDS = 20;

/** @type {WeakMap<BaseAudioContext, PeriodicWave>} */
const swings = new WeakMap();

/** Begin a note at `at` seconds. Return an object whose `end(seconds)` releases the note.
 * @type {(layer: AudioLayer, voice: Exclude<Voice, "drums">, pitch: number, force: number, at: number) => Begun} */
export function begin(layer, voice, pitch, force, at) {
  const { context, desk } = layer;
  const tone = desk.tone(voice);
  const { buffer, hertz } = desk.bank.loop(desk.strips[voice].spec.tone, pitch);
  const source = context.createBufferSource();
  source.buffer = buffer;
  source.loop = true;
  source.playbackRate.value = (440 * 2 ** ((pitch - 69) / 12)) / hertz;
  const filter = closing(context, tone, pitch, force, at);
  const envelope = context.createGain();
  envelope.gain.setValueAtTime(0, at);
  envelope.gain.setTargetAtTime(0.35 + 0.65 * force, at, tone.attack / 3);
  envelope.gain.setTargetAtTime((0.35 + 0.65 * force) * tone.sustain, at + tone.attack, tone.decay / 3);
  source.connect(filter).connect(envelope).connect(layer.input(voice));
  layer.start(source, at, tone.phase === 0 ? 0 : ((pitch * GOLDEN) % 1) * buffer.duration);
  source.stop(at + LONGEST_SECONDS);
  const swing = tone.wobble ? wobble(layer, tone.wobble, filter, at) : null;
  return { end: (seconds) => finish(envelope, [source, swing], tone, Math.max(seconds, at + LEAST_SECONDS)) };
}

/** @type {(context: BaseAudioContext, tone: ToneSpec, pitch: number, force: number, at: number) => BiquadFilterNode} */
function closing(context, { cutoff: [low, high], q, sweep }, pitch, force, at) {
  const filter = context.createBiquadFilter();
  const follow = 2 ** ((pitch - 60) / 24);
  filter.type = "lowpass";
  filter.Q.value = q;
  filter.frequency.automationRate = "k-rate"; // else each sample needs new coefficients
  filter.detune.automationRate = "k-rate";
  filter.frequency.setValueAtTime(Math.min(high * follow * (0.45 + 0.55 * force), TOP_HERTZ), at);
  filter.frequency.setTargetAtTime(low * follow, at + 0.01, sweep);
  return filter;
}

/** Swing a filter: so often in a beat, by so many octaves. It begins at the bottom.
 * @type {(layer: AudioLayer, wobble: [number, number], filter: BiquadFilterNode, at: number) => OscillatorNode} */
function wobble(layer, [times, octaves], filter, at) {
  const { context } = layer;
  const wave = swings.get(context) ?? context.createPeriodicWave([0, -1], [0, 0], { disableNormalization: true });
  swings.set(context, wave);
  const oscillator = context.createOscillator();
  const depth = context.createGain();
  oscillator.setPeriodicWave(wave);
  oscillator.frequency.value = (times * layer.desk.tempo) / 60;
  depth.gain.value = 1200 * octaves;
  oscillator.connect(depth).connect(filter.detune);
  layer.start(oscillator, at);
  oscillator.stop(at + LONGEST_SECONDS);
  return oscillator;
}

/** @type {(envelope: GainNode, sources: (AudioScheduledSourceNode | null)[], tone: ToneSpec, at: number) => void} */
function finish(envelope, sources, { release }, at) {
  envelope.gain.cancelScheduledValues(at);
  envelope.gain.setTargetAtTime(0, at, release / 3);
  for (const source of sources) source?.stop(at + release * RELEASES);
}
