/** What is known of the daemon: its parameters, their specs, its transport; and how to change them. */
import { ask, get } from "./api.js";
import { on, tell } from "./stream.js";

const SETTLING_MS = 500;
const SENDING_MS = 45;
const TICK_SHARE = 15000;
const ASKED_MS = 600;

export const store = {
  specs: {},
  params: {},
  transport: { state: "stopped", tempo: 128, bar: 0 },
  state: {},
  at: "now",
  over: 0,
};

// Parameters in somebody's hand here: what comes from elsewhere waits until the hand is off, and is shown then.
const held = new Map();
let lastFacts = "";
let toldTransport = store.transport;
let asked = null; // the state of the transport that was asked for here, while what is told may be older

/** Learn everything anew; the code of what prevents it, or "". */
export async function learn() {
  try {
    const [described, state] = await Promise.all([get("describe"), get("state")]);
    store.specs = described.params;
    store.state = state;
    lastFacts = "";
    store.params = state.params;
    tell("specs", store.specs);
    tell("params", shown(store.params));
    showTransport(state.transport);
    tell("pending", state.pending);
    tell("learnt", state);
    tell("facts", state);
    return "";
  } catch (error) {
    if (error.code === undefined) throw error;
    return error.code;
  }
}

/** The value of a parameter as it is shown here: what a hand here wants, else what is the case. */
export const valueOf = (name) => (held.has(name) ? held.get(name).value : store.params[name]);

/** When a change is to begin and how long it is to glide, as requests say it. */
export const wish = () => ({ ...(store.at === "now" ? {} : { at: store.at }), ...(store.over ? { over: store.over } : {}) });

/** Change parameters as *Changes begin* has it: at once in sight, sent in a moment, all in one request. */
export const change = queue(wish);

/** Change parameters at once, whatever *Changes begin* says. */
export const changeNow = queue(() => ({}));

function queue(when) {
  const unsent = new Map();
  let sending = null;
  const send = async () => {
    const params = Object.fromEntries(unsent);
    unsent.clear();
    sending = null;
    if ((await ask("set", { params, ...when() })) === undefined) letGo(params);
  };
  return (values) => {
    for (const [name, value] of Object.entries(values)) unsent.set(name, value);
    hold(values);
    tell("params", values);
    sending ??= setTimeout(send, SENDING_MS);
  };
}

/** What was touched together is let go together, but what has been touched again. */
function hold(values) {
  // A change is heard of a tick later at most.
  const settling = Math.max(SETTLING_MS, SETTLING_MS / 2 + TICK_SHARE / store.transport.tempo);
  const timer = setTimeout(() => letGo(values, timer), settling);
  for (const [name, value] of Object.entries(values)) held.set(name, { value, timer });
}

function letGo(values, timer = null) {
  const names = Object.keys(values).filter((name) => held.has(name) && (timer === null || held.get(name).timer === timer));
  for (const name of names) held.delete(name);
  tell("params", Object.fromEntries(names.map((name) => [name, store.params[name]])));
}

/** Show at once what the transport was asked for here: the next press of a key must not wait for the telemetry. */
export function askTransport(state) {
  clearTimeout(asked?.timer);
  asked = { state, timer: setTimeout(askNoMore, ASKED_MS) };
  showTransport(toldTransport);
}

function askNoMore() {
  asked = null;
  showTransport(toldTransport);
}

function showTransport(transport) {
  toldTransport = transport;
  store.transport = { ...transport, state: asked?.state ?? transport.state };
  tell("transport", store.transport);
}

const shown = (params) => Object.fromEntries(Object.entries(params).filter(([name]) => !held.has(name)));

on("state", ({ params, transport, ...facts }) => {
  store.params = params;
  tell("params", shown(params));
  showTransport(transport);
  if (JSON.stringify(facts) === lastFacts) return;
  lastFacts = JSON.stringify(facts);
  const { model, ...same } = facts;
  store.state = { ...store.state, ...same, models: { ...store.state.models, current: model } };
  tell("pending", facts.pending);
  tell("facts", store.state);
});
