/** Choices under the keyboard: Enter opens one, and no key jumps to its end by accident. */
const JUMPS = new Set(["Home", "End", "PageUp", "PageDown"]);

document.addEventListener("keydown", (event) => {
  if (event.target.tagName !== "SELECT" || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Enter") event.target.showPicker?.();
  else if (!JUMPS.has(event.key)) return;
  event.preventDefault();
});
