// Requests to the study. While it cannot be reached they are tried again, because an answer must not be lost.

const TOKEN = "edmd-study-token";
const RETRY_MS = 2000;

/** A refusal, with the server's code for it. */
export class Refusal extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/** The listener's token: in the address, so that it can be bookmarked, or kept by the browser. @returns {string} */
export function token() {
  const given = location.hash.slice(1);
  return /^[\w-]{1,64}$/.test(given) ? given : (localStorage.getItem(TOKEN) ?? "");
}

/** @param {string} value The token, or "" to forget it. */
export function keepToken(value) {
  if (value) localStorage.setItem(TOKEN, value);
  else localStorage.removeItem(TOKEN);
  history.replaceState(null, "", value ? `#${value}` : location.pathname);
}

/**
 * Ask until the study answers. `trouble` is called with whether it cannot be reached.
 * @param {string} method @param {string} path @param {unknown} body @param {(isLost: boolean) => void} trouble
 * @returns {Promise<any>}
 */
export async function ask(method, path, body, trouble) {
  for (;;) {
    const answer = await once(method, path, body);
    trouble(answer === null);
    if (answer?.ok) return answer.result;
    // Clocks that differ can make an answer seem too early; a little later it is not.
    if (answer && answer.error.code !== "early") throw new Refusal(answer.error.code, answer.error.message);
    await pause(RETRY_MS);
  }
}

/** @param {string} method @param {string} path @param {unknown} body @returns {Promise<any>} null: not reached */
async function once(method, path, body) {
  const headers = { "X-Study-Listener": token(), "Content-Type": "application/json" };
  /** @type {RequestInit} */
  const request = { method, headers };
  if (body !== undefined) request.body = JSON.stringify(body);
  try {
    const response = await fetch(path, request);
    return response.status >= 500 ? null : await response.json();
  } catch {
    return null;
  }
}

/** @param {number} milliseconds @returns {Promise<void>} */
export function pause(milliseconds) {
  return new Promise((resolve) => { setTimeout(resolve, milliseconds); });
}
