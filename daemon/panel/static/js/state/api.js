/** Requests to the panel's server. Every POST carries the page's token. */
import { tell } from "./bus.js";

const TOKEN = 'meta[name="edmd-token"]';
// The panel waits four seconds for the daemon. Uploading a file takes longer.
const PATIENCE_MS = 6000;
const FILE_MS = 60000;
let token = tokenOf(document);
let deck = "";
/** @type {Promise<void> | null} */
let renewing = null;

/** A request failed. `isSilence`: no answer came, so the outcome is unknown. */
export class Refused extends Error {
  /** @param {string} code @param {string} message */
  constructor(code, message, isSilence = false) {
    super(message);
    this.code = code;
    this.isSilence = isSilence;
  }
}

/** Name the deck that requests are about from now on; "" is the daemon's first.
 * @type {(name: string) => void} */
export function setDeck(name) {
  deck = name;
}

/** Return the result of GET `path`. Throws Refused if the request fails.
 * @type {(path: string) => Promise<any>} */
export const get = (path) => exchange(path, {});

/** Return the result of POST `path` with `body`, an object for JSON or a FormData. Throws Refused if the request fails.
 * @type {(path: string, body?: object) => Promise<any>} */
export function post(path, body = {}) {
  const isForm = body instanceof FormData;
  /** @type {Record<string, string>} */
  const headers = isForm ? {} : { "Content-Type": "application/json" };
  return exchange(path, { method: "POST", headers, body: isForm ? body : JSON.stringify(body) });
}

/** Like `post`, but show a failure as a message and return undefined. If no answer came, the message begins with `what`.
 * @type {(path: string, body?: object, what?: string) => Promise<any>} */
export const ask = (path, body, what = "") => showFailure(post(path, body), what);

/** Like `get`, but show a failure as `ask` does.
 * @type {(path: string, what?: string) => Promise<any>} */
export const look = (path, what = "") => showFailure(get(path), what);

/** Return a JSON file of the page. Throws Refused if it does not come.
 * @type {(path: string) => Promise<any>} */
export async function load(path) {
  const reply = await fetch(path, { signal: AbortSignal.timeout(PATIENCE_MS) }).catch(() => null);
  if (reply === null) throw away();
  if (!reply.ok) throw new Refused("file", `the panel does not give ${path} (${reply.status})`);
  return reply.json();
}

/** @type {(request: Promise<any>, what: string) => Promise<any>} */
async function showFailure(request, what) {
  try {
    return await request;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    tell("refused", what && error.isSilence ? `${what}: ${error.message}` : error.message);
    if (error.isSilence) tell("silence");
    return undefined;
  }
}

/** @type {(path: string, options: RequestInit) => Promise<any>} */
async function exchange(path, options) {
  const about = deck === "" ? path : `${path}?deck=${encodeURIComponent(deck)}`;
  let reply = await send(about, options);
  if (reply.error?.code === "token") {
    await (renewing ??= renew());
    reply = await send(about, options);
  }
  if (reply.ok) return reply.result;
  if (reply.error.code === "login") location.reload();
  throw new Refused(reply.error.code, reply.error.message, reply.status === 503 && reply.error.code === "unavailable");
}

/** @type {(path: string, options: RequestInit) => Promise<any>} */
async function send(path, options) {
  try {
    const headers = options.method === "POST" ? { ...options.headers, "X-Edmd-Token": token } : {};
    const signal = AbortSignal.timeout(options.body instanceof FormData ? FILE_MS : PATIENCE_MS);
    const reply = await fetch(`/api/${path}`, { ...options, headers, signal });
    return { ...(await reply.json()), status: reply.status };
  } catch {
    throw away();
  }
}

const away = () => new Refused("away", "the panel does not answer", true);

/** Return the token of a page, or "" if the page has none.
 * @type {(page: Document) => string} */
function tokenOf(page) {
  const element = page.querySelector(TOKEN);
  return element instanceof HTMLMetaElement ? element.content : "";
}

/** Get a new token after the panel restarted. Does not reload the page, so that controls and sound go on. */
async function renew() {
  try {
    const page = new DOMParser().parseFromString(await (await fetch("/")).text(), "text/html");
    token = tokenOf(page);
    if (!token) location.reload();
  } catch {
    throw away();
  } finally {
    renewing = null;
  }
}
