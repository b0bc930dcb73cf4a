/** How many bars the live piano roll shows. The browser stores the choice. */
const STORED = "edmd-roll-bars";
const STEPS = [4, 8, 16, 32, 64];
const USUAL = 8;

const stored = Number(localStorage.getItem(STORED));
export const zoom = { bars: STEPS.includes(stored) ? stored : USUAL };

/** Whether the roll can show more (1) or fewer (-1) bars.
 * @type {(direction: number) => boolean} */
export const canZoom = (direction) => STEPS[STEPS.indexOf(zoom.bars) + direction] !== undefined;

/** Show more (1) or fewer (-1) bars.
 * @type {(direction: number) => void} */
export function zoomBy(direction) {
  zoom.bars = STEPS[STEPS.indexOf(zoom.bars) + direction] ?? zoom.bars;
  localStorage.setItem(STORED, String(zoom.bars));
}
