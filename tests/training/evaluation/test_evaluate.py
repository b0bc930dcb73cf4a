"""The folder of an evaluation: it contains every figure and picture, with captions."""

import csv
import json
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread
from rich.console import Console

from tests.training.songs import write_song
from training.evaluation.evaluate import Job, run
from training.evaluation.music import Collection, read

METRICS = "epoch,step,train,validation\n0,10,,5.0\n0,10,6.0,\n1,20,,4.0\n1,20,4.5,\n"


class Images(HTMLParser):
    """Collects the pictures of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            values = dict(attrs)
            self.found[str(values["src"])] = str(values["alt"])


def collection(folder: Path, seeds: range, cache: Path) -> Collection:
    for seed in seeds:
        write_song(folder / f"{seed}.mid", seed, bars=16)
    return read([folder], cache)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("evaluation")
    (root / "runs" / "melody").mkdir(parents=True)
    (root / "runs" / "melody" / "metrics.csv").write_text(METRICS, encoding="utf-8")
    job = Job(
        one=collection(root / "ours", range(3), root / "cache"),
        other=collection(root / "theirs", range(10, 14), root / "cache"),
        learned=collection(root / "known", range(20, 24), root / "cache"),
        out=root / "out",
        thorough=False,
        drawn=1,
        gauge=None,
        checkpoints=root / "runs",
    )
    run(job, Console(quiet=True))
    return root / "out"


def test_every_picture_is_shown_and_none_is_blank(folder: Path) -> None:
    page = Images()
    page.feed((folder / "index.html").read_text(encoding="utf-8"))
    drawn = {path.name for path in folder.glob("*.png")}
    assert page.found.keys() == drawn
    assert drawn == {"features.png", "learning-melody.png", "piece-01-music.png", "piece-01-likeness.png"}
    assert all(page.found.values())
    assert all(np.ptp(imread(folder / name)) > 0.5 for name in drawn)


def test_figures_are_told_as_json_and_as_rows(folder: Path) -> None:
    figures = json.loads((folder / "figures.json").read_text(encoding="utf-8"))
    with (folder / "figures.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["figure"]: float(row["value"]) for row in csv.DictReader(file)}
    assert figures["compared"]["one"]["songs"] == rows["compared.one.songs"] == 3
    assert figures["features"]["one"]["kick on the beat"]["mean"] == 1
    assert rows["sets.one.bass or chords sound.median"] == 1
    assert figures["structure"]["one"]["beat: four"] == {"value": 1.0, "interval": [1.0, 1.0], "values": 48}
    assert rows["structure.learned.beat: four.value"] == 1
    assert 0 < figures["overlap"]["mean"] <= 1
    assert figures["overlap"]["ratio"]["mean"] == rows["overlap.ratio.mean"]
    assert figures["overlap"]["by_feature"]["kick on the beat"]["overlap"] == pytest.approx(1, abs=0.02)


def test_nothing_half_written_stays(folder: Path) -> None:
    assert not [path.name for path in folder.iterdir() if "partial" in path.name]
