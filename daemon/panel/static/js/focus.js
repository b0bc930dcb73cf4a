/** Keeps the keyboard focus when elements are replaced by new ones. */

/** Let `act` replace the content of `box`. Then focus the new element that has the same `data-focus` as the one before. */
export function keepingFocus(box, act) {
  const had = box.contains(document.activeElement) ? document.activeElement.dataset.focus : undefined;
  act();
  if (had === undefined || box.contains(document.activeElement)) return;
  [...box.querySelectorAll("[data-focus]")].find((each) => each.dataset.focus === had)?.focus({ preventScroll: true });
}
