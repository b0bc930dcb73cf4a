/** Buttons for actions that cannot be undone: the first press asks, the second press acts. */
import { opened } from "./openings.js";

const PATIENCE_MS = 4000;

/** Make `button` show `words` as a question before it calls `act`. It does not ask while `isHarmless()` is true.
 * @type {(button: HTMLElement, words: string, act: () => void, isHarmless?: () => boolean) => { ease: () => void }} */
export function confirming(button, words, act, isHarmless = () => false) {
  const usual = [...button.childNodes];
  const label = button.getAttribute("aria-label");
  /** @type {number | null} */
  let patience = null;
  let closed = () => {};
  const ease = () => {
    if (patience === null) return;
    clearTimeout(patience);
    patience = null;
    closed();
    button.classList.remove("asking");
    button.replaceChildren(...usual);
    if (label !== null) button.setAttribute("aria-label", label);
  };
  const ask = () => {
    patience = setTimeout(ease, PATIENCE_MS);
    closed = opened(ease);
    button.classList.add("asking");
    button.textContent = words;
    if (label !== null) button.setAttribute("aria-label", `${label}: press again to confirm`);
  };
  button.addEventListener("blur", ease);
  button.addEventListener("click", (event) => {
    event.preventDefault();
    if (patience === null && !isHarmless()) return ask();
    ease();
    act();
  });
  return { ease };
}
