/** Keys of choice lists: Enter opens the list. Home, End and the page keys do nothing, because a slip would jump to an end. */
const JUMPS = new Set(["Home", "End", "PageUp", "PageDown"]);

document.addEventListener("keydown", (event) => {
  if (!(event.target instanceof HTMLSelectElement) || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Enter") event.target.showPicker?.();
  else if (!JUMPS.has(event.key)) return;
  event.preventDefault();
});
