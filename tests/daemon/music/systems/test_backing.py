"""Bass and chords beside a system that plays a melody alone."""

from collections.abc import Sequence

import pytest

from daemon.music.arranging.barplan import BarPlan
from daemon.music.ensemble.drive import run
from daemon.music.systems.chance import Chance
from daemon.music.systems.played import NOTHING, Played
from daemon.music.systems.symbols.backing import harmonised, missing_voices
from daemon.music.systems.symbols.symbol_system import Pace, SymbolSystem
from daemon.music.systems.system import Cue
from daemon.parameters import Parameters
from models.chords import mask_of
from models.codecs import folk, pop
from models.codecs.sequences import symbols_of
from models.notes import PULSES_PER_BAR, PULSES_PER_TICK, TICKS_PER_BAR, Note
from tests.daemon.music.systems.chosen_symbols import ChosenSession, Feeds, system_of
from tests.daemon.music.systems.symbol_bundles import vocabulary_of

PLAN = BarPlan("drop", (0, 0), (3, 3, 4), (2, 0, 1, 2, 2, 0, 0, 0, 1), 0.8)
# Each a bar of broken chords: C, F, G, C.
TUNE = [folk.PITCH + pitch + step for pitch in (60, 65, 67, 60) for step in (0, 4, 7, 4) * 4]
ROOTS = [0, 5, 7, 0]


# The director's F, where the melody is not known.
DIRECTED = PLAN._replace(harmony=(mask_of(5, ""), mask_of(5, "")), roots=(5, 5))


def singer(system: str = "folk", tune: Sequence[int] = TUNE) -> SymbolSystem:
    def choose(count: int, _: Feeds) -> int:
        return tune[(count - 1) % len(tune)]

    return system_of(ChosenSession(system, choose), system)


def bar_of(made: SymbolSystem, bar: int) -> tuple[BarPlan, list[Played]]:
    plan = run(made.plan(bar, DIRECTED, Parameters()))
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
        # The melody of the first bar was not read ahead yet.
        root = ROOTS[bar % 4] if bar else 5
        assert plan.roots == (root, root)
        assert {sound.voice for sound in sounds} == {"bass", "chords"}
        chord = mask_of(root, "")
        assert all(chord >> sound.pitch % 12 & 1 for sound in sounds if sound.voice == "chords")


@pytest.mark.parametrize(("ahead", "is_followed"), [(3, False), (8, True), (12, True)])
def test_half_a_bar_is_enough_to_find_chords(ahead: int, is_followed: bool) -> None:
    made = singer()
    made._pace = Pace(ahead * PULSES_PER_TICK, 512, 0)
    for bar in range(4):
        plan, played = bar_of(made, bar)
        root = ROOTS[bar] if is_followed and bar else 5
        assert plan.roots == (root, root)
        assert {sound.voice for each in played for sound in each.sounds} == {"bass", "chords"}


def test_a_bar_without_notes_keeps_its_chords() -> None:
    assert harmonised(DIRECTED, [Note(PULSES_PER_BAR, 480, "lead", 60, 80)], 0, 0) == DIRECTED
    later = [Note(0, 480, "lead", 67, 80), Note(PULSES_PER_BAR, 480, "chords", 57, 80)]
    assert harmonised(DIRECTED, later, 0, -1).roots == (7, 7)


def test_a_note_held_over_the_bar_line_counts() -> None:
    broken = [folk.PITCH + 60 + step for step in (0, 4, 7) * 4]
    tied = [folk.PITCH + 69, *[folk.HOLD] * 11]  # from beat 4 to beat 3
    made = singer("folk", [*broken, *tied, *[folk.PITCH + pitch for pitch in (67, 71, 74, 71) * 2]])
    bar_of(made, 0)
    plan, _ = bar_of(made, 1)
    assert plan.harmony[0] >> 9 & 1
    assert plan.roots[1] == 7


def test_a_chord_held_over_the_bar_line_counts() -> None:
    codec = symbols_of(vocabulary_of("pop"))
    assert isinstance(codec, pop.PopCodec)
    c, g = (pop.CHORD + codec.chords.index(chord) for chord in ((0, 4, 7), (2, 7, 11)))
    half = [pop.PITCH + 60, *[pop.NOTHING] * 7]
    made = singer("pop", [*half, c, *half, *half, g, *half])  # each from beat 3 to beat 3
    bar_of(made, 0)
    assert [bar_of(made, bar)[0].roots for bar in (1, 2)] == [(0, 7), (7, 0)]


def test_a_note_held_over_the_bar_line_is_played_once() -> None:
    made = singer("folk", [folk.PITCH + 60, *[folk.HOLD] * 11])
    onsets = [
        tick for bar in range(3) for tick, each in enumerate(bar_of(made, bar)[1], 16 * bar) if each.timed
    ]
    assert onsets == [0, 12, 24, 36]


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
