/** Typing a number in place of the one that is shown. */
import { complaints } from "./complaint.js";
import { make } from "./dom.js";
import { readNumber, readWhole } from "./numbers.js";
import { opened } from "./openings.js";

/**
 * Make the number in `output` editable: a tap on it or Enter on `slider` opens a field. Enter in the field or leaving the
 * field calls `put(number)`; Escape changes nothing.
 * @type {(output: HTMLElement, slider: HTMLElement, spec: NumberSpec, name: string, put: (number: number) => void) => void}
 */
export function typing(output, slider, spec, name, put) {
  /** @type {HTMLInputElement | null} */
  let field = null;
  const write = () => {
    if (field) return;
    const [low, high] = spec.range;
    const input = make("input", {
      type: "text", class: "typed", inputmode: low < 0 ? "text" : "decimal", enterkeyhint: "done", autocomplete: "off",
      "aria-label": `${name}, ${low} to ${high}${spec.unit ? ` ${spec.unit}` : ""}`,
    });
    const { line, complain } = complaints(input);
    const closed = opened(() => close(true));
    const close = (/** @type {boolean} */ isByKey) => {
      if (!field) return;
      field = null;
      closed();
      output.hidden = false;
      input.remove();
      line.remove();
      if (isByKey) slider.focus({ preventScroll: true });
    };
    const take = (/** @type {boolean} */ isByKey) => {
      const number = (spec.type === "int" ? readWhole : readNumber)(input.value, spec.unit);
      if (input.value.trim() !== "" && !(number >= low && number <= high)) return complain(refusal(name, spec, input.value));
      if (input.value.trim() !== "") put(number);
      close(isByKey);
    };
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.isComposing) return;
      event.preventDefault();
      take(true);
    });
    input.addEventListener("blur", () => {
      if (field !== input) return; // the field is being removed
      if (input.hasAttribute("aria-invalid")) close(false);
      else take(false);
    });
    field = input;
    output.after(input);
    output.closest(".dial")?.append(line);
    output.hidden = true;
    input.value = (slider.getAttribute("aria-valuetext") ?? "").split(" ")[0];
    input.focus();
    input.select();
  };
  output.addEventListener("click", write);
  slider.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    write();
  });
}

/** @type {(name: string, spec: NumberSpec, text: string) => string} */
const refusal = (name, { type, range: [low, high], unit }, text) =>
  `${name} is ${type === "int" ? "a whole number, " : ""}${low} to ${high}${unit ? ` ${unit}` : ""}; got ${text.trim()}`;
