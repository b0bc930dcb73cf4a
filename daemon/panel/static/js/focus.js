/** Whoever walks by keyboard keeps the place when what is shown there is made anew. */

/** Let `act` replace what is in `box`: the focus goes on to what stands in for what had it, by `data-focus`. */
export function keepingFocus(box, act) {
  const had = box.contains(document.activeElement) ? document.activeElement.dataset.focus : undefined;
  act();
  if (had === undefined || box.contains(document.activeElement)) return;
  [...box.querySelectorAll("[data-focus]")].find((each) => each.dataset.focus === had)?.focus({ preventScroll: true });
}
