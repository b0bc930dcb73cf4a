"""A double of the browser's MIDI: two devices that record what is sent, and that can be pulled out and plugged in."""

from typing import Final, NamedTuple

from playwright.sync_api import Page

SYNTH: Final = "Synth A"
# `sent` has [device, when `send` was called, timestamp, bytes], times in milliseconds. What is sent while the page is left
# is kept in the session's storage, for the next page.
_DOUBLE: Final = """
  globalThis.sent = [];
  globalThis.asked = [];
  class Output extends EventTarget {
    constructor(name) { super(); Object.assign(this, { id: name, name, state: "connected", type: "output" }); }
    send(bytes, at = 0) {
      if (this.state !== "connected") throw new DOMException("it is gone", "InvalidStateError");
      sent.push([this.name, performance.now(), at, [...bytes]]);
      if (globalThis.isLeft) sessionStorage.setItem("sent", JSON.stringify(sent));
    }
  }
  const outputs = new Map(["Synth A", "Synth B"].map((name) => [name, new Output(name)]));
  const access = Object.assign(new EventTarget(), { outputs, inputs: new Map(), sysexEnabled: false });
  globalThis.plug = (name, state) => {
    outputs.get(name).state = state;
    access.dispatchEvent(new Event("statechange"));
  };
  addEventListener("pagehide", () => { globalThis.isLeft = true; }, true);
  navigator.requestMIDIAccess = async (options) => { asked.push(options); return access; };
"""


class Sent(NamedTuple):
    """A message to a device. Times are milliseconds of the page's clock: its timestamp, and when the device gets it."""

    device: str
    called: float
    stamp: float
    at: float
    data: tuple[int, ...]

    @property
    def is_on(self) -> bool:
        return self.data[0] & 0xF0 == 0x90

    @property
    def note(self) -> tuple[int, int]:
        """The channel, from 1, and the pitch."""
        return self.data[0] % 16 + 1, self.data[1]


def plugged(page: Page) -> None:
    """Load a page again, with devices in place of the browser's."""
    page.add_init_script(_DOUBLE)
    page.reload()
    page.wait_for_selector(".dial", state="attached")


def sent(page: Page, since: float = 0.0) -> list[Sent]:
    """Return what was sent since a time, in the order in which devices get it."""
    return read(page.evaluate("([since]) => sent.filter(([, called]) => called >= since)", [since]))


def read(rows: list[tuple[str, float, float, list[int]]]) -> list[Sent]:
    """Read recorded messages. A timestamp that has passed means: at once."""
    messages = [
        Sent(device, called, stamp, max(called, stamp), tuple(data)) for device, called, stamp, data in rows
    ]
    return sorted(messages, key=lambda each: each.at)


def hanging(messages: list[Sent]) -> set[tuple[str, tuple[int, int]]]:
    """Return the notes whose end was not sent."""
    sounding: set[tuple[str, tuple[int, int]]] = set()
    for each in messages:
        if each.is_on:
            sounding.add((each.device, each.note))
        elif each.data[0] & 0xF0 == 0x80:
            sounding.discard((each.device, each.note))
    return sounding


def channels_ended(messages: list[Sent]) -> list[int]:
    """Return the channels that the last messages end: on each CC 64 = 0, CC 123, CC 120, and no note after them."""
    controls = []
    for each in reversed(messages):
        if each.data[0] & 0xF0 != 0xB0:
            break
        controls.append((each.data[0] % 16 + 1, *each.data[1:]))
    found = sorted({channel for channel, _, _ in controls})
    for channel in found:
        ending = [control[1:] for control in reversed(controls) if control[0] == channel]
        assert ending == [(64, 0), (123, 0), (120, 0)]
    return found
