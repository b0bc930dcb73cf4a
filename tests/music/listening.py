"""`python -m tests.music.listening`: how well calls are answered, in their key and their rhythm.

Calls of two bars by rule, in every key and many rhythms, are played into a deck in virtual time. Beside the answers stand
the same bars of the same sets to which nobody plays.
"""

import sys
from collections.abc import Iterator, Sequence
from random import Random
from typing import Final, NamedTuple

import click
import numpy as np

from daemon.parameters import Parameters
from models import bundle as bundles
from models.notes import PULSES_PER_TICK, TICKS_PER_BAR, Note, Voice
from models.scales import MODES
from models.session import Provider
from tests.daemon.composer.room import Room, Strike
from tests.daemon.solo import Solo

CALL_BARS: Final = 2
_BEFORE_BARS: Final = 3
_TICKS: Final = CALL_BARS * TICKS_PER_BAR
_RHYTHMS: Final = (
    (0, 3, 6, 8, 11, 14), (0, 4, 6, 8, 12, 14), (0, 2, 3, 8, 10, 11), (2, 6, 10, 14), (0, 6, 12), (0, 1, 4, 7, 8, 12, 15),
    (0, 8, 10, 12), (4, 6, 7, 12, 14), (0, 3, 4, 7, 8, 11, 12, 15), (0, 5, 10),
)  # fmt: skip


class Call(NamedTuple):
    """A melody of two bars in a key, with ticks from 0."""

    classes: frozenset[int]
    strikes: tuple[Strike, ...]

    def at(self, tick: int) -> list[Strike]:
        """Return it at a tick of the music."""
        return [(tick + each[0], *each[1:]) for each in self.strikes]

    @property
    def onsets(self) -> set[int]:
        """The ticks at which it strikes."""
        return {each[0] for each in self.strikes}


class Likeness(NamedTuple):
    """The mean likeness of rhythms (0 to 1: shared onsets among all) and the share of notes in the key of the call."""

    rhythm: float
    in_key: float


def calls(count: int) -> Iterator[Call]:
    """Yield melodies that wander over a scale, and begin and end on its tonic."""
    for number in range(count):
        random = Random(number)
        tonic, mode = number * 5 % 12, ("minor", "major")[number % 2]
        steps = [tonic + octave + step for octave in (48, 60, 72) for step in MODES[mode]]
        rhythm = [bar * TICKS_PER_BAR + tick for bar in range(CALL_BARS) for tick in random.choice(_RHYTHMS)]
        place, strikes = 7, list[Strike]()
        for tick, after in zip(rhythm, [*rhythm[1:], _TICKS], strict=True):
            is_edge = tick == rhythm[0] or after == _TICKS
            place = 7 if is_edge else min(max(place + random.choice((-2, -1, -1, 1, 1, 2)), 3), 15)
            strikes.append((tick, max(after - tick - 1, 1), steps[place], random.randint(70, 110)))
        yield Call(frozenset((tonic + step) % 12 for step in MODES[mode]), tuple(strikes))


def answered(solo: Solo, call: Call, seed: int, voice: Voice = "lead") -> tuple[Likeness, Likeness]:
    """Return how like the call its answer is, and the same bars of the set to which nobody plays."""
    likeness = []
    for is_played in (True, False):
        solo.begin(seed, 0)
        first = _BEFORE_BARS * TICKS_PER_BAR
        room = Room(solo, Parameters(), call.at(first) if is_played else ())
        room.play(first - 4)
        if is_played:
            room.listen("call", CALL_BARS)
        room.play(4 + _TICKS)
        likeness.append(likeness_of(room.bars(CALL_BARS), call, first + _TICKS, voice))
        room.deck.close()
    return likeness[0], likeness[1]


def likeness_of(notes: Sequence[Note], call: Call, first_tick: int, voice: Voice) -> Likeness:
    """Return how like a call the notes of a voice are, and all melodic notes in its key."""
    own = {note.pulse // PULSES_PER_TICK - first_tick for note in notes if note.voice == voice}
    tune = [note for note in notes if note.voice != "drums"]
    shared = len(own & call.onsets) / max(len(own | call.onsets), 1)
    return Likeness(shared, sum(note.pitch % 12 in call.classes for note in tune) / max(len(tune), 1))


def measured(solo: Solo, count: int) -> tuple[list[Likeness], list[Likeness]]:
    """Return the likeness of the answers, and of the same music to which nobody plays."""
    pairs = [answered(solo, call, seed) for seed, call in enumerate(calls(count))]
    return [each[0] for each in pairs], [each[1] for each in pairs]


def main() -> None:
    """Print the figures of some calls: 40, or as many as the first argument says."""
    count = int(sys.argv[1]) if sys.argv[1:] else 40
    answers, plain = measured(Solo(bundles.load("edm"), Provider("CPUExecutionProvider", "a test"), 0), count)
    click.echo(f"{count} calls of {CALL_BARS} bars, bundle edm")
    for name, rows in (("answered", answers), ("nobody plays", plain)):
        rhythm, key = np.array(rows).T.mean(axis=1)
        click.echo(f"{name:>13}: rhythm likeness {rhythm:.2f}, notes in the key of the call {key:.2f}")
    better = np.mean([one.rhythm > other.rhythm for one, other in zip(answers, plain, strict=True)])
    click.echo(f"the answer's rhythm is more like the call than unprimed music in {better:.0%} of the calls")


if __name__ == "__main__":
    main()
