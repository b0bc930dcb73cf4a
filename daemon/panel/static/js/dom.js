/** Make an element with attributes, listeners and children: make("button", { class: "mute", onclick }, "M"). */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value === true) element.setAttribute(key, "");
    else if (value !== false && value !== undefined && value !== null) element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

export const byId = (id) => document.getElementById(id);

let numbered = 0;

/** Return an id that no other element has. */
export const freshId = (word) => `${word}-${++numbered}`;
