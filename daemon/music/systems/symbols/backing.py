"""Bass and chords beside a system that lacks them: chords found for its melody, played by the figures of `pattern`."""

from collections.abc import Iterable, Sequence
from typing import Final

from daemon.music.arranging.barplan import BarPlan
from daemon.music.systems.pattern.tune import sounds
from daemon.music.systems.played import NOTHING, Played, of_sounds
from daemon.music.systems.symbols.harmonise import chords_of
from daemon.music.systems.system import Cue
from models.notes import PULSES_PER_BAR, Note, Voice

_BACKING: Final[tuple[Voice, ...]] = ("chords", "bass")
NO_ROOT: Final = -1


def missing_voices(own: Sequence[Voice]) -> tuple[Voice, ...]:
    """Return which of bass and chords a system does not play itself."""
    return tuple(voice for voice in _BACKING if voice not in own)


def harmonised(plan: BarPlan, notes: Iterable[Note], bar_pulse: int, before: int) -> BarPlan:
    """Return the plan of the bar at `bar_pulse` with chords for its notes; `before` is the root of the chord before.

    Chords that the notes have themselves decide alone. Without notes in the bar, the plan keeps its own chords.
    """
    end = bar_pulse + PULSES_PER_BAR
    sounding = [note for note in notes if note.pulse < end and note.pulse + note.length > bar_pulse]
    if not sounding:
        return plan
    own = [note for note in sounding if note.voice == "chords"]
    first, second = chords_of(own or sounding, bar_pulse, before)
    return plan._replace(harmony=(first.mask, second.mask), roots=(first.root, second.root))


def backing(seed: int, cue: Cue, voices: Sequence[Voice]) -> Played:
    """Return what some voices play over the harmony of the plan."""
    if not voices:
        return NOTHING
    return of_sounds(tuple(sound for sound in sounds(seed, cue).sounds if sound.voice in voices))
