/** Requests to the panel's server; every change brings the page's token along. */
import { say } from "./toast.js";

const TOKEN = 'meta[name="edmd-token"]';
let token = document.querySelector(TOKEN).content;
let renewing = null;

export class Refused extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
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

/** The same, with a refusal told to whoever looks at the page; undefined then. */
export async function ask(path, body) {
  try {
    return await post(path, body);
  } catch (error) {
    say(error.message, true);
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
  throw new Refused(reply.error.code, reply.error.message);
}

async function answered(path, options) {
  try {
    const headers = options.method === "POST" ? { ...options.headers, "X-Edmd-Token": token } : {};
    return await (await fetch(`/api/${path}`, { ...options, headers })).json();
  } catch {
    throw new Refused("away", "The panel does not answer.");
  }
}

/** The panel began anew and knows our token no more: take another, and keep what is touched and heard here. */
async function renew() {
  try {
    const page = new DOMParser().parseFromString(await (await fetch("/")).text(), "text/html");
    token = page.querySelector(TOKEN)?.content ?? location.reload();
  } catch {
    throw new Refused("away", "The panel does not answer.");
  } finally {
    renewing = null;
  }
}
