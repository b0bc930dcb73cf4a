/** Lists of the available models. */
import { make } from "./dom.js";

/** Fill a choice list with the available models, if they changed. The current model is selected.
 * @type {(select: HTMLSelectElement, models: Models) => void} */
export function offer(select, { available, current }) {
  if ([...select.options].map(({ value }) => value).join() === available.join()) return;
  select.replaceChildren(...available.map((name) => make("option", { value: name, selected: name === current }, name)));
}
