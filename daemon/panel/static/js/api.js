/** Requests to the panel's server; every change brings the page's token along. */
import { tell } from "./stream.js";
import { say } from "./toast.js";

const TOKEN = 'meta[name="edmd-token"]';
// The panel itself waits four seconds for the daemon; a file is on its way for longer.
const PATIENCE_MS = 6000;
const FILE_MS = 60000;
let token = document.querySelector(TOKEN).content;
let renewing = null;

/** What was asked for is not granted; `isSilence` where nobody answered, so that nobody knows. */
export class Refused extends Error {
  constructor(code, message, isSilence = false) {
    super(message);
    this.code = code;
    this.isSilence = isSilence;
  }
}

/** The result of GET `path`; Refused when it is not granted. */
export const get = (path) => exchange(path, {});

/** The result of POST `path` with `body`, JSON or a form; Refused when it is not granted. */
export function post(path, body = {}) {
  const isForm = body instanceof FormData;
  const headers = isForm ? {} : { "Content-Type": "application/json" };
  return exchange(path, { method: "POST", headers, body: isForm ? body : JSON.stringify(body) });
}

/** The same, with a refusal told to whoever looks at the page; `what` was asked for is named where nobody answers. */
export const ask = (path, body, what = "") => told(post(path, body), what);

/** The result of GET `path`, with a refusal told likewise. */
export const look = (path, what = "") => told(get(path), what);

async function told(request, what) {
  try {
    return await request;
  } catch (error) {
    if (error.code === undefined) throw error;
    say(what && error.isSilence ? `${what}: ${error.message}` : error.message, true);
    if (error.isSilence) tell("silence");
    return undefined;
  }
}

async function exchange(path, options) {
  let reply = await answered(path, options);
  if (reply.error?.code === "token") {
    await (renewing ??= renew());
    reply = await answered(path, options);
  }
  if (reply.ok) return reply.result;
  if (reply.error.code === "login") location.reload();
  throw new Refused(reply.error.code, reply.error.message, reply.status === 503 && reply.error.code === "unavailable");
}

async function answered(path, options) {
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

/** The panel began anew and knows our token no more: take another, and keep what is touched and heard here. */
async function renew() {
  try {
    const page = new DOMParser().parseFromString(await (await fetch("/")).text(), "text/html");
    token = page.querySelector(TOKEN)?.content ?? location.reload();
  } catch {
    throw away();
  } finally {
    renewing = null;
  }
}
