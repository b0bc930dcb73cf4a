"""From stored answers to the figures of a report: who counts, and what their ratings say."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from daemon.study.design import Screen, asked_numbers, clip_places, file_of, screens
from daemon.study.rows import Answer, Listener
from daemon.study.statistics import (
    Comparison,
    Listeners,
    Mean,
    Rated,
    as_json,
    clip_means,
    comparisons,
    drift,
    least_listeners,
    means_by_place,
    source_means,
)
from daemon.study.study import SCALES, Study

SIGNIFICANT: Final = 0.05


class Counts(NamedTuple):
    """How many listeners began, finished, failed the attention check, and count in the figures."""

    began: int
    finished: int
    failed: int
    counted: int


class Results(NamedTuple):
    """Everything a report says. Figures are by scale; `background` counts what the counted listeners told of themselves."""

    study: Study
    counts: Counts
    all_count: bool
    means: Mapping[str, Mapping[str, Mean]]
    comparisons: Sequence[Comparison]
    places: Mapping[str, Sequence[Mean]]
    drifts: Mapping[str, Mean | None]
    clips: Mapping[str, Mapping[str, Mean]]
    background: Mapping[str, Counter[str]]

    @property
    def tests(self) -> int:
        """The number of tests that could be made."""
        return sum(each.p is not None for each in self.comparisons)

    def as_json(self) -> dict[str, Any]:
        """Return the figures for a file of JSON."""
        found = {key: as_json(value) for key, value in self._asdict().items() if key != "study"}
        return {"study": self.study.id, "sources": self.study.names, **found}


def results(
    study: Study,
    listeners: Sequence[Listener],
    answers: Mapping[int, Sequence[Answer]],
    *,
    all_count: bool = False,
) -> Results:
    """Return the results. Listeners count if they finished and passed the attention check; or all, with `all_count`."""
    told = [(each, answers.get(each.id, ())) for each in listeners]
    finished = [pair for pair in told if len(pair[1]) > study.clips]
    passed = [pair for pair in finished if has_passed(study, *pair)]
    counted = [pair for pair in told if pair[1]] if all_count else passed
    rated: Listeners = [_rated(study, listener, given) for listener, given in counted]
    scales = dict(enumerate(SCALES))
    return Results(
        study=study,
        counts=Counts(len(told), len(finished), len(finished) - len(passed), len(counted)),
        all_count=all_count,
        means={scale: source_means(rated, number, study.names) for number, scale in scales.items()},
        comparisons=comparisons(rated, SCALES, study.names),
        places={scale: means_by_place(rated, number) for number, scale in scales.items()},
        drifts={scale: drift(rated, number) for number, scale in scales.items()},
        clips={scale: clip_means(rated, number) for number, scale in scales.items()},
        background={
            "language": Counter(listener.language for listener, _ in counted),
            "playing": Counter(listener.playing for listener, _ in counted),
            "listening": Counter(listener.listening for listener, _ in counted),
        },
    )


def has_passed(study: Study, listener: Listener, answers: Sequence[Answer]) -> bool:
    """Return whether a listener chose the numbers that the attention check asked for."""
    check = next(index for index, screen in enumerate(screens(study, listener.number)) if screen.is_check)
    asked = tuple(asked_numbers(study, listener.number))
    return any(each.screen == check and each.ratings == asked for each in answers)


def cautions(found: Results) -> list[str]:
    """Return sentences about what the number of listeners does not allow."""
    counted, tests = found.counts.counted, found.tests
    if not counted:
        return ["No listener counts, so there is nothing to report yet."]
    if counted < 2:
        return ["One listener gives no interval and no test: at least two are needed for intervals."]
    told = []
    if counted < (least := least_listeners(max(tests, 1))):
        told.append(
            f"With {counted} listeners no difference can be significant: with {tests} tests, at least {least} listeners "
            "must rate two sources differently, all in the same direction."
        )
    if counted % balanced_by(found.study):
        told.append(
            f"The order of clips is fully balanced after every {balanced_by(found.study)} listeners; {counted} count."
        )
    return told


def balanced_by(study: Study) -> int:
    """Return after how many listeners each row of the design has met each rotation of the clips equally often."""
    sources = len(study.sources)
    return (sources if sources % 2 == 0 else 2 * sources) * study.clips_of_each


def _rated(study: Study, listener: Listener, answers: Sequence[Answer]) -> list[Rated]:
    order: list[Screen] = screens(study, listener.number)
    places = clip_places(order)
    return [
        Rated(
            places[each.screen],
            study.names[order[each.screen].source],
            file_of(study, order[each.screen]),
            each.ratings,
        )
        for each in answers
        if each.screen in places
    ]
