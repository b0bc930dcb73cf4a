"""An exported ONNX file computes the same as its network; one that does not is never written."""

import tomllib
from pathlib import Path

import numpy as np
import pytest
import torch

from exporters.onnx import TOLERANCE, Exported, ExportError, check_steps, write_bundle
from models import bundle
from models.codecs.roles import EDM
from models.manifest import FORMAT, PARTS
from models.network import declaration
from models.session import Feeds as Given
from models.session import Outputs, Provider, Row, SavedState, StepSession, open_session
from tests.imports import ROOT
from tests.models.bundles import row_of
from tests.models.steps import LAYOUTS, Feeds, every, feeds
from tests.training import tiny
from training.networks import StepInputs
from training.systems.edm.export import CHECK_TICKS, check_export

CPU = Provider("CPUExecutionProvider", "a test")
TICKS = 40


def exported(part: str) -> Exported:
    manifest = tomllib.loads(tiny.files()[1]["model.toml"].decode())
    row = {key: value for key, value in row_of(manifest, part).items() if key not in ("file", "sha256")}
    return Exported(tiny.files()[1][f"{part}.onnx"], row)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> bundle.Bundle:
    return bundle.load(str(tiny.write(tmp_path_factory.mktemp("models") / "tiny")))


@pytest.mark.parametrize("part", PARTS)
def test_onnx_equals_torch(part: str) -> None:
    assert check_export(tiny.files()[0][part], exported(part)) <= TOLERANCE
    assert CHECK_TICKS >= 64


@pytest.mark.parametrize("part", PARTS)
def test_another_network_is_noticed(part: str) -> None:
    with pytest.raises(ExportError, match=f"the ONNX file of {part} does not match its network"):
        check_export(tiny.network(part, seed=1), exported(part))


def test_another_token_is_noticed(made: bundle.Bundle) -> None:
    def session() -> StepSession:
        return open_session(made, "melody", CPU)

    def shifted(inputs: Given, _: object) -> tuple[Outputs, SavedState]:
        outputs = {name: array.copy() for name, array in other.session.step({0: inputs})[0].items()}
        outputs["tokens"][3] += 1
        return outputs, other.save()

    other = session().row()
    with pytest.raises(ExportError, match="melody does not match its network: it differs by inf"):
        check_steps(session(), shifted, [[feeds("melody", np.random.default_rng(0))]])


@torch.inference_mode()
@pytest.mark.parametrize("part", PARTS)
def test_stepwise_in_onnx_equals_the_whole_sequence_in_torch(part: str, made: bundle.Bundle) -> None:
    network, row = tiny.files()[0][part], open_session(made, part, CPU).row()
    rng = np.random.default_rng(3)
    ticks = [feeds(part, rng) for _ in range(TICKS)]
    for each in ticks:
        row.session.step({row.index: each})
    rows = {
        name: torch.from_numpy(np.stack([each[name] for each in ticks]))[None]
        for name in ("previous", "lookback", "condition", "valid")
    }
    _, state = network.hidden(StepInputs(**rows), network.fresh_state(1))
    for stepped, whole in zip(row.save(), state, strict=True):
        assert np.abs(stepped - whole[:, 0].numpy()).max() <= TOLERANCE


@torch.inference_mode()
@pytest.mark.parametrize("part", PARTS)
def test_samples_have_the_chances_the_loss_speaks_of(part: str, made: bundle.Bundle) -> None:
    """Draw one tick often: a part's commonest answer must come as often as `forward` says."""
    network, layout = tiny.files()[0][part], LAYOUTS[part]
    row = open_session(made, part, CPU).row()
    rng = np.random.default_rng(4)
    one = feeds(part, rng, valid=every(part))
    heard = StepInputs(
        *(torch.from_numpy(one[name])[None, None] for name in ("previous", "lookback", "condition", "valid"))
    )
    drawn = [_drawn(row, {**one, "uniform": rng.random(one["uniform"].shape)}) for _ in range(4000)]
    start, stop = layout.part_ranges[0]
    answers, counts = np.unique(np.array(drawn)[:, start:stop], axis=0, return_counts=True)
    target = torch.zeros((1, 1, len(layout.slots)), dtype=torch.int64)
    target[0, 0, start:stop] = torch.from_numpy(answers[counts.argmax()])
    matched = (heard.lookback[..., start:stop] == target[:, :, None, start:stop]).all(dim=-1)[:, :, None]
    nats, _ = network(
        heard, target, matched.expand(1, 1, len(layout.parts), network.lags), network.fresh_state(1)
    )
    assert counts.max() / len(drawn) == pytest.approx(float(torch.exp(-nats[0, 0, 0])), abs=0.04)


def _drawn(row: Row, inputs: Feeds) -> list[int]:
    row.restore(None)
    tokens: list[int] = row.session.step({row.index: inputs})[row.index]["tokens"].tolist()
    return tokens


def test_the_manifest_declares_everything_and_comes_last(tmp_path: Path) -> None:
    manifest = tomllib.loads(tiny.files()[1]["model.toml"].decode())
    assert (manifest["format"], manifest["name"], manifest["licence"]) == (FORMAT, "tiny", "CC0 1.0")
    assert [row["part"] for row in manifest["network"]] == list(PARTS)
    for codec in EDM.codecs:
        row = row_of(manifest, codec.part)
        assert row["file"] == f"{codec.part}.onnx"
        wanted = declaration(codec, "edm", {"hidden": row["hidden"], "layers": row["layers"]})
        assert {key: row[key] for key in wanted} == wanted
    unwritable = tmp_path / "bundle"
    (unwritable / "arrangement.json").mkdir(parents=True)
    with pytest.raises(OSError, match=r"arrangement\.json"):
        write_bundle(unwritable, [], tiny.TABLES, tiny.PAPERS)
    assert not (unwritable / "model.toml").exists()


@pytest.mark.parametrize("name", ["edm", "gauge"])
def test_no_file_of_a_shipped_bundle_names_a_folder_of_the_machine_that_made_it(name: str) -> None:
    for path in (ROOT / "models" / name).glob("*.onnx"):
        content = path.read_bytes()
        assert b"site-packages" not in content
        assert b".py" not in content


def test_an_exported_file_names_no_source_file(made: bundle.Bundle) -> None:
    for part in PARTS:
        assert b".py" not in made.model(part)
