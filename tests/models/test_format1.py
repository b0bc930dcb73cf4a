"""Bundles of format 1 are read and play the same tokens as ever; converted, they do so too."""

import json
import shutil
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from daemon.cli import cli
from models import bundle
from models.bundle import Bundle, BundleError
from models.gauge import Gauge
from models.manifest import PARTS
from models.session import Row, open_session
from tests.models.bundles import FORMAT_1, rewrite
from tests.models.sessions import CPU
from tests.models.steps import every, feeds
from tests.training import tinygauge

# The tokens that format 1's own session drew from `format1/tiny`.
TOKENS: dict[str, list[list[int]]] = json.loads((FORMAT_1 / "tokens.json").read_text())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FORMAT_1 / "tiny", tmp_path / "tiny"))


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    out = tmp_path_factory.mktemp("converted") / "tiny"
    ran = CliRunner().invoke(cli, ["models", "convert", str(FORMAT_1 / "tiny"), "--out", str(out)])
    assert (ran.exit_code, ran.output) == (0, f"{out} is tiny in format 2\n")
    return bundle.load(str(out))


def _play(row: Row, part: str) -> list[list[int]]:
    rng = np.random.default_rng(11)
    return [
        row.session.step({row.index: feeds(part, rng, row.session, valid=every(part, row.session))})[
            row.index
        ]["tokens"].tolist()
        for _ in TOKENS[part]
    ]


@pytest.mark.parametrize("part", PARTS)
def test_a_network_of_format_1_plays_what_it_always_played(part: str) -> None:
    session = open_session(bundle.load(str(FORMAT_1 / "tiny")), part, CPU)
    first, second = session.row(), session.row()
    assert session.capacity == 2
    assert _play(first, part) == TOKENS[part]
    saved = first.save()
    assert [array.shape for array in saved] == [(2, 12), (2, 12)]
    assert not any(array.any() for array in second.save())
    second.restore(saved)
    assert _play(second, part) == _play(first, part)
    pairs = list(zip(second.save(), first.save(), strict=True))
    assert all(array.any() and np.array_equal(array, other) for array, other in pairs)
    first.restore(None)
    assert _play(first, part) == TOKENS[part]


@pytest.mark.parametrize("part", PARTS)
def test_a_converted_network_plays_the_same(part: str, converted: Bundle) -> None:
    assert converted.network(part).is_batched
    assert _play(open_session(converted, part, CPU).row(), part) == TOKENS[part]


def test_a_conversion_changes_nothing_else(converted: Bundle) -> None:
    old = bundle.load(str(FORMAT_1 / "tiny"))
    assert converted.table("arrangement") == old.table("arrangement")
    left_out = {"format", "ticks_per_beat", "network", *PARTS}
    assert {key: value for key, value in converted.manifest.items() if key not in left_out} == {
        key: value for key, value in old.manifest.items() if key not in left_out
    }


def test_a_gauge_is_converted_with_the_same_network(tmp_path: Path) -> None:
    out = tmp_path / "ear"
    assert (
        CliRunner().invoke(cli, ["models", "convert", str(FORMAT_1 / "ear"), "--out", str(out)]).exit_code
        == 0
    )
    old, new = Gauge.load(FORMAT_1 / "ear"), Gauge.load(out)
    assert (new.bundle.manifest["format"], old.bundle.manifest["format"]) == (2, 1)
    assert new.bundle.files == old.bundle.files
    piece = tinygauge.piece(0)
    assert new.read(piece.melody, piece.percussion) == old.read(piece.melody, piece.percussion)


def test_what_cannot_be_converted_says_why(converted: Bundle, folder: Path, tmp_path: Path) -> None:
    def refused(name: str, out: Path) -> str:
        ran = CliRunner().invoke(cli, ["models", "convert", name, "--out", str(out)])
        assert (ran.exit_code, ran.output.count("\n")) == (1, 1)
        return ran.output

    assert "has format 2 already; use it as it is" in refused(str(converted.folder), tmp_path / "new")
    assert "is the bundle itself; name another folder with --out" in refused(str(folder), folder)
    (tmp_path / "file").write_text("in the way")
    assert "file" in refused(str(folder), tmp_path / "file" / "new")


def _refusal(folder: Path) -> str:
    with pytest.raises(BundleError) as refused:
        bundle.load(str(folder))
    return str(refused.value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda m: m.update(ticks_per_beat=12), "ticks_per_beat is 12, but this edmd needs 4"),
        (lambda m: m.pop("percussion"), "no file and sha256 for percussion"),
        (lambda m: m.update(melody=3), "no file and sha256 for melody"),
        (lambda m: m["melody"].pop("sha256"), "no file and sha256 for melody"),
        (lambda m: m["melody"].update(codec="other-v9"), "codec of melody is other-v9"),
        (lambda m: m["melody"].update(hidden="12"), "hidden of melody is 12"),
        (lambda m: m["melody"].update(layers=True), "layers of melody is True"),
        (
            lambda m: m["melody"].update(hidden=13),
            "tensor hidden of melody has shape [2, 1, 12], not [2, 1, 13]",
        ),
        (lambda m: m["melody"]["tensors"].update(mask=[3]), "tensor mask of melody has shape [3]"),
        (lambda m: m["melody"].pop("tensors"), "tensor previous of melody has shape None"),
        (lambda m: m["melody"]["tensors"].update(extra=[1]), "has nothing for the tensor extra"),
        (lambda m: m["melody"].update(file="../melody.onnx"), "names a file outside itself, ../melody.onnx"),
        (lambda m: m.update(format=2), "has no list of 1 to 16 networks"),
    ],
)
def test_what_does_not_fit_is_refused(folder: Path, change: Any, words: str) -> None:
    rewrite(folder, change)
    assert words in _refusal(folder)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda m: m["gauge"].update(codecs={}), "its codecs are {}"),
        (lambda m: m["gauge"].update(embedding=7), "tensor place of gauge has shape [6], not [7]"),
        (lambda m: m["gauge"].update(nearness_temperature=0), "not above 0 and up to 1"),
        (lambda m: m.pop("songs"), "no file and sha256 for songs"),
    ],
)
def test_a_gauge_that_does_not_fit_is_refused(tmp_path: Path, change: Any, words: str) -> None:
    folder = Path(shutil.copytree(FORMAT_1 / "ear", tmp_path / "ear"))
    rewrite(folder, change)
    with pytest.raises(BundleError) as refused:
        Gauge.load(folder)
    assert words in str(refused.value)


def test_one_changed_bit_is_found(folder: Path) -> None:
    content = bytearray((folder / "melody.onnx").read_bytes())
    content[len(content) // 2] ^= 1
    (folder / "melody.onnx").write_bytes(content)
    assert "melody.onnx is damaged" in _refusal(folder)


def test_a_network_of_format_2_is_no_network_of_format_1(folder: Path, converted: Bundle) -> None:
    content = converted.model("melody")
    (folder / "melody.onnx").write_bytes(content)
    sha256 = tomllib.loads((converted.folder / "model.toml").read_text())["network"][0]["sha256"]
    rewrite(folder, lambda manifest: manifest["melody"].update(sha256=sha256))
    assert "the ONNX file of melody has" in _refusal(folder)
