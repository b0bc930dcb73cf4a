/** What is wrong with what was written in a field, said beneath it. */
import { freshId, make } from "./dom.js";

/** A line for complaints about `input`: `complain(words)` says one, `complain("")` takes it back. */
export function complaints(input) {
  const id = freshId("wrong");
  const line = make("p", { id, class: "wrong", role: "alert" });
  const complain = (words) => {
    line.textContent = words.charAt(0).toUpperCase() + words.slice(1);
    if (words) {
      input.setAttribute("aria-invalid", "true");
      input.setAttribute("aria-describedby", id);
    } else for (const name of ["aria-invalid", "aria-describedby"]) input.removeAttribute(name);
  };
  input.addEventListener("input", () => complain(""));
  return { line, complain };
}
