"""Complete bundles load; damaged ones are refused with a message that names them."""

import json
import os
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import onnx
import pytest
from click.testing import CliRunner

from daemon.cli import cli
from exporters.files import put_table
from models import bundle
from models.bundle import BundleError
from models.groove import EVEN
from models.network import PACKED
from tests.models.bundles import replace, rewrite, row_of
from tests.training import tiny, tinygauge


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny.write(tmp_path / "tiny")


def _refusal(folder: Path) -> str:
    with pytest.raises(BundleError) as refused:
        bundle.load(str(folder))
    words = str(refused.value)
    assert folder.name in words
    assert "\n" not in words
    return words


def test_a_whole_bundle_loads(folder: Path) -> None:
    found = bundle.load(str(folder))
    assert found.name == "tiny"
    assert found.arrangement.styles == tiny.ARRANGED.styles
    assert found.size_bytes == sum(path.stat().st_size for path in folder.iterdir() if path.suffix != ".toml")
    assert found.model("melody") == (folder / "melody.onnx").read_bytes()


def test_it_keeps_the_name_it_is_loaded_by(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platformdirs.user_data_path", lambda _: tmp_path / "data")
    second = tiny.write(tmp_path / "data" / "models" / "second")
    assert bundle.load("second").loaded_as == "second"
    assert bundle.load(str(second)).loaded_as == "second"
    assert bundle.load(str(folder)).loaded_as == str(folder)


@pytest.mark.parametrize("name", ["melody.onnx", "percussion.onnx", "arrangement.json", "model.toml"])
def test_a_missing_file_is_named(folder: Path, name: str) -> None:
    (folder / name).unlink()
    assert f"no {name}" in _refusal(folder)


@pytest.mark.parametrize("name", ["melody.onnx", "percussion.onnx", "arrangement.json"])
def test_one_changed_bit_is_found(folder: Path, name: str) -> None:
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    assert f"{name} is damaged" in _refusal(folder)


@pytest.mark.parametrize(
    "content",
    [b"format = ", b"\xff\xfe", b"[" * 100_000, b"a = " + b"[" * 100_000],
    ids=["cut", "bytes", "head", "deep"],
)
def test_an_unreadable_manifest_is_named(folder: Path, content: bytes) -> None:
    (folder / "model.toml").write_bytes(content)
    assert "model.toml cannot be read" in _refusal(folder)


def _melody(manifest: dict[str, Any]) -> dict[str, Any]:
    return row_of(manifest, "melody")


def _huge(row: dict[str, Any]) -> None:
    row.update(hidden=8192, layers=8192)
    row["tensors"].update(hidden=[8192, 8192], cell=[8192, 8192])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda m: m.update(format=3), "format is 3, but this edmd reads 1 and 2"),
        (lambda m: m.update(format=True), "format is True, but this edmd reads 1 and 2"),
        (lambda m: m.pop("licence"), "gives no licence"),
        (lambda m: m.update(name=["x"]), "gives no name"),
        (lambda m: m.pop("network"), "has no list of 1 to 16 networks"),
        (lambda m: m.update(network={}), "has no list of 1 to 16 networks"),
        (lambda m: m.update(network=[]), "has no list of 1 to 16 networks"),
        (lambda m: m.update(network=m["network"] * 9), "has no list of 1 to 16 networks"),
        (lambda m: m.update(network=m["network"] * 2), "it has several networks for melody"),
        (lambda m: m["network"].pop(), "it has no network for percussion"),
        (lambda m: m.update(network=[3]), "no system, part, codec, file or sha256"),
        (lambda m: _melody(m).pop("sha256"), "no system, part, codec, file or sha256"),
        (
            lambda m: _melody(m).update(system="swing"),
            "made for the system swing, but this edmd has edm, ",
        ),
        (lambda m: _melody(m).update(part="solo"), "a network for solo, but the system edm has melody, perc"),
        (lambda m: _melody(m).update(codec="other-v9"), "codec of melody is other-v9, but this edmd needs"),
        (lambda m: _melody(m).update(ticks_per_beat=12), "of melody is 12, but melody-roles-v3 has 4"),
        (lambda m: _melody(m).update(hidden="12"), "hidden of melody is 12"),
        (lambda m: _melody(m).update(layers=True), "layers of melody is True"),
        (lambda m: _melody(m).update(hidden=2**40), "hidden of melody is 1099511627776, not 1 to 8192"),
        (lambda m: _melody(m).update(hidden=13), "tensor hidden of melody has shape [2, 12], not [2, 13]"),
        (lambda m: _huge(_melody(m)), "melody is too large: its states have 134217728 values"),
        (lambda m: _melody(m)["tensors"].update(mask=[3]), "tensor mask of melody has shape [3]"),
        (lambda m: _melody(m).pop("tensors"), "tensor previous of melody has shape None"),
        (lambda m: _melody(m)["tensors"].update(extra=[1]), "has nothing for the tensor extra"),
        (lambda m: _melody(m).update(batch_axis=1), "batch_axis of melody is 1, not 0"),
        (lambda m: _melody(m).update(batch_axis=False), "batch_axis of melody is False, not 0"),
        (lambda m: _melody(m)["packed"].pop(), "the packed inputs of melody are ["),
        (lambda m: _melody(m)["packed"].append("mask"), "the packed inputs of melody are ["),
        (lambda m: _melody(m).update(packed=[[]] * 9), "the packed inputs of melody are ["),
        (
            lambda m: _melody(m).update(states=["cell", "hidden"]),
            "the states of melody are ['cell', 'hidden']",
        ),
        (lambda m: _melody(m).update(states=3), "the states of melody are 3"),
        (lambda m: m.pop("arrangement"), "no file and sha256 for arrangement"),
        (lambda m: m.update(arrangement=3), "no file and sha256 for arrangement"),
        (lambda m: _melody(m).update(file="../melody.onnx"), "names a file outside itself, ../melody.onnx"),
        (lambda m: _melody(m).update(file="/etc/passwd"), "names a file outside itself, /etc/passwd"),
        (lambda m: _melody(m).update(file="a\0b"), "cannot be read"),
        (lambda m: _melody(m).update(codec="x\ny" * 10_000), "codec of melody is x yx yx"),
    ],
)
def test_what_does_not_fit_is_told(folder: Path, change: Callable[[Any], object], words: str) -> None:
    rewrite(folder, change)
    assert words in _refusal(folder)


