/** Typing a new name in place of the one that is shown. */
import { make } from "./dom.js";
import { opened } from "./openings.js";

/**
 * Make `button` show a field in place of `shown`. Enter calls `put(name)` with another name than `known()`; Escape and leaving the
 * field change nothing.
 * @type {(button: HTMLElement, shown: HTMLElement, known: () => string, put: (name: string) => void) => void}
 */
export function renaming(button, shown, known, put) {
  button.addEventListener("click", () => {
    const before = known();
    const field = make("input", { type: "text", class: "renamed", value: before, autocomplete: "off", enterkeyhint: "done", "aria-label": `New name of ${before}` });
    let isOpen = true;
    const close = (/** @type {boolean} */ isByKey) => {
      if (!isOpen) return;
      isOpen = false;
      closed();
      shown.hidden = button.hidden = false;
      field.remove();
      if (isByKey) button.focus();
    };
    const closed = opened(() => close(true));
    field.addEventListener("blur", () => close(false));
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault();
      const name = field.value.trim();
      close(true);
      if (name !== "" && name !== before) put(name);
    });
    shown.before(field);
    shown.hidden = button.hidden = true;
    field.focus();
    field.select();
  });
}
