"""Bass and chords beside a system that plays a melody alone."""

import pytest

from daemon.music.arranging.barplan import BarPlan
from daemon.music.ensemble.drive import run
from daemon.music.systems.chance import Chance
from daemon.music.systems.played import NOTHING, Played
from daemon.music.systems.symbols.backing import harmonised, missing_voices
from daemon.music.systems.symbols.symbol_system import SymbolSystem
from daemon.music.systems.system import Cue
from daemon.parameters import Parameters
from models.chords import mask_of
from models.codecs import folk
from models.notes import PULSES_PER_BAR, TICKS_PER_BAR, Note
from tests.daemon.music.systems.chosen_symbols import ChosenSession, Feeds, system_of

PLAN = BarPlan("drop", (0, 0), (3, 3, 4), (2, 0, 1, 2, 2, 0, 0, 0, 1), 0.8)
# Each a bar of broken chords: C, F, G, C.
TUNE = [folk.PITCH + pitch + step for pitch in (60, 65, 67, 60) for step in (0, 4, 7, 4) * 4]
ROOTS = [0, 5, 7, 0]


def singer() -> SymbolSystem:
    def choose(count: int, _: Feeds) -> int:
        return TUNE[count % len(TUNE)]

    return system_of(ChosenSession("folk", choose), "folk")


def bar_of(made: SymbolSystem, bar: int) -> tuple[BarPlan, list[Played]]:
    plan = run(made.plan(bar, PLAN, Parameters()))
    ticks = range(bar * TICKS_PER_BAR, (bar + 1) * TICKS_PER_BAR)
    cues = [Cue(tick, Parameters(), (plan,), plan, Chance().at(1, tick), NOTHING, NOTHING) for tick in ticks]
    return plan, [run(made.compose(cue)) for cue in cues]


def test_the_chords_are_those_of_the_melody() -> None:
    made = singer()
    made.begin(1, 0)
    for bar in range(8):
        plan, played = bar_of(made, bar)
        sounds = [sound for each in played for sound in each.sounds]
        assert len([note for each in played for note in each.timed]) == TICKS_PER_BAR
        if bar == 0:  # the melody was not read ahead yet
            assert plan == PLAN
            assert not sounds
            continue
        root = ROOTS[bar % 4]
        assert plan.roots == (root, root)
        assert {sound.voice for sound in sounds} == {"bass", "chords"}
        chord = mask_of(root, "")
        assert all(chord >> sound.pitch % 12 & 1 for sound in sounds if sound.voice == "chords")


def test_the_backing_goes_on_after_a_restore() -> None:
    made, other = singer(), singer()
    made.begin(1, 0)
    for bar in range(3):
        bar_of(made, bar)
    saved, session = made.save(), made._row.session
    assert isinstance(session, ChosenSession)
    wanted = bar_of(made, 3)
    other.restore(saved)
    other_session = other._row.session
    assert isinstance(other_session, ChosenSession)
    plan, played = bar_of(other, 3)
    assert plan == wanted[0]
    assert [each.sounds for each in played] == [each.sounds for each in wanted[1]]


@pytest.mark.parametrize(
    ("voices", "missing"),
    [
        (("lead",), ("chords", "bass")),
        (("lead", "chords"), ("bass",)),
        (("lead", "chords", "bass"), ()),
    ],
)
def test_only_what_is_missing_is_added(voices: tuple[str, ...], missing: tuple[str, ...]) -> None:
    assert missing_voices(voices) == missing  # type: ignore[arg-type]


def test_chords_of_the_music_decide_alone() -> None:
    lead = [Note(0, PULSES_PER_BAR, "lead", 67, 80)]
    chords = [Note(0, PULSES_PER_BAR, "chords", pitch, 80) for pitch in (57, 60, 64)]
    assert harmonised(PLAN, [*lead, *chords], 0, -1).roots == (9, 9)
    assert harmonised(PLAN, lead, 0, 2).roots == (7, 7)
