"""The arc of a set: waves of fullness, later drops as full as the first, even steps of energy, an opening that holds."""

from itertools import pairwise

import pytest

from daemon.music.arranging.barplan import BarPlan
from daemon.music.arranging.set_form import EPOCH_BARS, Section, wave
from daemon.parameters import Parameters, change
from models.codecs import percussion
from tests.daemon.music.planning import HITS, PURE, plans, set_form

# About how many onsets a bar each level of a voice has.
ONSETS = (0, 2, 4, 6, 10, 14)
PARTS = [part.name for part in percussion.LAYOUT.parts]


def hits(found: list[BarPlan]) -> dict[str, float]:
    """The planned hits a bar of each part of the kit, and the onsets of each voice."""
    rows = {
        part: sum(HITS[level] for plan in found for level in plan.drums[start:stop])
        for part, (start, stop) in zip(PARTS, percussion.LAYOUT.part_ranges, strict=True)
    }
    for voice, name in enumerate(("bass", "chords", "lead")):
        rows[name] = sum(ONSETS[plan.voices[voice]] for plan in found)
    return {name: total / len(found) for name, total in rows.items()}


@pytest.mark.parametrize("section", ["auto", "drop", "break"])
def test_no_step_of_energy_moves_a_part_by_more_than_two_hits_a_bar(section: str) -> None:
    base = change(PURE, {"section": section})
    steps = [
        hits([p for seed in range(6) for p in plans(seed, 128, change(base, {"energy": step / 20}))])
        for step in range(21)
    ]
    moved = {name: max(abs(b[name] - a[name]) for a, b in pairwise(steps)) for name in steps[0]}
    assert max(moved.values()) <= 2, moved


def drops_of(seed: int) -> list[list[Section]]:
    """The drops of each whole track."""
    tracks: dict[int, list[Section]] = {}
    for section in set_form(seed, 1024):
        if section.name == "drop":
            tracks.setdefault(section.track, []).append(section)
    return list(tracks.values())[:-1]


def levels(plan: BarPlan) -> int:
    """The sum of the levels of the drums without crashes, which only mark a beginning."""
    return sum(plan.drums) - plan.drums[percussion.DRUMS.index("crash")]


def test_a_later_drop_has_the_first_ones_plan_and_more_drums() -> None:
    fuller = []
    for seed in range(4):
        found = plans(seed, 1024, PURE)
        for first, *later in drops_of(seed):
            for drop in later:
                assert drop.origin == first.start_bar
                pairs = [
                    (found[first.start_bar + bar], found[drop.start_bar + bar])
                    for bar in range(min(first.bars, drop.bars) - 1)
                ]
                assert all(old.voices == new.voices for old, new in pairs)
                if pairs[0][0].four_on_the_floor:
                    fuller.append(sum(levels(new) - levels(old) for old, new in pairs))
    assert min(fuller) >= 0
    assert sum(more > 0 for more in fuller) / len(fuller) > 0.9


def test_tracks_rise_and_fall_in_waves() -> None:
    waves = [wave(track) for track in range(12)]
    assert waves[0] == 0
    assert max(waves) > 0.8
    assert min(waves) < -0.8
    energy: dict[bool, list[float]] = {True: [], False: []}
    for seed in range(3):
        sections = {s.start_bar: s for s in set_form(seed, EPOCH_BARS)}
        for start, section in sections.items():
            if section.name == "drop" and wave(section.track):
                energy[wave(section.track) > 0].append(plans(seed, 1, PURE, start)[0].energy)
    high, low = (sum(energy[side]) / len(energy[side]) for side in (True, False))
    assert high > low + 0.05


@pytest.mark.parametrize("seed", range(10))
def test_the_first_eight_bars_hold_a_listener(seed: int) -> None:
    found = plans(seed, 8, Parameters())
    assert all(plan.voices[1] for plan in found)
    assert all(plan.voices[2] for plan in found[4:])
