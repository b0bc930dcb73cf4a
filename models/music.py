"""The music that readers return and exporters accept: parts, tempo map, metres, keys and markers."""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from models.effects import EFFECTS
from models.notes import BEATS_PER_BAR, PULSES_PER_BEAT
from models.take import Key


class Sound(NamedTuple):
    """One note of a part: `pulse` and `length` in pulses, `pitch` and `velocity` as in MIDI."""

    pulse: int
    length: int
    pitch: int
    velocity: int


class Metre(NamedTuple):
    """A time signature from `pulse` on. A new bar begins there, even if the bar before is not complete.

    After a short bar, such as an upbeat, the same metre is therefore given again.
    """

    pulse: int
    beats: int
    unit: int

    @property
    def bar_pulses(self) -> int:
        """The length of one bar."""
        return self.beats * PULSES_PER_BEAT * 4 // self.unit


class Part(NamedTuple):
    """The notes of one instrument. `channel` is 1 to 16; `program` is 0 to 127 and applies at the first note.

    `controls` are (pulse, MIDI message): controllers, bends, pressure and later programs, in order. `notes` are in
    order; notes of one pitch may overlap.
    """

    name: str
    channel: int
    program: int
    notes: tuple[Sound, ...]
    controls: tuple[tuple[int, bytes], ...] = ()
    is_drums: bool = False


@dataclass(frozen=True)
class Music:
    """Finished music. `tempos` are (pulse, BPM), `markers` (pulse, text), `keys` (pulse, key), each in order.

    It ends at `end_pulse`. Without `keys` the key is not known. The first metre is at pulse 0. `remarks` describe what
    a reader ignored or repaired in the file.
    """

    title: str
    parts: tuple[Part, ...]
    tempos: tuple[tuple[int, float], ...]
    markers: tuple[tuple[int, str], ...]
    end_pulse: int
    metres: tuple[Metre, ...] = (Metre(0, BEATS_PER_BAR, 4),)
    keys: tuple[tuple[int, Key], ...] = ()
    remarks: tuple[str, ...] = ()

    def without_effects(self) -> "Music":
        """Return the music without the part of edmd's risers and impacts, which are no notes to read or to learn from."""
        if all(part.name != EFFECTS for part in self.parts):
            return self
        return replace(self, parts=tuple(part for part in self.parts if part.name != EFFECTS))

    def tempo_map(self) -> list[tuple[int, float]]:
        """Return (pulse, seconds) of the beginning, each tempo change and the end. The tempo is 120 BPM at first."""
        points, tempo_now = [(0, 0.0)], 120.0
        for pulse, tempo in (*self.tempos, (self.end_pulse, 0.0)):
            before, seconds = points[-1]
            points.append((pulse, seconds + (pulse - before) * 60 / (tempo_now * PULSES_PER_BEAT)))
            tempo_now = tempo
        return points

    @property
    def seconds(self) -> float:
        """The duration."""
        return self.tempo_map()[-1][1]

    @property
    def bars(self) -> int:
        """The number of bars; a last bar that is not complete counts."""
        ends = (*(metre.pulse for metre in self.metres[1:]), self.end_pulse)
        spans = zip(self.metres, ends, strict=True)
        return sum(-(-max(end - metre.pulse, 0) // metre.bar_pulses) for metre, end in spans)

    def bar_lines(self) -> list[int]:
        """Return the pulses of all bar lines. The first is 0, the last is at or after the end."""
        lines = [0]
        for metre, following in pairwise(self.metres):
            while lines[-1] < following.pulse:
                lines.append(min(lines[-1] + metre.bar_pulses, following.pulse))
        while lines[-1] < self.end_pulse:
            lines.append(lines[-1] + self.metres[-1].bar_pulses)
        return lines
