"""What leaves a page as sound, and what it says, watched from inside while things go wrong around it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Self

from playwright.sync_api import Browser, Page

from tests.panel.browser.conftest import until

# Softer than this nothing is heard: -60 dBFS.
SILENT: Final = 0.001
_HEARD: Final = 0.02
_MOMENT_SECONDS: Final = 0.05
# Before anything else runs: keeps when each oscillator is to start, in the audio's own time.
_COUNTED: Final = """
  globalThis.starts = [];
  const { start } = AudioScheduledSourceNode.prototype;
  AudioScheduledSourceNode.prototype.start = function (at) {
    starts.push([Date.now() / 1000, at]);
    return start.call(this, at);
  };
"""
# A worklet hears all that leaves the page, as [seconds since 1970, peak], also while nothing else in the page runs.
# What the page says is kept likewise: the banner, and the button that lets music be heard.
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
    """A page whose sound is watched. Moments are seconds since 1970."""

    page: Page

    @classmethod
    @contextmanager
    def opened(cls, browser: Browser, url: str) -> Iterator[Self]:
        """Open a page; `watch` it as soon as something is to be heard."""
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
        """Keep what is heard and said from now on."""
        self.page.evaluate(_WATCHED)

    def sounds(self, seconds: float = 30.0) -> None:
        """Wait until something is heard from now on."""
        began = time.time()
        until(lambda: any(peak > _HEARD for _, peak in self._loud(began)), "music is heard", seconds)

    def holds(self, seconds: float = 60.0) -> None:
        """Wait until something is held that was heard in all of the last third of a second."""

        def is_held() -> bool:
            peaks = [peak for _, peak in self._loud(time.time() - 0.3)]
            return len(peaks) > 50 and min(peaks) > _HEARD

        until(is_held, "a note is held", seconds)

    def last_heard(self, since: float, to: float = float("inf")) -> float:
        """For how many seconds after a moment something was heard yet."""
        return max((at - since for at, peak in self._loud(since, to) if peak > SILENT), default=0.0)

    def said(self, since: float) -> list[tuple[float, str, str]]:
        """What the banner and the button said after a moment, and how many seconds after it."""
        said: list[tuple[float, str, str]] = self.page.evaluate("said")
        return [(at - since, banner, button) for at, banner, button in said if at >= since]

    def busiest(self, since: float) -> int:
        """How many oscillators were started at the same moment, at most, by what was scheduled since."""
        starts = sorted(at for when, at in self.page.evaluate("starts") if since <= when)
        return max((sum(at <= each < at + _MOMENT_SECONDS for each in starts) for at in starts), default=0)

    def forget(self) -> None:
        """Count live notes from now on."""
        self.page.evaluate("edmd.stats.scheduled.length = edmd.stats.late = edmd.stats.dropped = 0")

    @property
    def notes(self) -> list[tuple[float, float]]:
        """When each live note sounds, in the audio's own time, and at which beat."""
        return [(row["at"], row["beat"]) for row in self.page.evaluate("edmd.stats.scheduled")]

    @property
    def beats_at_once(self) -> float:
        """Over how many beats the live notes of one moment reach, at most: much where late ones come in a burst."""
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
