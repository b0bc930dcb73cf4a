"""The places of a bar that a kind of beat awaits, and those that it must not have."""

import pytest

from daemon.music.arranging.barplan import BarPlan
from daemon.music.systems.edm.dance_beats import awaited, pulls, unwanted
from daemon.music.systems.edm.masks import percussion_mask
from models.beats import beats
from models.codecs import percussion
from models.codecs.percussion import DRUMS, LAYOUT
from models.genres import BACKBEAT, FOUR, HALF, KICK, TWO_STEP
from models.notes import TICKS_PER_BAR
from tests.models.test_beats import bar

PARTS = {part.name: number for number, part in enumerate(LAYOUT.parts)}


def plan(beat: int, **levels: int) -> BarPlan:
    return BarPlan("drop", (0, 0), (0, 0, 0), tuple(levels.get(drum, 0) for drum in DRUMS), 0.5, beat=beat)


def places(part: str, told: BarPlan) -> tuple[int, ...]:
    return tuple(tick for tick in range(TICKS_PER_BAR) if PARTS[part] in awaited(tick, told))


@pytest.mark.parametrize(
    ("beat", "kick", "backbeat"),
    [
        (FOUR, (0, 4, 8, 12), (4, 12)),
        (HALF, (0,), (8,)),
        (TWO_STEP, (0, 10), (4, 12)),
        (BACKBEAT, (0, 8), (4, 12)),
        (KICK, (0,), ()),
    ],
)
def test_what_a_beat_awaits_is_that_beat(beat: int, kick: tuple[int, ...], backbeat: tuple[int, ...]) -> None:
    told = plan(beat, kick=1, snare=1)
    assert places("kick", told) == kick
    assert places("backbeat", told) == backbeat
    assert beats(bar(kick=kick, snare=backbeat)).tolist() == [beat]
    for tick in range(TICKS_PER_BAR):
        assert not set(awaited(tick, told)) & set(unwanted(tick, told))


@pytest.mark.parametrize("beat", [HALF, TWO_STEP, BACKBEAT])
def test_what_a_beat_must_not_have_would_make_another_one(beat: int) -> None:
    told = plan(beat, kick=1, snare=1)
    kick, backbeat = places("kick", told), places("backbeat", told)
    for tick in range(TICKS_PER_BAR):
        extra = unwanted(tick, told)
        if PARTS["backbeat"] in extra:
            assert beats(bar(kick=kick, snare=(*backbeat, tick))).tolist() != [beat]
    most = tuple(tick for tick in range(TICKS_PER_BAR) if PARTS["kick"] not in unwanted(tick, told))
    assert beats(bar(kick=most, snare=backbeat)).tolist() == [beat]
    assert kick == tuple(tick for tick in kick if tick in most)


def test_an_unstated_beat_awaits_nothing_and_a_silent_backbeat_is_not_awaited() -> None:
    assert all(not awaited(tick, plan(-1, kick=2, clap=1)) for tick in range(TICKS_PER_BAR))
    assert places("backbeat", plan(FOUR, kick=2)) == ()


def test_open_hats_without_closed_ones_are_on_the_off_beats() -> None:
    only = plan(FOUR, kick=2, open_hat=2)
    assert places("hats", only) == (2, 6, 10, 14)
    assert PARTS["hats"] in unwanted(3, only)
    for other in (plan(FOUR, kick=2, open_hat=2, closed_hat=2), plan(HALF, kick=1, open_hat=2)):
        assert places("hats", other) == ()
        assert all(PARTS["hats"] not in unwanted(tick, other) for tick in range(TICKS_PER_BAR))


def test_a_crash_is_awaited_at_the_start_of_its_bar() -> None:
    assert places("colour", plan(FOUR, kick=2, crash=1)) == (0,)


def test_awaited_hits_are_favoured_and_unwanted_ones_are_not() -> None:
    kick, backbeat = PARTS["kick"], PARTS["backbeat"]
    wanted = pulls((kick,), (backbeat,))
    assert wanted[0] > 0 > wanted[1]
    assert wanted[2:] == (0, 0)
    mask = percussion_mask((False,) * 9, *wanted)
    assert (mask[percussion.LAYOUT.slot_range("kick")][1:] > 0).all()
    for drum in ("snare", "clap"):
        assert (mask[percussion.LAYOUT.slot_range(drum)][1:] < 0).all()
    hats = percussion_mask((False,) * 9, *pulls((PARTS["hats"],)))
    assert (hats[percussion.LAYOUT.slot_range("open_hat")][1:] > 0).all()
    assert not hats[percussion.LAYOUT.slot_range("closed_hat")].any()
