"""The notes, sections and chords of a deck's last bars, for a page that is opened later."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from models.notes import BEATS_PER_BAR, VOICES

KEPT_BARS: Final = 64
# About twice as many as 64 dense bars have. A note takes some 200 bytes.
_MOST_NOTES: Final = 8192
Row = list[Any]


@dataclass
class PlayedBars:
    """What was played in the last `KEPT_BARS` bars.

    A row of a note is [beat, end or None while it sounds, voice, pitch, velocity], one of a bar [bar, section, chords].
    """

    _notes: deque[Row] = field(default_factory=lambda: deque(maxlen=_MOST_NOTES))
    _bars: deque[Row] = field(default_factory=lambda: deque(maxlen=KEPT_BARS))
    _open: dict[tuple[str, int], Row] = field(default_factory=dict)

    def store(self, topic: str, body: Mapping[str, Any]) -> None:
        """Take in a message; only those of `note` and `tick` count."""
        if topic == "note":
            self._note(body)
        elif topic == "tick":
            self._tick(body)

    def rows(self) -> dict[str, list[Row]]:
        """Return copies of the rows of notes and bars, the oldest first."""
        first = self._bars[0][0] * BEATS_PER_BAR if self._bars else 0
        return {
            "notes": [[*note] for note in self._notes if note[0] >= first],
            "bars": [[*bar] for bar in self._bars],
        }

    def _note(self, body: Mapping[str, Any]) -> None:
        voice, pitch, beat = body.get("voice"), body.get("pitch"), body.get("beat")
        if voice not in VOICES or not isinstance(pitch, int) or not isinstance(beat, int | float):
            return
        held = self._open.pop((voice, pitch), None)
        if held is not None:
            held[1] = max(beat, held[0])
        if body.get("type") == "on":
            note = self._open[voice, pitch] = [beat, None, voice, pitch, body.get("velocity")]
            self._notes.append(note)

    def _tick(self, body: Mapping[str, Any]) -> None:
        bar, plan = body.get("bar"), body.get("plan") or {}
        if not isinstance(bar, int):
            return
        if self._bars and bar < self._bars[-1][0]:  # the music began again, or jumped back
            self._notes.clear()
            self._bars.clear()
            self._open.clear()
        if not self._bars or bar > self._bars[-1][0]:
            self._bars.append([bar, "", []])
        last = self._bars[-1]
        last[1] = body.get("section") or last[1]
        last[2] = plan.get("chords") or last[2]
