"""Write the results of a study: figures as JSON, a page of Markdown, and plots."""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from daemon.study.results import SIGNIFICANT, Results, cautions
from daemon.study.statistics import Mean
from daemon.study.study import LEAST_RATING, MOST_RATING, SCALES
from exporters.charts import Bar, draw_bars, draw_curves
from exporters.writing import WriteError, writing

NAMES: Final = dict(zip(SCALES, ("complexity", "creativity", "emotional impact", "enjoyment"), strict=True))
_MARKS: Final = re.compile(r"[\\`*_\[\]<>|~$&#]")
_METHOD: Final = (
    "Each listener's ratings of a source (1 to 7) are averaged first. Means are over listeners, with Student's t "
    "interval of 95 %. Sources are compared in pairs by Wilcoxon's signed-rank test of the listeners' means, "
    "two-sided and exact up to 50 listeners who differ; p is corrected by Holm's method over all tests of this "
    "report. The intervals and tests are about listeners like these and these clips; they say nothing about other "
    "clips of the sources."
)


def write_report(found: Results, folder: Path) -> list[Path]:
    """Write the report into a folder, and return its files. Raises WriteError.

    Figures and page are written before the plots are drawn, so that they are there if a plot fails.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WriteError(f"cannot write {folder}: {error.strerror or error}") from error
    figures, page = folder / "report.json", folder / "report.md"
    _write(figures, json.dumps(found.as_json(), indent=2, ensure_ascii=False) + "\n")
    _write(page, markdown(found))
    if not found.counts.counted:
        return [page, figures]
    try:
        plots = _plots(found, folder)
    except Exception as error:  # whatever matplotlib cannot draw
        raise WriteError(f"{page} and {figures.name} are complete, but without plots: {error}") from error
    _write(page, markdown(found, [plot.name for plot in plots if plot.suffix == ".png"]))
    return [page, figures, *plots]


def markdown(found: Results, pictures: Sequence[str] = ()) -> str:
    """Return the report as Markdown."""
    return "\n\n".join(_sections(found, pictures)) + "\n"


def summary(found: Results) -> str:
    """Return the table of means and the cautions as text for a terminal."""
    return "\n".join([_counts(found), *_table(_mean_rows(found)), *cautions(found)])


def _sections(found: Results, pictures: Sequence[str]) -> Iterator[str]:
    yield f"# Listening study {found.study.id}"
    yield _counts(found)
    yield from cautions(found)
    if not found.counts.counted:
        return
    yield "## Means\n\n" + _markdown_table(_mean_rows(found))
    yield from (f"![{Path(picture).stem}]({picture})" for picture in pictures)
    yield "## Comparisons\n\n" + _markdown_table(_comparison_rows(found))
    yield "## Order\n\n" + _order(found)
    yield "## Clips\n\n" + _markdown_table(_clip_rows(found))
    yield "## Listeners\n\n" + "\n".join(
        f"- {question}: "
        + ", ".join(f"{_plain(answer) or 'not said'} {count}" for answer, count in sorted(told.items()))
        for question, told in found.background.items()
    )
    yield "## Method\n\n" + _METHOD


def _counts(found: Results) -> str:
    began, finished, failed, counted = found.counts
    told = f"{began} listeners began, {finished} finished, {failed} of these failed the attention check."
    if found.all_count:
        return f"{told} All {counted} who rated anything count here, as --all says."
    return f"{told} {counted} count: those who finished and passed it."


def _mean_rows(found: Results) -> list[list[str]]:
    rows = [["source", *NAMES.values()]]
    for source in found.study.names:
        means = [found.means[scale].get(source) for scale in SCALES]
        rows.append([source, *(shown(mean) if mean else "" for mean in means)])
    return rows


def _comparison_rows(found: Results) -> list[list[str]]:
    rows = [["scale", "sources", "difference", "listeners who differ", "p", "p, Holm", ""]]
    for each in found.comparisons:
        is_clear = each.p_holm is not None and each.p_holm < SIGNIFICANT
        rows.append(
            [
                NAMES[each.scale],
                f"{each.first} - {each.second}",
                shown(each.difference),
                f"{each.differing} of {each.difference.n}",
                *("no test" if p is None else f"{p:.4f}" for p in (each.p, each.p_holm)),
                "significant" if is_clear else "",
            ]
        )
    return rows


def _order(found: Results) -> str:
    sentences = [
        f"- {NAMES[scale]}: {shown(drift)}" for scale, drift in found.drifts.items() if drift is not None
    ]
    head = "Change of the ratings from the first clip to the last, over all sources, by each listener's regression line:"
    return "\n".join([head, "", *sentences])


def _clip_rows(found: Results) -> list[list[str]]:
    rows = [["source", "clip", "made from", "bar", *NAMES.values(), "listeners"]]
    for source, clips in found.study.sources.items():
        for clip in clips:
            means = [found.clips[scale].get(clip.file) for scale in SCALES]
            count = str(means[0].n if means[0] else 0)
            shown_means = [f"{mean.mean:.2f}" if mean else "" for mean in means]
            rows.append([source, clip.file, clip.origin, str(clip.bar), *shown_means, count])
    return rows


def shown(mean: Mean) -> str:
    """Return a mean with its interval as text."""
    if mean.low is None or mean.high is None:
        return f"{mean.mean:.2f}"
    return f"{mean.mean:.2f} ({mean.low:.2f} to {mean.high:.2f})"


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows as text for a terminal."""
    lines = [rows[0], ["---"] * len(rows[0]), *rows[1:]]
    return ["| " + " | ".join(line) + " |" for line in lines]


def _markdown_table(rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(_table([[_plain(cell) for cell in row] for row in rows]))


def _write(path: Path, text: str) -> None:
    with writing(path) as partial:
        partial.write_text(text, encoding="utf-8")


def _plain(text: str) -> str:
    """Return the Markdown that shows a text as it is, in one line of a table."""
    line = "".join(sign if sign.isprintable() else "\ufffd" for sign in text)
    return _MARKS.sub(r"\\\g<0>", line)


def _plots(found: Results, folder: Path) -> list[Path]:
    groups = {
        NAMES[scale]: {source: Bar(mean.mean, mean.low, mean.high) for source, mean in means.items()}
        for scale, means in found.means.items()
    }
    lines = {
        NAMES[scale]: (range(1, len(places) + 1), [mean.mean for mean in places])
        for scale, places in found.places.items()
    }
    title = f"means of {found.counts.counted} listeners, intervals of 95 %"
    paths = []
    for suffix in (".png", ".svg"):
        means, order = folder / f"means{suffix}", folder / f"order{suffix}"
        draw_bars(groups, means, title, "rating", (LEAST_RATING, MOST_RATING))
        draw_curves(lines, order, "mean rating by place in the order", ("place of the clip", "rating"))
        paths += [means, order]
    return paths
