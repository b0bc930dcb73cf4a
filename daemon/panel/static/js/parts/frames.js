/** Draws what moves, thirty times a second while the page is visible; a frame that draws nothing would cost as much. */
const FRAME_MS = 33;
const SCREEN_MS = 1000 / 60;

/** @type {(() => void)[]} */
const draws = [];

/** Call `draw` at each frame.
 * @type {(draw: () => void) => void} */
export function eachFrame(draw) {
  draws.push(draw);
  if (draws.length === 1) requestAnimationFrame(frame);
}

function frame() {
  setTimeout(() => requestAnimationFrame(frame), FRAME_MS - SCREEN_MS);
  for (const draw of draws) draw();
}
