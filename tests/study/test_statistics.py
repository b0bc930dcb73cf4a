"""The statistics on numbers that were worked out by hand or by scipy itself."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from daemon.study.design import asked_numbers, clip_places, screens
from daemon.study.report import markdown, summary
from daemon.study.results import Results, cautions, results
from daemon.study.rows import Answer, Listener
from daemon.study.statistics import (
    Comparison,
    Rated,
    clip_means,
    comparisons,
    drift,
    holm,
    least_listeners,
    mean_of,
    means_by_place,
    signed_rank,
    source_means,
)
from daemon.study.study import SCALES, Study
from tests.study.test_design import study_of


def rated(**sources: list[int]) -> list[Rated]:
    """Return a listener who gave each source these ratings on the only scale."""
    return [
        Rated(place, name, f"{name} {place}", (rating,))
        for name, ratings in sources.items()
        for place, rating in enumerate(ratings)
    ]


def test_a_mean_and_its_interval_by_hand() -> None:
    # 1 to 5: mean 3, standard deviation 1.58114, t(0.975, 4) = 2.77645, so 3 +- 2.77645 * 1.58114 / sqrt(5).
    found = mean_of([1, 2, 3, 4, 5])
    assert (found.mean, found.n) == (3.0, 5)
    assert found.low == pytest.approx(1.03676, abs=1e-5)
    assert found.high == pytest.approx(4.96324, abs=1e-5)


@given(st.lists(st.floats(1, 7), min_size=2, max_size=30).filter(lambda each: np.std(each) > 1e-3))
def test_an_interval_is_that_of_scipy(values: list[float]) -> None:
    found = mean_of(values)
    low, high = stats.t.interval(0.95, len(values) - 1, np.mean(values), stats.sem(values))
    assert found.low == pytest.approx(low)
    assert found.high == pytest.approx(high)


def test_one_listener_gives_no_interval() -> None:
    assert mean_of([4.0]) == (4.0, None, None, 1)


def test_a_listener_counts_once_however_many_clips() -> None:
    listeners = [rated(a=[1, 1, 1, 1]), rated(a=[7])]
    assert source_means(listeners, 0, ["a", "b"])["a"].mean == 4.0
    assert "b" not in source_means(listeners, 0, ["a", "b"])


def test_a_comparison_by_hand() -> None:
    # Six listeners who all rate a above b by different amounts: p = 2 / 2^6.
    listeners = [rated(a=[1 + step, 1 + step], b=[1, 1]) for step in (1, 2, 3, 4, 5, 6)]
    (found,) = comparisons(listeners, ["liking"], ["a", "b"])
    assert (found.scale, found.first, found.second, found.differing) == ("liking", "a", "b", 6)
    assert found.difference.mean == 3.5
    assert found.p == pytest.approx(2 / 64)
    assert found.p_holm == found.p


@settings(max_examples=20)  # SciPy takes its time to count out ties
@given(
    st.lists(st.tuples(*[st.lists(st.integers(1, 7), min_size=3, max_size=3)] * 3), min_size=2, max_size=6)
)
def test_comparisons_are_those_of_scipy(ratings: list[tuple[list[int], ...]]) -> None:
    listeners = [rated(a=a, b=b, c=c) for a, b, c in ratings]
    means = np.array([[sum(each) for each in one] for one in ratings])
    for found, (first, second) in zip(
        comparisons(listeners, ["liking"], ["a", "b", "c"]), ((0, 1), (0, 2), (1, 2)), strict=True
    ):
        differences = (means[:, first] - means[:, second]) / 3
        assert found.difference.mean == pytest.approx(differences.mean(), abs=1e-8)
        if not differences.any():
            assert found.p is None
        else:
            assert found.p == pytest.approx(stats.wilcoxon(np.round(differences, 9)).pvalue)


@given(st.lists(st.integers(-(10**6), 10**6).filter(bool), min_size=1, max_size=50, unique_by=abs))
def test_without_ties_the_test_is_exact_as_scipy_s(values: list[int]) -> None:
    assert signed_rank(np.array(values, float)) == pytest.approx(stats.wilcoxon(values).pvalue)


def test_for_many_listeners_the_test_is_scipy_s() -> None:
    values = np.random.default_rng(1).integers(-4, 6, 80) / 3
    assert signed_rank(values) == pytest.approx(stats.wilcoxon(values).pvalue)


def test_equal_ratings_give_no_test() -> None:
    (found,) = comparisons([rated(a=[3], b=[3])] * 4, ["liking"], ["a", "b"])
    assert (found.p, found.p_holm, found.differing) == (None, None, 0)


def test_sums_of_thirds_that_are_equal_do_not_differ() -> None:
    (found,) = comparisons([rated(a=[1, 2, 4], b=[4, 2, 1])] * 3, ["liking"], ["a", "b"])
    assert found.differing == 0


def test_holm_by_hand() -> None:
    # Sorted 0.005, 0.01, 0.03, 0.04 times 4, 3, 2, 1, each at least as large as the one before.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holm_corrects_upwards_and_keeps_the_order(values: list[float]) -> None:
    corrected = holm(values)
    assert all(before <= after <= 1 for before, after in zip(values, corrected, strict=True))
    order = sorted(range(len(values)), key=values.__getitem__)
    assert [corrected[each] for each in order] == sorted(corrected)


@pytest.mark.parametrize("tests", [1, 4, 12, 24, 112])
def test_the_least_number_of_listeners(tests: int) -> None:
    least = least_listeners(tests)
    assert tests * stats.wilcoxon(range(1, least + 1)).pvalue < 0.05
    assert tests * 2 / 2 ** (least - 1) >= 0.05


def test_the_effect_of_order_by_hand() -> None:
    rising = [Rated(place, "a", str(place), (1 + place,)) for place in range(4)]
    level = [Rated(place, "a", str(place), (4,)) for place in range(4)]
    assert [each.mean for each in means_by_place([rising, level], 0)] == [2.5, 3.0, 3.5, 4.0]
    found = drift([rising, level], 0)
    assert found is not None
    assert found.mean == pytest.approx(1.5)
    assert clip_means([rising, level], 0)["3"].mean == 4.0
    assert drift([], 0) is None


def answered(
    study: Study, number: int, liking: dict[str, int], *, passes: bool = True, screens_seen: int = 99
) -> list[Answer]:
    """Return the answers of a listener who gives every clip of a source the same rating on every scale."""
    found = []
    for index, screen in enumerate(screens(study, number)[:screens_seen]):
        asked = asked_numbers(study, number)
        check = tuple(asked) if passes else tuple(asked[::-1])
        ratings = check if screen.is_check else (liking[study.names[screen.source]],) * 4
        found.append(Answer(index, ratings, 10.0))
    return found


def evaluated(study: Study, told: list[list[Answer]], *, all_count: bool = False) -> Results:
    listeners = [Listener(row, row, len(each), "en", "", "daily") for row, each in enumerate(told)]
    return results(study, listeners, dict(enumerate(told)), all_count=all_count)


def test_only_attentive_listeners_who_finished_count() -> None:
    study = study_of(2, 3)
    liking = {"source 0": 6, "source 1": 2}
    told = [answered(study, number, liking) for number in range(3)]
    told.append(answered(study, 3, {"source 0": 1, "source 1": 7}, passes=False))
    told.append(answered(study, 4, {"source 0": 1, "source 1": 7}, screens_seen=4))
    told.append([])
    found = evaluated(study, told)
    assert found.counts == (6, 4, 1, 3)
    assert {name: mean.mean for name, mean in found.means["emotion"].items()} == liking
    everyone = evaluated(study, told, all_count=True)
    assert everyone.counts.counted == 5
    assert everyone.means["emotion"]["source 0"].mean < 6
    assert "as --all says" in markdown(everyone)


def test_ratings_reach_the_right_source_clip_and_place() -> None:
    study = study_of(3, 2)
    told = []
    for number in range(6):
        order = screens(study, number)
        ratings = [
            tuple(asked_numbers(study, number))
            if each.is_check
            else (1 + each.source * 2 + each.clip, 1, 1, 1)
            for each in order
        ]
        told.append([Answer(index, each, 10.0) for index, each in enumerate(ratings)])
        assert len(clip_places(order)) == 6
    found = evaluated(study, told)
    assert [mean.mean for mean in found.means["complexity"].values()] == [1.5, 3.5, 5.5]
    clips = [clip.file for name in study.names for clip in study.sources[name]]
    assert [found.clips["complexity"][clip].mean for clip in clips] == [1, 2, 3, 4, 5, 6]
    assert all(mean.mean == 1 for mean in found.places["enjoyment"])


def test_few_listeners_are_told_what_cannot_be_tested() -> None:
    study = study_of(2, 2)
    liking = {"source 0": 6, "source 1": 2}
    told = [answered(study, number, liking) for number in range(10)]
    assert "nothing to report" in cautions(evaluated(study, []))[0]
    assert "no interval" in cautions(evaluated(study, told[:1]))[0]
    few = " ".join(cautions(evaluated(study, told[:3])))
    assert "no difference can be significant" in few
    assert "at least 8 listeners" in few, "4 tests need 4 * 2 / 2^n < 0.05"
    assert "balanced after every 4 listeners" in few
    assert cautions(evaluated(study, told[:8])) == []


def test_the_report_tells_every_figure() -> None:
    study = study_of(2, 2)
    told = [
        answered(study, number, {"source 0": 5 + number % 2, "source 1": 1 + number % 3})
        for number in range(12)
    ]
    found = evaluated(study, told)
    page = markdown(found, ["means.png"])
    mean = found.means["enjoyment"]["source 0"]
    assert mean.low is not None
    assert f"{mean.mean:.2f} ({mean.low:.2f} to " in page
    assert "12 listeners began, 12 finished, 0 of these failed" in page
    assert page.count("significant") == 4
    assert "![means](means.png)" in page
    assert "emotional impact" in summary(found)
    assert all(isinstance(each, Comparison) and not math.isnan(each.p or 0) for each in found.comparisons)
    assert found.as_json()["counts"] == {"began": 12, "finished": 12, "failed": 0, "counted": 12}
    assert set(found.as_json()["means"]) == set(SCALES)


def test_a_study_without_answers_has_a_report() -> None:
    assert "nothing to report yet" in markdown(evaluated(study_of(2, 2), []))
