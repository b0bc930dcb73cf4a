"""Music as a reader returns it and an exporter takes it: parts, tempo map, metres, keys and markers."""

from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from models.notes import BEATS_PER_BAR, PULSES_PER_BEAT
from models.take import Key


class Sound(NamedTuple):
    """One note of a part: `pulse` and `length` in pulses, `pitch` and `velocity` as in MIDI."""

    pulse: int
    length: int
    pitch: int
    velocity: int


class Metre(NamedTuple):
    """A time signature that holds from `pulse` on, where a bar begins: it cuts short a bar that is not at its end.

    A short bar, such as an upbeat, is followed by the same metre again.
    """

    pulse: int
    beats: int
    unit: int

    @property
    def bar_pulses(self) -> int:
        """Length of one bar."""
        return self.beats * PULSES_PER_BEAT * 4 // self.unit


class Part(NamedTuple):
    """What one instrument plays; `channel` is 1 to 16, `program` 0 to 127, the one of its first note.

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

    It ends at `end_pulse`; without `keys` nobody knows which key it is in. The first metre is at pulse 0. `remarks`
    tell what a reader ignored or mended in the file.
    """

    title: str
    parts: tuple[Part, ...]
    tempos: tuple[tuple[int, float], ...]
    markers: tuple[tuple[int, str], ...]
    end_pulse: int
    metres: tuple[Metre, ...] = (Metre(0, BEATS_PER_BAR, 4),)
    keys: tuple[tuple[int, Key], ...] = ()
    remarks: tuple[str, ...] = ()

    def tempo_map(self) -> list[tuple[int, float]]:
        """(pulse, seconds) of the beginning, each change of tempo, and the end; 120 BPM until the first tempo."""
        points, tempo_now = [(0, 0.0)], 120.0
        for pulse, tempo in (*self.tempos, (self.end_pulse, 0.0)):
            before, seconds = points[-1]
            points.append((pulse, seconds + (pulse - before) * 60 / (tempo_now * PULSES_PER_BEAT)))
            tempo_now = tempo
        return points

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return self.tempo_map()[-1][1]

    @property
    def bars(self) -> int:
        """How many bars it has, the last one begun counted whole."""
        ends = (*(metre.pulse for metre in self.metres[1:]), self.end_pulse)
        spans = zip(self.metres, ends, strict=True)
        return sum(-(-max(end - metre.pulse, 0) // metre.bar_pulses) for metre, end in spans)

    def bar_lines(self) -> list[int]:
        """Pulses of all bar lines, the first 0, the last at or after the end."""
        lines = [0]
        for metre, following in pairwise(self.metres):
            while lines[-1] < following.pulse:
                lines.append(min(lines[-1] + metre.bar_pulses, following.pulse))
        while lines[-1] < self.end_pulse:
            lines.append(lines[-1] + self.metres[-1].bar_pulses)
        return lines
