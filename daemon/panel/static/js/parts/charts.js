/** Small charts on canvas: lines over time, shares by bar of music, shares as horizontal bars. */
import { colour } from "./music.js";
import { fitted } from "./roll.js";

/** @typedef {{ name: string, tone: string, value: number }} Share */

const SERIES = 8; // colours of the style sheet
const LEFT = 54;
const BOTTOM = 20;

/** Return the colour of the series with this index.
 * @type {(index: number) => string} */
export const seriesColour = (index) => colour(`series-${index % SERIES}`);

/** Draw one line for each {name, tone, values} of `series`. All have the same times; the y axis begins at 0; null is a gap.
 * @type {(canvas: HTMLCanvasElement, series: Series[], written?: (value: number) => string) => void} */
export function lines(canvas, series, written = String) {
  const { pen, width, height } = fitted(canvas);
  const most = Math.max(1, ...series.flatMap(({ values }) => values.map((value) => value ?? 0))) * 1.1;
  const y = (/** @type {number} */ value) => height - BOTTOM - (value / most) * (height - BOTTOM - 8);
  pen.clearRect(0, 0, width, height);
  axis(pen, width, y, most, written);
  for (const { values, tone } of series) {
    const x = (/** @type {number} */ index) => LEFT + (index / Math.max(values.length - 1, 1)) * (width - LEFT);
    pen.strokeStyle = tone;
    pen.lineWidth = 1.8;
    pen.beginPath();
    values.forEach((value, index) => {
      if (value === null) return;
      if (index === 0 || values[index - 1] === null) pen.moveTo(x(index), y(value));
      else pen.lineTo(x(index), y(value));
    });
    pen.stroke();
  }
  let left = LEFT;
  pen.textBaseline = "alphabetic";
  for (const { name, tone } of series) {
    pen.fillStyle = tone;
    pen.fillText(name, left, height - 4);
    left += pen.measureText(name).width + 16;
  }
}

/** @type {(pen: CanvasRenderingContext2D, width: number, y: (value: number) => number, most: number, written: (value: number) => string) => void} */
function axis(pen, width, y, most, written) {
  pen.font = "11px system-ui, sans-serif";
  pen.textBaseline = "middle";
  for (const value of [0, most / 2, most]) {
    pen.fillStyle = colour("line");
    pen.fillRect(LEFT, Math.round(y(value)), width - LEFT, 1);
    pen.fillStyle = colour("quiet");
    pen.fillText(written(value), 0, Math.min(Math.max(y(value), 7), y(0)));
  }
}

/** Draw shares as stacked columns, one column for each bar of music. `rows` are {name, tone, values}, each value 0 to 1.
 * @type {(canvas: HTMLCanvasElement, rows: Series<number>[], options?: { first?: number }) => void} */
export function stacked(canvas, rows, { first = 1 } = {}) {
  const { pen, width, height } = fitted(canvas);
  const count = rows[0]?.values.length ?? 0;
  const bottom = height - BOTTOM;
  pen.clearRect(0, 0, width, height);
  if (count === 0) return;
  const step = width / count;
  for (let index = 0; index < count; index++) {
    let top = bottom;
    for (const { values, tone } of rows) {
      const high = values[index] * bottom;
      pen.fillStyle = tone;
      pen.fillRect(index * step, top - high, Math.ceil(step) + 0.5, high);
      top -= high;
    }
  }
  pen.font = "11px system-ui, sans-serif";
  pen.textBaseline = "alphabetic";
  pen.fillStyle = colour("quiet");
  pen.fillText(`bar ${first}`, 0, height - 5);
  const last = `bar ${first + count - 1}`;
  pen.fillText(last, width - pen.measureText(last).width, height - 5);
}

/** Draw shares as horizontal bars with name and per cent. `rows` are {name, tone, value}, value 0 to 1.
 * @type {(canvas: HTMLCanvasElement, rows: Share[]) => void} */
export function shares(canvas, rows) {
  const { pen, width, height } = fitted(canvas);
  pen.clearRect(0, 0, width, height);
  const step = Math.min(height / Math.max(rows.length, 1), 46);
  pen.font = "12px system-ui, sans-serif";
  pen.textBaseline = "middle";
  rows.forEach(({ name, tone, value }, index) => {
    const top = index * step;
    const per = `${Math.round(value * 100)} %`;
    pen.fillStyle = colour("text");
    pen.fillText(shortened(pen, name, width - 52), 0, top + step * 0.3);
    pen.fillText(per, width - pen.measureText(per).width, top + step * 0.3);
    pen.fillStyle = colour("line");
    pen.fillRect(0, top + step * 0.56, width, step * 0.24);
    pen.fillStyle = tone;
    pen.fillRect(0, top + step * 0.56, width * value, step * 0.24);
  });
}

/** @type {(pen: CanvasRenderingContext2D, words: string, width: number) => string} */
function shortened(pen, words, width) {
  let text = words;
  while (text.length > 4 && pen.measureText(text).width > width) text = `${text.slice(0, -2).trimEnd()}…`;
  return text;
}
