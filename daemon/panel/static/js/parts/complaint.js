/** Error messages below an input field. */
import { freshId, make } from "./dom.js";

/** Make a line for error messages about `input`. `complain(words)` shows a message, `complain("")` removes it.
 * @type {(input: HTMLElement) => { line: HTMLElement, complain: (words: string) => void }} */
export function complaints(input) {
  const id = freshId("wrong");
  const line = make("p", { id, class: "wrong", role: "alert" });
  const complain = (/** @type {string} */ words) => {
    line.textContent = words.charAt(0).toUpperCase() + words.slice(1);
    if (words) {
      input.setAttribute("aria-invalid", "true");
      input.setAttribute("aria-describedby", id);
    } else for (const name of ["aria-invalid", "aria-describedby"]) input.removeAttribute(name);
  };
  input.addEventListener("input", () => complain(""));
  return { line, complain };
}
