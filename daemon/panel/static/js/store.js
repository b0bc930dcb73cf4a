/** What is known of the daemon: its parameters, their specs, its transport; and how to change them. */
import { ask, get } from "./api.js";
import { on, tell } from "./stream.js";

const SETTLING_MS = 500;
const SENDING_MS = 45;

export const store = {
  specs: {},
  params: {},
  transport: { state: "stopped", tempo: 128, bar: 0 },
  state: {},
  at: "now",
  over: 0,
};

const held = new Map(); // parameters in somebody's hand here: what comes from elsewhere waits a moment
const unsent = new Map();
let sending = null;

/** Learn everything anew; false while nobody answers. */
export async function learn() {
  try {
    const [described, state] = await Promise.all([get("describe"), get("state")]);
    store.specs = described.params;
    store.state = state;
    Object.assign(store, { params: state.params, transport: state.transport });
    tell("specs", store.specs);
    tell("params", store.params);
    tell("transport", store.transport);
    tell("learnt", state);
    return true;
  } catch {
    return false;
  }
}

/** Change parameters: at once in sight, sent in a moment, all in one request. */
export function change(values, { now = false } = {}) {
  for (const [name, value] of Object.entries(values)) {
    held.set(name, performance.now());
    unsent.set(name, value);
  }
  tell("touched", values);
  sending ??= setTimeout(() => send(now), SENDING_MS);
}

async function send(now) {
  const params = Object.fromEntries(unsent);
  unsent.clear();
  sending = null;
  const when = now || store.at === "now" ? {} : { at: store.at };
  const over = now || store.over === 0 ? {} : { over: store.over };
  const result = await ask("set", { params, ...when, ...over });
  if (result === undefined) {
    for (const name of Object.keys(params)) held.delete(name);
    tell("params", store.params);
  } else if (when.at || over.over) {
    tell("pending", { params: result.params, beat: result.effective_beat });
  }
}

on("state", ({ params, transport }) => {
  const now = performance.now();
  for (const [name, since] of held) if (now - since > SETTLING_MS) held.delete(name);
  store.params = params;
  store.transport = transport;
  const shown = Object.fromEntries(Object.entries(params).filter(([name]) => !held.has(name)));
  tell("params", shown);
  tell("transport", transport);
});
