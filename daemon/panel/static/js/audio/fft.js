/** The inverse fast Fourier transform, in place and without a factor: the sum of all bins. Sizes are powers of two.
 * @type {(real: Float64Array, imaginary: Float64Array) => void} */
export function inverse(real, imaginary) {
  const size = real.length;
  reorder(real, imaginary);
  for (let span = 1; span < size; span *= 2) {
    for (let turn = 0; turn < span; turn++) {
      const cosine = Math.cos((Math.PI * turn) / span);
      const sine = Math.sin((Math.PI * turn) / span);
      for (let low = turn; low < size; low += 2 * span) {
        const high = low + span;
        const re = real[high] * cosine - imaginary[high] * sine;
        const im = real[high] * sine + imaginary[high] * cosine;
        real[high] = real[low] - re;
        imaginary[high] = imaginary[low] - im;
        real[low] += re;
        imaginary[low] += im;
      }
    }
  }
}

/** @type {(real: Float64Array, imaginary: Float64Array) => void} */
function reorder(real, imaginary) {
  const size = real.length;
  for (let from = 1, to = 0; from < size; from++) {
    let bit = size >> 1;
    for (; to & bit; bit >>= 1) to ^= bit;
    to ^= bit;
    if (from < to) {
      [real[from], real[to]] = [real[to], real[from]];
      [imaginary[from], imaginary[to]] = [imaginary[to], imaginary[from]];
    }
  }
}
