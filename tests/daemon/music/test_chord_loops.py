"""The chord loops of the director: full chords, usual ones, and a bass that carries them."""

from collections.abc import Callable
from itertools import pairwise

import pytest

from daemon.music.arranging.chord_loops import chord_loops_of, full_chord, with_sevenths
from daemon.music.arranging.set_form import EPOCH_BARS
from daemon.music.ensemble.ensemble import Composed
from daemon.parameters import Parameters
from models import bundle
from models.arrangement import Arrangement
from models.chords import Halves, chord_name, halves_of, mask_of
from models.codecs.plan import HARMONY_TICKS
from models.genres import NAMES
from models.notes import PULSES_PER_TICK, TICKS_PER_BAR, TICKS_PER_BEAT
from models.session import choose_provider
from tests.daemon.music.planning import PURE, learned, plans, set_form
from tests.daemon.solo import Solo

C, D, E, F, G, A, B = 0, 2, 4, 5, 7, 9, 11


@pytest.mark.parametrize(
    ("notes", "bass", "chord", "root"),
    [
        ({A, C}, A, (A, "m"), A),  # no fifth
        ({A, E}, A, (A, "m"), A),  # no third: that of the key
        ({F, C}, F, (F, ""), F),
        ({E, A, B}, E, (E, "m"), E),  # suspended
        ({F, A, C, E}, F, (F, "maj7"), F),
        ({G, B, D, F}, G, (G, "7"), G),
        ({E, 8, B}, E, (E, ""), E),  # its own third stays
        ({A, C, E}, C, (A, "m"), C),  # an inversion keeps its bass
        ({C}, -1, (C, ""), C),
    ],
)
def test_a_half_bar_becomes_the_nearest_triad_or_seventh(
    notes: set[int], bass: int, chord: tuple[int, str], root: int
) -> None:
    mask = sum(1 << note for note in notes)
    assert full_chord(mask, bass) == (mask_of(*chord), root)


def test_silence_stays_unstated() -> None:
    assert full_chord(0, -1) == (0, -1)


def test_sevenths_are_those_of_the_key() -> None:
    names = [chord_name(mask, root) for mask, root in with_sevenths(halves_of("i-VI-VII-III"))[::2]]
    assert names == ["Am7", "Fmaj7", "G7", "Cmaj7"]


def drawn_loops(genre: str) -> list[Halves]:
    loops = chord_loops_of(learned())
    return [loops.edm(draw / 500, draw % 7 / 7, 1.0, genre) for draw in range(500)]


def test_low_pace_holds_each_bar_for_two_and_then_leaves_the_first_two_bars() -> None:
    loops = chord_loops_of(learned())
    plain, held, vamp = (loops.edm(0.1, 1.0, pace, "house") for pace in (0.9, 0.1, 0.4))
    assert held == tuple(plain[half] for bar in range(4) for half in 2 * (2 * bar, 2 * bar + 1))
    assert vamp == plain[:4]


@pytest.mark.parametrize("genre", NAMES)
def test_loops_are_triads_or_sevenths_on_roots_of_the_key_and_mostly_different(genre: str) -> None:
    drawn = drawn_loops(genre)
    assert {mask.bit_count() for loop in drawn for mask, _ in loop} == {3, 4}
    assert {root for loop in drawn for _, root in loop} <= {C, D, E, F, G, A}
    assert len(set(drawn)) > 60


def test_each_genre_leans_to_its_own_loops() -> None:
    drawn = {genre: drawn_loops(genre) for genre in NAMES}

    def leader(has: Callable[[Halves], bool]) -> str:
        """The genre in which most loops have something."""
        return max(NAMES, key=lambda genre: sum(map(has, drawn[genre])))

    assert leader(lambda loop: len({root for _, root in loop}) <= 2) == "techno"
    assert leader(lambda loop: all(mask.bit_count() == 4 for mask, _ in loop)) == "deep house"
    assert leader(lambda loop: loop == halves_of("i-VI-III-VII")) == "trance"
    assert leader(lambda loop: [root for _, root in loop][::2] == [A, F, D, G]) == "drum and bass"


def test_chords_of_sets_are_as_usual_in_dance_music() -> None:
    roots = [root for seed in range(16) for plan in plans(seed, 256, PURE) for root in plan.roots]
    assert (roots.count(A) + roots.count(C)) / len(roots) < 0.5
    assert 0.12 < roots.count(F) / len(roots) < 0.3


def test_a_bundle_without_loops_states_no_chords() -> None:
    assert chord_loops_of(Arrangement({})).edm(0.1, 0.1, 0.1, "house") == ((0, -1), (0, -1))


def test_only_the_last_drop_of_a_track_is_lifted_and_by_a_semitone_or_a_tone() -> None:
    lifts = []
    for seed in range(4):
        sections = set_form(seed, EPOCH_BARS)
        for number, (before, section) in enumerate(pairwise(sections), 1):
            if section.track == before.track and section.key != before.key:
                assert section.name == "drop"
                rest = [later.name for later in sections[number + 1 :] if later.track == section.track]
                assert "drop" not in rest
                lifts.append((section.key - before.key) % 12)
    assert set(lifts) == {1, 2}
    assert 0.05 < len(lifts) / sum(set_form(seed, EPOCH_BARS)[-1].track + 1 for seed in range(4)) < 0.25


@pytest.fixture(scope="module")
def solo() -> Solo:
    shipped = bundle.load("edm")
    return Solo(shipped, choose_provider("cpu", shipped.model("melody")), 1)


def test_chords_have_three_notes_and_the_bass_is_one_of_theirs_on_the_beat(solo: Solo) -> None:
    chords: list[int] = []
    inside: list[bool] = []
    planned: list[bool] = []
    for seed in range(6):
        solo.begin(seed, 0)
        ends: dict[int, int] = {}
        for tick in range(64 * 16):
            composed: Composed = solo.step(tick, Parameters(humanize=0.0))
            begun = {
                note.pitch: note.length // PULSES_PER_TICK
                for note in composed.notes
                if note.voice == "chords"
            }
            if begun:
                chords.append(len(begun))
                ends = {pitch: tick + max(length, 1) for pitch, length in begun.items()}
            sounding = {pitch % 12 for pitch, end in ends.items() if end > tick}
            bass = [note.pitch % 12 for note in composed.notes if note.voice == "bass"]
            if tick % TICKS_PER_BEAT == 0 and bass and sounding:
                inside.append(bass[0] in sounding)
                mask = composed.plan.harmony[tick % TICKS_PER_BAR // HARMONY_TICKS]
                planned.append(bool(mask >> (bass[0] - composed.plan.key) % 12 & 1))
    assert sum(chords) / len(chords) > 2.7
    assert sum(planned) / len(planned) > 0.95
    assert sum(inside) / len(inside) > 0.85, (
        "some chords sound without the note of the plan that the bass plays"
    )
