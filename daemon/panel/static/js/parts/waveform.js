/** Draws a waveform from its peaks. */
import { colour } from "./music.js";
import { fitted } from "./roll.js";

/** Draw `peaks` (0 to 1, or null before they are known) over the share `part` of the width, and a mark at the share `at`.
 * @type {(canvas: HTMLCanvasElement, peaks: Float32Array | null, part: number, at: number) => void} */
export function drawWave(canvas, peaks, part, at) {
  const { pen, width, height } = fitted(canvas);
  pen.fillStyle = colour("surface");
  pen.fillRect(0, 0, width, height);
  const middle = height / 2;
  pen.fillStyle = colour("line");
  pen.fillRect(0, Math.round(middle), width * part, 1);
  if (peaks !== null) {
    const end = Math.round(width * part);
    const [past, coming] = [colour("quiet"), colour("text")];
    for (let left = 0; left < end; left++) {
      const first = Math.floor((left / end) * peaks.length);
      const last = Math.max(Math.ceil(((left + 1) / end) * peaks.length), first + 1);
      let most = 0;
      for (let index = first; index < last; index++) most = Math.max(most, peaks[index] ?? 0);
      pen.fillStyle = left < at * width ? past : coming;
      pen.fillRect(left, middle - most * middle, 1, Math.max(most * height, 1));
    }
  }
  pen.fillStyle = colour("acid");
  pen.fillRect(Math.round(at * width), 0, 2, height);
}
