/** What is known of the daemon: its parameters, their specs, its transport. */
import { get } from "./api.js";
import { on, tell } from "./stream.js";

const ASKED_MS = 600;

export const store = {
  specs: {},
  params: {},
  transport: { state: "stopped", tempo: 128, bar: 0 },
  state: {},
  beat: 0,
  at: "now",
  over: 0,
};

let lastFacts = "";
let toldTransport = store.transport;
let asked = null; // the state of the transport that was asked for here, while what is told may be older

/** Learn everything anew; the code of what prevents it, or "". */
export async function learn() {
  try {
    const [described, state] = await Promise.all([get("describe"), get("state")]);
    const isOther = JSON.stringify(described.params) !== JSON.stringify(store.specs);
    store.specs = described.params;
    store.state = state;
    lastFacts = "";
    store.params = state.params;
    store.beat = state.transport.beat;
    if (isOther) tell("specs", store.specs); // else the controls stay what they are, in whose hand they may be
    tell("told", store.params);
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

/** When a change is to begin and how long it is to glide, as requests say it. */
export const wish = () => ({ ...(store.at === "now" ? {} : { at: store.at }), ...(store.over ? { over: store.over } : {}) });

/** Show at once what the transport was asked for here: the next press of a key must not wait for the telemetry. */
export function askTransport(state) {
  clearTimeout(asked?.timer);
  asked = { state, timer: setTimeout(askNoMore, ASKED_MS) };
  showTransport(toldTransport);
}

/** What was asked for was not granted, or has had its time. */
export function askNoMore() {
  clearTimeout(asked?.timer);
  asked = null;
  showTransport(toldTransport);
}

function showTransport(transport) {
  toldTransport = transport;
  store.transport = { ...transport, state: asked?.state ?? transport.state };
  tell("transport", store.transport);
}

on("tick", ({ beat }) => { store.beat = beat; });
on("state", ({ params, transport, ...facts }) => {
  store.params = params;
  store.beat = transport.beat;
  tell("told", params);
  showTransport(transport);
  if (JSON.stringify(facts) === lastFacts) return;
  lastFacts = JSON.stringify(facts);
  const { model, ...same } = facts;
  store.state = { ...store.state, ...same, models: { ...store.state.models, current: model } };
  tell("pending", facts.pending);
  tell("facts", store.state);
});
