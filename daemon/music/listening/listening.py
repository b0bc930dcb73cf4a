"""How a deck listens, as a value: a call and its answer in turn, or drums and bass that follow who plays."""

from typing import Literal, NamedTuple

from daemon.music.listening.touch import Touch

Mode = Literal["off", "call", "accompany"]
Phase = Literal["off", "call", "answer", "accompany"]


class Listening(NamedTuple):
    """`start_bar` is the first bar of the first call; calls and answers of `bars` bars each alternate from there on.

    With `once` they end after one answer. `touch` is how somebody played in the bar before, while drums and bass follow it.
    """

    mode: Mode = "off"
    start_bar: int = 0
    bars: int = 2
    once: bool = False
    touch: Touch | None = None

    def phase(self, bar: int) -> Phase:
        """Return what the deck does in a bar."""
        if self.mode != "call":
            return self.mode
        since = bar - self.start_bar
        if since < 0 or (self.once and since >= 2 * self.bars):
            return "off"
        return "call" if since % (2 * self.bars) < self.bars else "answer"

    def restarted(self, bar: int) -> "Listening":
        """Return it for music that begins anew after `bar`; one call that has been answered is over."""
        is_over = self.mode == "call" and self.once and bar - self.start_bar >= 2 * self.bars
        return Listening() if is_over else self._replace(start_bar=0, touch=None)

    def is_answered_at(self, bar: int) -> bool:
        """Return whether an answer begins at a bar."""
        return self.phase(bar) == "answer" and self.phase(bar - 1) == "call"

    def next_turn(self, bar: int) -> int:
        """Return the first bar after `bar` in which the other one plays."""
        return bar + self.bars - max(bar - self.start_bar, 0) % self.bars
