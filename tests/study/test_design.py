"""The order of clips is balanced: places, followers, rotations, for any number of sources and clips."""

from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.study.design import CHECK, asked_numbers, clip_order, clip_places, screens, williams
from daemon.study.study import SCALES, Clip, Study

SOURCES = st.integers(2, 8)
CLIPS = st.integers(1, 6)


def study_of(sources: int, clips: int, seed: int = 1) -> Study:
    named = {
        f"source {source}": tuple(
            Clip(f"{source * 100 + clip:016x}.mp3", "a.mid", 0) for clip in range(clips)
        )
        for source in range(sources)
    }
    return Study(1, "id", seed, 30.0, -16.0, "synth", named)


@pytest.mark.parametrize("count", range(2, 9))
def test_a_williams_design_balances_places_and_followers(count: int) -> None:
    rows = williams(count)
    assert len(rows) == (count if count % 2 == 0 else 2 * count)
    assert all(sorted(row) == list(range(count)) for row in rows)
    places = Counter((place, each) for row in rows for place, each in enumerate(row))
    followers = Counter(pair for row in rows for pair in pairwise(row))
    assert set(places.values()) == {len(rows) // count}
    assert len(followers) == count * (count - 1)
    assert len(set(followers.values())) == 1


@given(SOURCES, CLIPS, st.integers(0, 10_000))
def test_each_listener_hears_each_clip_once_and_each_source_in_every_block(
    sources: int, clips: int, number: int
) -> None:
    order = clip_order(sources, clips, number)
    assert len(set(order)) == len(order) == sources * clips
    for block in range(clips):
        part = order[block * sources : (block + 1) * sources]
        assert {screen.source for screen in part} == set(range(sources))


@given(SOURCES, CLIPS, st.integers(0, 50))
def test_a_group_of_listeners_balances_places_and_followers(sources: int, clips: int, group: int) -> None:
    size = len(williams(sources))
    orders = [clip_order(sources, clips, group * size + each) for each in range(size)]
    places = Counter((place, screen.source) for order in orders for place, screen in enumerate(order))
    assert set(places.values()) == {size // sources}
    followers = Counter(
        (block, first.source, second.source)
        for order in orders
        for block in range(clips)
        for first, second in pairwise(order[block * sources : (block + 1) * sources])
    )
    assert len(followers) == clips * sources * (sources - 1)
    assert len(set(followers.values())) == 1


@given(SOURCES, CLIPS)
def test_rows_and_rotations_are_crossed(sources: int, clips: int) -> None:
    size = len(williams(sources))
    found = Counter(
        (place, screen)
        for number in range(size * clips)
        for place, screen in enumerate(clip_order(sources, clips, number))
    )
    assert len(found) == (sources * clips) ** 2
    assert len(set(found.values())) == 1


@given(SOURCES, CLIPS, st.integers(0, 10_000), st.integers(0, 2**32 - 1))
def test_the_attention_check_stands_in_the_middle_and_asks_for_numbers(
    sources: int, clips: int, number: int, seed: int
) -> None:
    study = study_of(sources, clips, seed)
    order = screens(study, number)
    assert order.count(CHECK) == 1
    assert (len(order) - 1) // 3 <= order.index(CHECK) <= len(order) - (len(order) - 1) // 3 - 1
    asked = asked_numbers(study, number)
    assert len(asked) == len(SCALES) == len(set(asked))
    assert all(1 <= each <= 7 for each in asked)
    assert asked == asked_numbers(study, number)
    assert list(clip_places(order).values()) == list(range(sources * clips))


def test_listeners_get_different_checks() -> None:
    study = study_of(3, 4)
    assert len({screens(study, number).index(CHECK) for number in range(12)}) == 5
    assert len({tuple(asked_numbers(study, number)) for number in range(12)}) > 6
