"""The sound and the messages of a page, recorded from inside while faults happen around it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Self

from playwright.sync_api import Browser, Page

from tests.panel.browser.conftest import until

# Softer sound counts as silence: -60 dBFS.
SILENT: Final = 0.001
_HEARD: Final = 0.02
_MOMENT_SECONDS: Final = 0.05
# Runs first: records when each oscillator and each sample is to start, in audio time.
_COUNTED: Final = """
  globalThis.starts = [];
  for (const { prototype } of [AudioScheduledSourceNode, AudioBufferSourceNode]) {
    const { start } = prototype;
    prototype.start = function (at, ...where) {
      if (this.context instanceof AudioContext) starts.push([Date.now() / 1000, at]); // not for a waveform
      return start.call(this, at, ...where);
    };
  }
"""
# A worklet records the page's whole output as [seconds since 1970, peak], even while no script of the page runs.
# The banner and the button *Listen here* are recorded in the same way.
_WATCHED: Final = """async () => {
  const code = `registerProcessor("watch", class extends AudioWorkletProcessor {
    process([channels]) {
      let peak = 0;
      for (const samples of channels) for (const each of samples) peak = Math.max(peak, Math.abs(each));
      this.port.postMessage([Date.now() / 1000, peak]);
      return true;
    }
  })`;
  const { context, gate } = edmd.ears.desk;
  await context.audioWorklet.addModule(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
  const watch = new AudioWorkletNode(context, "watch");
  globalThis.loud = [];
  watch.port.onmessage = ({ data }) => loud.push(data);
  gate.connect(watch).connect(context.destination);
  const [banner, words, button] = ["#link", "#link-words", "#listen"].map((each) => document.querySelector(each));
  globalThis.said = [];
  const note = () => said.push([Date.now() / 1000, banner.hidden ? "" : words.textContent, button.textContent.trim()]);
  const all = { subtree: true, childList: true, attributes: true, characterData: true };
  new MutationObserver(note).observe(document.body, all);
  note();
}"""


@dataclass(frozen=True)
class Hearing:
    """A page whose sound is recorded. All times are seconds since 1970."""

    page: Page

    @classmethod
    @contextmanager
    def opened(cls, browser: Browser, url: str) -> Iterator[Self]:
        """Open a page. Call `watch` before sound is expected."""
        page = browser.new_page(bypass_csp=True)  # for the worklet
        page.add_init_script(_COUNTED)
        page.goto(url)
        page.wait_for_selector(".dial", state="attached")
        try:
            yield cls(page)
        finally:
            page.close()

    def listen(self) -> None:
        """Listen to the live music, and wait until it is heard."""
        self.page.click("#listen")
        until(lambda: self.page.evaluate("edmd.ears.isLive"), "the ears are open")
        self.watch()
        self.sounds()
        until(lambda: self.page.evaluate("edmd.stats.scheduled.length > 30"), "it has played for a while")

    def watch(self) -> None:
        """Record sound and messages from now on, once the page has its instruments."""
        until(lambda: self.page.evaluate("edmd.ears.desk !== null"), "the page has its instruments")
        self.page.evaluate(_WATCHED)

    def sounds(self, seconds: float = 30.0) -> None:
        """Wait until something is heard from now on."""
        began = time.time()
        until(lambda: any(peak > _HEARD for _, peak in self._loud(began)), "music is heard", seconds)

    def holds(self, seconds: float = 60.0) -> None:
        """Wait until a note is held: sound in all of the last third of a second."""

        def is_held() -> bool:
            peaks = [peak for _, peak in self._loud(time.time() - 0.3)]
            return len(peaks) > 50 and min(peaks) > _HEARD

        until(is_held, "a note is held", seconds)

    def last_heard(self, since: float, to: float = float("inf")) -> float:
        """Return for how many seconds after a time something was still heard."""
        return max((at - since for at, peak in self._loud(since, to) if peak > SILENT), default=0.0)

    def said(self, since: float) -> list[tuple[float, str, str]]:
        """Return what the banner and the button showed after a time, and how many seconds after it."""
        said: list[tuple[float, str, str]] = self.page.evaluate("said")
        return [(at - since, banner, button) for at, banner, button in said if at >= since]

    def busiest(self, since: float) -> int:
        """Return the largest number of oscillators scheduled since then that start at the same time."""
        starts = sorted(at for when, at in self.page.evaluate("starts") if since <= when)
        return max((sum(at <= each < at + _MOMENT_SECONDS for each in starts) for at in starts), default=0)

    def forget(self) -> None:
        """Count live notes from now on."""
        self.page.evaluate("edmd.stats.scheduled.length = edmd.stats.late = edmd.stats.dropped = 0")

    @property
    def notes(self) -> list[tuple[float, float]]:
        """Return when each live note sounds, in audio time, and its beat."""
        return [(row["at"], row["beat"]) for row in self.page.evaluate("edmd.stats.scheduled")]

    @property
    def beats_at_once(self) -> float:
        """Return the largest range of beats among live notes that sound at one time; late notes in a burst make it large."""
        notes = self.notes
        spans = [
            abs(other - beat)
            for at, beat in notes
            for later, other in notes
            if at <= later < at + _MOMENT_SECONDS
        ]
        return max(spans, default=0.0)

    def _loud(self, since: float, to: float = float("inf")) -> list[tuple[float, float]]:
        loud: list[tuple[float, float]] = self.page.evaluate(
            "([since, to]) => loud.filter(([at]) => at >= since && at < to)", [since, min(to, 1e12)]
        )
        return loud
