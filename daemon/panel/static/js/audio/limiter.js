/**
 * Keeps sound below full scale: an AudioWorklet that looks ahead. Browsers offer one only on localhost and over TLS. Elsewhere a
 * compressor lowers loud sound, but lets short peaks pass, and a wave-shaping curve that ends at the ceiling rounds them off.
 */
export const CEILING_DB = -1;

const MARGIN_DB = 0.3; // the gain is interpolated within frames, and filters of others find other peaks
const THRESHOLD_DB = -6;
const RATIO = 20;
const KNEE_DB = 3; // up to this far below the ceiling the curve is a straight line
const MOST = 4; // input range of the curve; louder input gives the ceiling
const POINTS = 8193;

/** Load the worklet, and return whether there is one.
 * @type {(context: BaseAudioContext) => Promise<boolean>} */
export async function prepareLimiter(context) {
  if (context.audioWorklet === undefined) return false;
  try {
    await context.audioWorklet.addModule(new URL("limiter_worklet.js", import.meta.url));
    return true;
  } catch {
    return false; // an old browser
  }
}

/** Return a node that carries the sound of `source`, limited to `ceiling` in dB, or to -1 dB where there is no worklet.
 * @type {(source: AudioNode, hasWorklet: boolean, ceiling: number) => AudioNode} */
export function limited(source, hasWorklet, ceiling) {
  const { context } = source;
  if (!hasWorklet) return rounded(source);
  const processorOptions = { ceiling: 10 ** (Math.min(ceiling, CEILING_DB - MARGIN_DB) / 20) };
  const limiter = new AudioWorkletNode(context, "limiter", { processorOptions, outputChannelCount: [2] });
  return source.connect(limiter);
}

/** @type {(source: AudioNode) => AudioNode} */
function rounded(source) {
  const { context } = source;
  const compressor = context.createDynamicsCompressor();
  compressor.threshold.value = THRESHOLD_DB;
  compressor.knee.value = 0;
  compressor.ratio.value = RATIO;
  compressor.attack.value = 0.001;
  compressor.release.value = 0.12;
  const scaled = context.createGain();
  scaled.gain.value = 1 / (MOST * makeup());
  const ceiling = context.createWaveShaper();
  ceiling.curve = curve();
  return source.connect(compressor).connect(scaled).connect(ceiling);
}

/** Return the make-up gain that a compressor adds by itself, as the Web Audio standard defines it. */
const makeup = () => 10 ** ((-0.6 * THRESHOLD_DB * (1 - 1 / RATIO)) / 20);

function curve() {
  const ceiling = 10 ** (CEILING_DB / 20);
  const knee = 10 ** ((CEILING_DB - KNEE_DB) / 20);
  const soft = (/** @type {number} */ loud) => (loud <= knee ? loud : knee + (ceiling - knee) * Math.tanh((loud - knee) / (ceiling - knee)));
  return Float32Array.from({ length: POINTS }, (_, index) => {
    const sample = MOST * ((2 * index) / (POINTS - 1) - 1);
    return Math.sign(sample) * soft(Math.abs(sample));
  });
}
