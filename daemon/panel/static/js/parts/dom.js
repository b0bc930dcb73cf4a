/**
 * Make an element with attributes, listeners and children: make("button", { class: "mute", onclick }, "M").
 * @template {keyof HTMLElementTagNameMap} Name
 * @param {Name} name
 * @param {Record<string, any>} attributes
 * @param {(Node | string)[]} children
 * @returns {HTMLElementTagNameMap[Name]}
 */
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

/** @type {<Id extends string>(id: Id) => PageElement<Id>} */
export const byId = (id) => /** @type {any} */ (document.getElementById(id));

/** Return the element in `box` that a selector finds. The page must have it.
 * @type {(selector: string, box?: ParentNode) => HTMLElement} */
export function find(selector, box = document) {
  const found = box.querySelector(selector);
  if (!(found instanceof HTMLElement)) throw new Error(`the page has no element ${selector}`);
  return found;
}

let numbered = 0;

/** Return an id that no other element has.
 * @type {(word: string) => string} */
export const freshId = (word) => `${word}-${++numbered}`;