def test_a_network_for_one_row_alone_is_refused(folder: Path) -> None:
    model = onnx.load_from_string((folder / "melody.onnx").read_bytes())
    for each in (*model.graph.input, *model.graph.output):
        each.type.tensor_type.shape.dim[0].dim_value = 1
    replace(folder, "melody", model.SerializeToString())
    assert "has bool[1] for asked, not bool[-1]" in _refusal(folder)


def test_a_model_with_a_gauge_inside_is_refused(folder: Path) -> None:
    gauge = tomllib.loads(tinygauge.files()["model.toml"].decode())["network"]
    (folder / "gauge.onnx").write_bytes(tinygauge.files()["gauge.onnx"])
    rewrite(folder, lambda manifest: manifest["network"].extend(gauge))
    assert "it is a model, but its system gauge makes a gauge" in _refusal(folder)


def test_parts_in_each_others_place_are_refused(folder: Path) -> None:
    replace(folder, "melody", (folder / "percussion.onnx").read_bytes())
    assert "the ONNX file of melody has" in _refusal(folder)


@pytest.mark.parametrize("content", [b"no onnx at all", b"", b"\x3a\xff\xff\xff\x7f"])
def test_a_file_that_is_no_onnx_is_refused(folder: Path, content: bytes) -> None:
    replace(folder, "percussion", content)
    assert "the ONNX file of percussion" in _refusal(folder)


def _first_weight_outside(model: onnx.ModelProto) -> onnx.TensorProto:
    weight: onnx.TensorProto = model.graph.initializer[0]
    return weight


def _weight_in_a_constant(model: onnx.ModelProto) -> onnx.TensorProto:
    node = model.graph.node.add(op_type="Constant", output=["unused"])
    attribute = node.attribute.add(name="value", type=onnx.AttributeProto.TENSOR)
    attribute.t.data_type = onnx.TensorProto.FLOAT
    weight: onnx.TensorProto = attribute.t
    return weight


@pytest.mark.parametrize("weight_of", [_first_weight_outside, _weight_in_a_constant])
def test_weights_in_another_file_are_refused(
    folder: Path, weight_of: Callable[[onnx.ModelProto], onnx.TensorProto]
) -> None:
    model = onnx.load_from_string((folder / "melody.onnx").read_bytes())
    weight = weight_of(model)
    weight.ClearField("raw_data")
    weight.data_location = onnx.TensorProto.EXTERNAL
    weight.external_data.add(key="location", value="../../secret")
    replace(folder, "melody", model.SerializeToString())
    assert "keeps weights in another file" in _refusal(folder)


