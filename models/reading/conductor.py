"""The meta events that apply to all parts of a MIDI file: tempo, metre, key, markers.

Impossible values are ignored and listed in the remarks.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, TypeVar

from models.music import Metre, Music
from models.notes import PULSES_PER_BEAT, PULSES_PER_TICK
from models.reading.text import decoded
from models.take import Key

_MARKER, _TEMPO, _METRE, _KEY = 0x06, 0x51, 0x58, 0x59
_NAMES: Final = {_TEMPO: "tempo", _METRE: "time signature", _KEY: "key signature"}
_MICROSECONDS_A_MINUTE: Final = 60_000_000
# Beats down to a 64th note, bars from a sixteenth to 16 whole notes. Other metres are taken for errors.
_SMALLEST_UNIT: Final = 6
_LONGEST_BAR_PULSES: Final = 64 * PULSES_PER_BEAT
# A metre this near to a bar line begins on the bar line, because files round times.
_NEAR_PULSES: Final = PULSES_PER_BEAT // 16
_MOST_SHARPS: Final = 7
_COMMON_TIME: Final = Metre(0, 4, 4)

Value = TypeVar("Value")


@dataclass
class Conductor:
    """Collects meta events in the order of the file. If several of a kind fall on one pulse, the last one counts."""

    remarks: list[str] = field(default_factory=list)
    _tempos: list[tuple[int, float]] = field(default_factory=list)
    _metres: list[Metre] = field(default_factory=list)
    _keys: list[tuple[int, Key]] = field(default_factory=list)
    _markers: list[tuple[int, str]] = field(default_factory=list)
    _ignored: dict[int, list[str]] = field(default_factory=dict)

    def hear(self, pulse: int, kind: int, payload: bytes) -> None:
        """Add one meta event. Other kinds than marker, tempo, metre and key are ignored."""
        match kind:
            case 0x06:
                self._markers.append((pulse, decoded(payload)))
            case 0x51 if len(payload) == 3 and any(payload):
                tempo = _MICROSECONDS_A_MINUTE / int.from_bytes(payload, "big")
                self._tempos.append((pulse, tempo))
            case 0x58 if metre := _metre(pulse, payload):
                self._metres.append(metre)
            case 0x59 if key := _key(payload):
                self._keys.append((pulse, key))
            case 0x51 | 0x58 | 0x59:
                self._ignored.setdefault(kind, []).append(payload[:4].hex(" ") or "empty")

    def music(self, title: str, end_pulse: int) -> Music:
        """Return the collected tempos, metres, keys and markers as music without parts."""
        ignored = [
            f"{len(payloads)} impossible {_NAMES[kind]} ({', '.join(payloads[:3])}) ignored"
            for kind, payloads in sorted(self._ignored.items())
        ]
        return Music(
            title,
            (),
            _changes(self._tempos),
            tuple(sorted(self._markers, key=lambda marker: marker[0])),
            end_pulse,
            _bars(self._metres, end_pulse),
            _changes(self._keys),
            (*self.remarks, *ignored),
        )


def _metre(pulse: int, payload: bytes) -> Metre | None:
    if len(payload) != 4 or not payload[0] or payload[1] > _SMALLEST_UNIT:
        return None
    metre = Metre(pulse, payload[0], 1 << payload[1])
    return metre if PULSES_PER_TICK <= metre.bar_pulses <= _LONGEST_BAR_PULSES else None


def _key(payload: bytes) -> Key | None:
    if len(payload) != 2 or payload[1] > 1:
        return None
    sharps = int.from_bytes(payload[:1], "big", signed=True)
    return Key(sharps, bool(payload[1])) if abs(sharps) <= _MOST_SHARPS else None


def _changes(entries: Iterable[tuple[int, Value]]) -> tuple[tuple[int, Value], ...]:
    """Return the last value of each pulse, without repetitions: every track may state the same value."""
    changes: list[tuple[int, Value]] = []
    for pulse, value in sorted(dict(entries).items()):
        if not changes or changes[-1][1] != value:
            changes.append((pulse, value))
    return tuple(changes)


def _bars(metres: Iterable[Metre], end_pulse: int) -> tuple[Metre, ...]:
    """Return the metres in order, the first at pulse 0: 4/4 until the file states another.

    A metre that repeats the one before it, on one of its bar lines, is left out.
    """
    changes = [_COMMON_TIME]
    for metre in sorted({each.pulse: each for each in metres}.values()):
        pulse = _snapped(metre.pulse, changes[-1])
        if pulse and pulse >= end_pulse:
            break
        if pulse == changes[-1].pulse:
            changes[-1] = metre._replace(pulse=pulse)
        elif metre[1:] != changes[-1][1:] or (pulse - changes[-1].pulse) % changes[-1].bar_pulses:
            changes.append(metre._replace(pulse=pulse))
    return tuple(changes)


def _snapped(pulse: int, before: Metre) -> int:
    """Return the nearest bar line of the metre `before` if `pulse` is close to it, else `pulse` itself."""
    past = (pulse - before.pulse) % before.bar_pulses
    if past <= _NEAR_PULSES:
        return pulse - past
    missing = before.bar_pulses - past
    return pulse + missing if missing <= _NEAR_PULSES else pulse
