/**
 * Keeps sound below full scale. A compressor lowers loud sound, but lets short peaks pass. A wave-shaping curve that ends at
 * the ceiling rounds the peaks off. Browsers offer an AudioWorklet only on localhost and over TLS, so none is used.
 */
export const CEILING_DB = -1;

const THRESHOLD_DB = -6;
const RATIO = 20;
const KNEE_DB = 3; // up to this far below the ceiling the curve is a straight line
const MOST = 4; // input range of the curve; louder input gives the ceiling
const POINTS = 8193;

/** Return a node that carries the sound of `source`, limited to the ceiling.
 * @type {(source: AudioNode) => AudioNode} */
export function limited(source) {
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
  const rounded = (/** @type {number} */ loud) => (loud <= knee ? loud : knee + (ceiling - knee) * Math.tanh((loud - knee) / (ceiling - knee)));
  return Float32Array.from({ length: POINTS }, (_, index) => {
    const sample = MOST * ((2 * index) / (POINTS - 1) - 1);
    return Math.sign(sample) * rounded(Math.abs(sample));
  });
}
