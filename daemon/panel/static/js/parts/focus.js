/** Keeps the keyboard focus when elements are replaced by new ones. */

/** Let `act` replace the content of `box`. Then focus the new element that has the same `data-focus` as the one before.
 * @type {(box: HTMLElement, act: () => void) => void} */
export function keepingFocus(box, act) {
  const { activeElement } = document;
  const had = activeElement instanceof HTMLElement && box.contains(activeElement) ? activeElement.dataset.focus : undefined;
  act();
  if (had === undefined || box.contains(document.activeElement)) return;
  const elements = /** @type {HTMLElement[]} */ ([...box.querySelectorAll("[data-focus]")]);
  elements.find((each) => each.dataset.focus === had)?.focus({ preventScroll: true });
}