def test_another_element_type_is_refused(folder: Path) -> None:
    model = onnx.load_from_string((folder / "melody.onnx").read_bytes())
    (packed,) = (each for each in model.graph.input if each.name == PACKED)
    packed.type.tensor_type.elem_type = onnx.TensorProto.FLOAT16
    replace(folder, "melody", model.SerializeToString())
    assert "for packed, not float[" in _refusal(folder)


@pytest.mark.parametrize("content", [b"", b"[]", b'{"edm": 3}', b"[" * 100_000])
def test_the_arrangement_is_checked(folder: Path, content: bytes) -> None:
    replace(folder, "arrangement", content)
    assert "its arrangement is not valid" in _refusal(folder)


def test_a_bundle_without_a_groove_plays_evenly(folder: Path) -> None:
    found = bundle.load(str(folder))
    assert "groove" not in found.manifest
    assert found.groove == EVEN


def test_the_groove_is_checked_where_there_is_one(folder: Path) -> None:
    put_table(folder, "groove", b'{"format": 1}')
    assert "its groove is not valid" in _refusal(folder)
    (folder / "groove.json").unlink()
    assert "no groove.json" in _refusal(folder)


def test_a_link_out_of_the_bundle_is_refused_one_to_the_bundle_is_not(folder: Path) -> None:
    (folder.parent / "link").symlink_to(folder, target_is_directory=True)
    assert bundle.load(str(folder.parent / "link")).name == "tiny"
    (folder / "melody.onnx").rename(folder.parent / "elsewhere.onnx")
    (folder / "melody.onnx").symlink_to(folder.parent / "elsewhere.onnx")
    assert "names a file outside itself" in _refusal(folder)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no named pipes in folders")
def test_what_is_no_plain_file_is_refused_without_waiting_for_it(folder: Path) -> None:
    (folder / "melody.onnx").unlink()
    os.mkfifo(folder / "melody.onnx")
    assert "melody.onnx is not a file" in _refusal(folder)


def test_a_file_too_large_is_refused_unread(folder: Path) -> None:
    with (folder / "melody.onnx").open("r+b") as file:
        file.truncate(257 * 2**20)
    assert "at most 256 MiB" in _refusal(folder)


def test_names_are_found_in_the_users_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "folders", lambda: [folder.parent])
    assert bundle.names() == ["tiny"]
    assert bundle.load("tiny").folder == folder
    with pytest.raises(BundleError, match="no model is named nosuch; there is: tiny"):
        bundle.load("nosuch")
    with pytest.raises(BundleError, match="no model is named"):
        bundle.load("a\0b")


def test_models_tells_of_good_and_damaged_bundles(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "folders", lambda: [folder.parent])
    damaged = tiny.write(folder.parent / "torn")
    (damaged / "melody.onnx").write_bytes(b"")
    run = CliRunner().invoke
    rows = {row["name"]: row for row in json.loads(run(cli, ["models", "list", "--json"]).output)}
    assert rows["tiny"]["licence"] == "CC0 1.0"
    assert "damaged" in rows["torn"]["error"]
    assert "cannot be played" in run(cli, ["models", "list"]).output
    assert run(cli, ["models", "verify", "tiny"]).output == "tiny is good\n"
    everything = run(cli, ["models", "verify"])
    assert everything.exit_code == 1
    assert "torn" in everything.output
    shown = run(cli, ["models", "show", "tiny", "--json"])
    assert json.loads(shown.output)["version"] == "1"
    refused = run(cli, ["models", "show", "torn"])
    assert (refused.exit_code, refused.output.count("\n")) == (1, 1)


def test_a_bare_name_is_no_folder_here_and_a_path_may_begin_at_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny.write(tmp_path / "edm")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert bundle.load("edm").folder == bundle.SHIPPED / "edm"
    assert bundle.load("./edm").name == bundle.load("~/edm").name == "tiny"
    with pytest.raises(bundle.BundleError, match=r"no model is named mine.*\./mine"):
        bundle.load("mine")


def test_a_manifest_that_is_damaged_at_any_byte_is_refused_or_right(tmp_path: Path) -> None:
    folder = tiny.write(tmp_path / "damaged")
    path = folder / "model.toml"
    content, right, refused = path.read_bytes(), bundle.load(str(folder)).manifest, 0
    for place in range(len(content)):
        for damage in (content[:place], content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]):
            path.write_bytes(damage)
            try:
                assert bundle.load(str(folder)).manifest == right
            except BundleError:
                refused += 1
    assert refused > 1.9 * (len(content) - 120)
