"""Crescendos in builds: louder towards the drop, by voice, and nothing elsewhere."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest

from daemon.music.arranging.barplan import BarPlan
from daemon.music.ensemble.articulation import drum_notes, melodic_notes, on_tick
from daemon.music.ensemble.crescendo import rise_of, swell_of_drum, swell_of_voice
from daemon.parameters import Parameters
from models.codecs.melody import Sound
from models.codecs.percussion import DRUMS, Hit
from models.notes import MELODIC_VOICES, TICKS_PER_BAR
from tests.daemon.music.planning import FREE, PURE, plans

BARS = 8
CALM = np.zeros(40, np.float32)
PLAIN = Parameters(humanize=0.0)
CHORD = [Sound("bass", 36, 4), Sound("chords", 60, 8), Sound("lead", 76, 2)]
HITS = [Hit(drum, 1.0) for drum in range(len(DRUMS))]


def plan(bar: int, section: str = "build", follows: str = "drop") -> BarPlan:
    left, before = (BARS - 1 - bar, bar) if follows else (0, 0)
    return BarPlan(
        section, (0, 0), (3, 3, 3), (2,) * 9, 0.5, bars_left=left, bars_before=before, next_section=follows
    )


def loudness(tick: int, now: BarPlan) -> list[int]:
    """The velocities of bass, chords, lead and each drum at a tick of the same place in its bar."""
    rise = rise_of(now, tick)
    tune = melodic_notes(tick, map(on_tick, CHORD), PLAIN, 0.5, CALM, rise=rise)
    return [note.velocity for note in (*tune, *drum_notes(tick, HITS, PLAIN, 0.5, CALM, rise=rise))]


def gains(loud: Sequence[int], soft: Sequence[int]) -> dict[str, float]:
    return dict(
        zip(("bass", "chords", "lead", *DRUMS), (a / b for a, b in zip(loud, soft, strict=True)), strict=True)
    )


def test_a_build_rises_from_its_first_tick_to_its_last() -> None:
    rises = [
        rise_of(plan(bar), bar * TICKS_PER_BAR + tick) for bar in range(BARS) for tick in range(TICKS_PER_BAR)
    ]
    assert rises == [number / (BARS * TICKS_PER_BAR) for number in range(BARS * TICKS_PER_BAR)]


def test_every_voice_grows_louder_and_no_bar_is_softer_than_the_one_before() -> None:
    bars = [loudness(bar * TICKS_PER_BAR, plan(bar)) for bar in range(BARS)]
    for voice in zip(*bars, strict=True):
        assert list(voice) == sorted(voice)
        assert voice[-1] > voice[0]


def test_the_rolls_grow_most_and_the_kick_least() -> None:
    grown = gains(loudness(BARS * TICKS_PER_BAR - 1, plan(BARS - 1)), loudness(TICKS_PER_BAR - 1, plan(0)))
    rolls = {grown[drum] for drum in ("snare", "clap", "tom")}
    assert min(rolls) > max(value for name, value in grown.items() if name not in ("snare", "clap", "tom"))
    assert grown["kick"] == min(grown.values())


@pytest.mark.parametrize(("section", "follows"), [("drop", "break"), ("free", ""), ("build", "")])
def test_nothing_changes_elsewhere_and_in_builds_without_end(section: str, follows: str) -> None:
    assert rise_of(plan(3, section, follows), 3 * TICKS_PER_BAR) is None
    assert {swell_of_voice(voice, None) for voice in MELODIC_VOICES} == {1.0}
    assert {swell_of_drum(drum, None) for drum in range(len(DRUMS))} == {1.0}


def test_the_director_says_how_far_a_section_has_come() -> None:
    on = plans(7, 96, PURE)
    for before, after in pairwise(on):
        goes_on = after.section == before.section and before.bars_left
        assert after.bars_before == (before.bars_before + 1 if goes_on else 0)
    assert any(rise_of(each, 0) for each in on)
    assert {rise_of(each, 0) for each in plans(7, 96, FREE)} == {None}
