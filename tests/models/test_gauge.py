"""The gauge: its readings of passages, and the bundles that it refuses."""

import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from daemon.cli import cli
from models import bundle
from models.bundle import BundleError
from models.codecs.base import Tokens
from models.gauge import Gauge, Reading
from tests.models.bundles import replace, rewrite, row_of
from tests.training import tiny, tinygauge


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tinygauge.write(tmp_path / "ear")


@pytest.fixture
def gauge(folder: Path) -> Gauge:
    return Gauge.load(folder)


def _tokens(number: int) -> tuple[Tokens, Tokens]:
    piece = tinygauge.piece(number)
    return piece.melody, piece.percussion


@pytest.mark.parametrize("number", range(3))
def test_a_song_it_knows_is_the_nearest_one(gauge: Gauge, number: int) -> None:
    reading = gauge.read(*_tokens(number))
    assert reading.edm + reading.classical == pytest.approx(1)
    assert reading.songs[0].title == tinygauge.NAMES[number]
    shares = [song.share for song in reading.songs]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1)


def test_only_the_last_eight_bars_count_and_a_short_passage_follows_silence(gauge: Gauge) -> None:
    tunes, beats = _tokens(0)
    longer = gauge.read(np.concatenate([_tokens(1)[0], tunes]), np.concatenate([_tokens(1)[1], beats]))
    assert longer == gauge.read(tunes, beats)
    silence = [np.zeros_like(part) for part in (tunes, beats)]
    late = [
        np.concatenate([rest[64:], part[:64]]) for rest, part in zip(silence, (tunes, beats), strict=True)
    ]
    assert gauge.read(tunes[:64], beats[:64]) == gauge.read(*late) != longer


def test_of_silence_nothing_is_told(gauge: Gauge) -> None:
    assert gauge.read(np.zeros((128, 10), int), np.zeros((128, 9), int)) == Reading(0.5, 0.5, ())


def test_tokens_of_another_shape_are_refused(gauge: Gauge) -> None:
    tunes, beats = _tokens(0)
    with pytest.raises(ValueError, match=r"tokens are \(ticks, 10\); got \(128, 9\)"):
        gauge.read(beats, tunes)


def test_a_model_is_no_gauge_and_a_gauge_no_model(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(
        BundleError, match="ear cannot be played: it is a gauge, which measures music and cannot play it"
    ):
        bundle.load(str(folder))
    with pytest.raises(
        BundleError, match="tiny cannot be used: it is a model, which plays music and cannot measure it"
    ):
        Gauge.load(tiny.write(tmp_path / "tiny"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda folder: (folder / "gauge.onnx").write_bytes(b"x"), "gauge.onnx is damaged"),
        (lambda folder: (folder / "songs.json").unlink(), "it has no songs.json"),
        (lambda folder: replace(folder, "songs", b"[]"), "its songs are not a list of songs"),
        (lambda folder: replace(folder, "songs", b"{"), "its songs Expecting"),
        (
            lambda folder: rewrite(folder, lambda m: row_of(m, "gauge").update(embedding=7)),
            "tensor place of gauge has shape [6], not [7]",
        ),
        (
            lambda folder: rewrite(folder, lambda m: row_of(m, "gauge").update(codec="x")),
            "the codec of gauge is x",
        ),
        (
            lambda folder: rewrite(folder, lambda m: row_of(m, "gauge").update(nearness_temperature=0)),
            "not above 0 and up to 1",
        ),
        (lambda folder: rewrite(folder, lambda m: m.pop("songs")), "no file and sha256 for songs"),
    ],
)
def test_a_damaged_gauge_is_refused_by_name(
    folder: Path, change: Callable[[Path], object], said: str
) -> None:
    change(folder)
    with pytest.raises(BundleError) as refused:
        Gauge.load(folder)
    words = str(refused.value)
    assert folder.name in words
    assert said in words
    assert "\n" not in words


def test_models_tells_of_gauges_and_names_them_apart(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "folders", lambda: [folder.parent])
    tiny.write(folder.parent / "tiny")
    tinygauge.write(folder.parent / "torn")
    (folder.parent / "torn" / "gauge.onnx").write_bytes(b"")
    run = CliRunner().invoke
    assert (bundle.names(), bundle.names("gauge")) == (["tiny"], ["ear", "torn"])
    rows = {row["name"]: row for row in json.loads(run(cli, ["models", "list", "--json"]).output)}
    assert {name: row.get("kind") for name, row in rows.items()} == {
        "ear": "gauge",
        "tiny": "model",
        "torn": None,
    }
    assert "damaged" in rows["torn"]["error"]
    assert run(cli, ["models", "list"]).exit_code == 0
    assert run(cli, ["models", "verify", "ear"]).output == "ear is good\n"
    assert run(cli, ["models", "verify", "torn"]).exit_code == 1
    assert json.loads(run(cli, ["models", "show", "ear", "--json"]).output)["kind"] == "gauge"
    with pytest.raises(BundleError, match="no model is named nosuch; there is: tiny;"):
        bundle.load("nosuch")


def test_the_shipped_gauge_keeps_its_promises() -> None:
    shipped = Gauge.load("gauge").bundle
    assert shipped.folder == bundle.SHIPPED / "gauge"
    assert shipped.size_bytes < 2_000_000
    manifest = shipped.manifest
    assert {row["style"] for row in manifest["data"]} == {"edm", "classical"}
    assert all(row["title"] and row["licence"] and row["songs"] for row in manifest["data"])
    held_out = manifest["held_out"]
    for view in ("whole", "drums_withheld"):
        assert held_out["accuracy"][view]["all"]["songs"]["share"] >= 0.93
        assert held_out["accuracy"][view]["all"]["windows"]["share"] >= 0.93
    assert held_out["accuracy"]["kick_beneath"]["classical"]["classical_read"] > 0.5
    read = held_out["blends"]["classical_read"]
    assert read[0] <= 0.2
    assert read[-1] >= 0.8
    assert all(before - after < 0.05 for before, after in pairwise(read)), "a blend reads as what it is of"
    assert held_out["found_again"]["first"]["low"] > 0.4
