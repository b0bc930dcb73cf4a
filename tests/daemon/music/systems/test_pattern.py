"""The system `pattern`: rhythms, drums by the plan, music over the harmony, and its place in a deck."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.composer.assembly import start
from daemon.composer.offline.offline import perform
from daemon.config import load_config
from daemon.music.arranging.barplan import BarPlan
from daemon.music.deck.operations import SwapModel, describe
from daemon.music.ensemble.drive import run
from daemon.music.ensemble.lineup import Place, Source, lineup_of, whole
from daemon.music.systems.chance import Chance
from daemon.music.systems.pattern import Memory, build
from daemon.music.systems.pattern.rhythm import euclidean
from daemon.music.systems.played import NOTHING, Played
from daemon.music.systems.system import Cue, Networks, Part
from daemon.parameters import Parameters, change
from models import bundle as bundles
from models.codecs import melody, percussion
from models.codecs.percussion import DRUMS
from models.codecs.plan import DRUM_BOUNDS
from models.notes import PULSES_PER_BEAT, TICKS_PER_BAR, Note
from tests.daemon.playback import CPU, loud
from tests.daemon.solo import Solo
from tests.training import tiny

KICK, SNARE, CLAP, TOM = (DRUMS.index(name) for name in ("kick", "snare", "clap", "tom"))
FULL = BarPlan(
    "drop", (0b1000_1001_0001, 0b0010_0010_0001), (3, 3, 4), (2, 0, 1, 2, 2, 0, 0, 0, 1), 0.8, (0, 5)
)


def bar_of(part: Part, plan: BarPlan, bar: int = 0, seed: int = 1, **parameters: float) -> list[Played]:
    system, chance = build(part, Networks()), Chance()
    system.begin(seed, 0)
    settings = change(Parameters(), {name.replace("__", "."): value for name, value in parameters.items()})
    ticks = range(bar * TICKS_PER_BAR, (bar + 1) * TICKS_PER_BAR)
    cues = (Cue(t, settings, (plan,), plan, chance.at(seed, t), NOTHING, NOTHING) for t in ticks)
    return [run(system.compose(cue)) for cue in cues]


def places(bar: list[Played], drum: int) -> list[int]:
    return [place for place, played in enumerate(bar) if drum in {hit.drum for hit in played.hits}]


@pytest.mark.parametrize(
    ("hits", "ticks"),
    [(4, [0, 4, 8, 12]), (3, [0, 6, 11]), (5, [0, 4, 7, 10, 13]), (0, []), (16, [*range(16)])],
)
def test_a_euclidean_rhythm_is_spread_evenly(hits: int, ticks: list[int]) -> None:
    assert sorted(euclidean(hits)) == ticks


@given(st.integers(1, 16), st.integers(0, 15))
def test_gaps_of_a_euclidean_rhythm_differ_by_one_at_most(hits: int, rotation: int) -> None:
    ticks = sorted(euclidean(hits, rotation))
    gaps = [
        (b - a) % TICKS_PER_BAR or TICKS_PER_BAR for a, b in zip(ticks, [*ticks[1:], ticks[0]], strict=True)
    ]
    assert len(ticks) == hits
    assert max(gaps) - min(gaps) <= 1


@pytest.mark.parametrize("seed", range(5))
def test_four_on_the_floor_has_a_kick_on_every_beat_and_claps_on_two_and_four(seed: int) -> None:
    for bar in range(8):
        music = bar_of("percussion", FULL, bar, seed, repetition=0.0)
        assert places(music, KICK) == [0, 4, 8, 12]
        assert [place for place in places(music, CLAP) if place in (4, 12)] == [4, 12]
        assert not places(music, SNARE)


@given(st.lists(st.integers(0, 3), min_size=9, max_size=9), st.integers(0, 99), st.floats(0.05, 3.0))
def test_a_drum_has_about_as_many_hits_as_its_level_says(
    levels: list[int], seed: int, temperature: float
) -> None:
    plan = FULL._replace(drums=tuple(levels))
    music = bar_of("percussion", plan, seed=seed, percussion__temperature=temperature)
    for drum, level in enumerate(levels):
        count = len(places(music, drum))
        if level == 0:
            assert count == 0
        elif DRUMS[drum] != "crash":
            assert count >= DRUM_BOUNDS[level - 1]
            assert level == 3 or count < DRUM_BOUNDS[level]


def test_a_section_ends_with_a_fill() -> None:
    music = bar_of("percussion", FULL._replace(next_section="break", bars_left=0), 7)
    assert all({hit.drum for hit in played.hits} & {SNARE, TOM} for played in music[12:])
    assert places(music, KICK) == [0, 4, 8, 12]


def test_full_repetition_loops_and_none_varies() -> None:
    def different(repetition: float) -> int:
        bars = [bar_of("percussion", FULL, bar, repetition=repetition) for bar in range(8)]
        return len({str(bar) for bar in bars})

    assert different(1.0) == 1
    assert different(0.0) > 3


@given(
    st.integers(0, 4095),
    st.integers(-1, 11),
    st.tuples(*[st.integers(0, 5)] * 3),
    st.integers(0, 4),
    st.integers(0, 4),
)
def test_notes_fit_the_harmony_and_the_codec(
    harmony: int, root: int, voices: tuple[int, int, int], register: int, thickness: int
) -> None:
    plan = FULL._replace(
        harmony=(harmony, harmony), roots=(root, root), voices=voices, register=register, thickness=thickness
    )
    music = bar_of("melody", plan)
    played = [sound for tick in music for sound in tick.sounds]
    levels = dict(zip(("bass", "chords", "lead"), voices, strict=True))
    assert {sound.voice for sound in played} == {voice for voice, level in levels.items() if level}
    for sound in played:
        assert 1 <= sound.length <= TICKS_PER_BAR
        register_of = next(each for each in melody.REGISTERS if each.voice == sound.voice)
        assert register_of.low <= sound.pitch <= register_of.high
        if harmony and sound.voice != "bass":
            assert harmony >> sound.pitch % 12 & 1


def _notes(solo: Solo, percussion_source: str, melody_source: str = "", bars: int = 8) -> list[Note]:
    parts: dict[Place, Source] = {}
    if percussion_source:
        parts["percussion"] = Source(percussion_source)
    if melody_source:
        parts["melody"] = Source(melody_source)
    lineup = lineup_of(solo.source, parts)
    deck = solo.deck(loud(humanize=0.0), lineup=lineup)
    return list(perform(deck, bars).notes)


@pytest.fixture(scope="module")
def solo(tmp_path_factory: pytest.TempPathFactory) -> Solo:
    folder: Path = tiny.write(tmp_path_factory.mktemp("models") / "tiny")
    return Solo(bundles.load(str(folder)), CPU, 1)


def test_it_plays_drums_beside_an_lstm_and_the_lstm_plays_on(solo: Solo) -> None:
    both, own = _notes(solo, "pattern"), _notes(solo, "")
    kicks = {note.pulse for note in both if note.pitch == percussion.PITCHES[KICK] and note.voice == "drums"}
    assert {beat * PULSES_PER_BEAT for beat in range(16)} <= kicks | {0}
    assert {note.voice for note in both} - {"drums"} == {note.voice for note in own} - {"drums"}


def test_it_plays_everything(solo: Solo) -> None:
    assert {note.voice for note in _notes(solo, "pattern", "pattern", 16)} == {
        "bass",
        "chords",
        "lead",
        "drums",
    }


def test_swapped_in_live_it_plays_what_it_plays_from_there_on_and_the_melody_stays(solo: Solo) -> None:
    parameters = loud(humanize=0.0)
    straight, swapped = solo.deck(parameters), solo.deck(parameters)
    swapped.accept(SwapModel({"percussion": Source("pattern")}), 20)
    before = [run(straight.compose()) for _ in range(64)]
    after = [run(swapped.compose()) for _ in range(64)]
    assert [each.composed for each in before[:32]] == [each.composed for each in after[:32]]
    assert before[32:] != after[32:]
    first_bar = [n for each in after[32:48] for n in each.composed.notes if n.voice == "drums"]
    assert first_bar
    assert isinstance(swapped.state(64).music.systems[1], Memory)


@pytest.mark.parametrize(
    ("words", "melody_name", "percussion_name"),
    [
        (("play.model=pattern",), "pattern", "pattern"),
        (("model.percussion=pattern",), "edm", "pattern"),
        (("model.melody=pattern", "play.model=edm"), "pattern", "edm"),
    ],
)
def test_the_configuration_selects_it(words: tuple[str, ...], melody_name: str, percussion_name: str) -> None:
    begun = start(load_config(overrides=(*words, "play.provider=cpu"), environ={}), 3)
    assert begun.lineup.plan.name == "edm"
    assert (begun.lineup.melody.name, begun.lineup.percussion.name) == (melody_name, percussion_name)


def test_what_waits_is_described_by_its_part() -> None:
    source = Source("pattern")
    assert describe(SwapModel({"percussion": source})) == {
        "what": "model",
        "model": "pattern",
        "part": "percussion",
    }
    both: dict[Place, Source] = {"melody": source, "percussion": source}
    assert (
        describe(SwapModel(both))
        == describe(SwapModel(whole(source)))
        == {"what": "model", "model": "pattern"}
    )
