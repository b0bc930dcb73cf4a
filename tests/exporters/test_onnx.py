"""An exported ONNX file computes the same as its network; one that does not is never written."""

import tomllib
from pathlib import Path

import numpy as np
import pytest
import torch

from exporters.onnx import CHECK_TICKS, TOLERANCE, ExportError, check_export, write_bundle
from models.manifest import CODECS, FORMAT, PARTS, tensor_shapes
from models.session import Provider, TickSession
from tests.models.steps import LAYOUTS, Feeds, feeds
from tests.training import tiny
from training.networks import StepInputs

CPU = Provider("CPUExecutionProvider", "a test")
TICKS = 40


@pytest.mark.parametrize("part", PARTS)
def test_onnx_equals_torch(part: str) -> None:
    networks, files = tiny.files()
    assert check_export(networks[part], part, files[f"{part}.onnx"]) <= TOLERANCE
    assert CHECK_TICKS >= 64


@pytest.mark.parametrize("part", PARTS)
def test_another_network_is_noticed(part: str) -> None:
    with pytest.raises(ExportError, match=f"the ONNX file of {part} does not match its network"):
        check_export(tiny.network(part, seed=1), part, tiny.files()[1][f"{part}.onnx"])


@torch.inference_mode()
@pytest.mark.parametrize("part", PARTS)
def test_stepwise_in_onnx_equals_the_whole_sequence_in_torch(part: str) -> None:
    networks, files = tiny.files()
    network, session = networks[part], TickSession(files[f"{part}.onnx"], CPU)
    rng = np.random.default_rng(3)
    ticks = [feeds(part, rng) for _ in range(TICKS)]
    for each in ticks:
        session.step(each)
    rows = {
        name: torch.from_numpy(np.stack([each[name] for each in ticks]))[None]
        for name in ("previous", "lookback", "condition", "valid")
    }
    _, state = network.hidden(StepInputs(**rows), network.fresh_state(1))
    for stepped, whole in zip(session.save(), state, strict=True):
        assert np.abs(stepped - whole.numpy()).max() <= TOLERANCE


@torch.inference_mode()
@pytest.mark.parametrize("part", PARTS)
def test_samples_have_the_chances_the_loss_speaks_of(part: str) -> None:
    """Draw one tick often: a part's commonest answer must come as often as `forward` says."""
    networks, files = tiny.files()
    network, layout = networks[part], LAYOUTS[part]
    session = TickSession(files[f"{part}.onnx"], CPU)
    rng = np.random.default_rng(4)
    one = feeds(part, rng, valid=np.ones((len(layout.parts), 4)))
    heard = StepInputs(
        *(torch.from_numpy(one[name])[None, None] for name in ("previous", "lookback", "condition", "valid"))
    )
    drawn = [_drawn(session, {**one, "uniform": rng.random(one["uniform"].shape)}) for _ in range(4000)]
    start, stop = layout.part_ranges[0]
    answers, counts = np.unique(np.array(drawn)[:, start:stop], axis=0, return_counts=True)
    target = torch.zeros((1, 1, len(layout.slots)), dtype=torch.int64)
    target[0, 0, start:stop] = torch.from_numpy(answers[counts.argmax()])
    matched = (heard.lookback[..., start:stop] == target[:, :, None, start:stop]).all(dim=-1)[:, :, None]
    nats, _ = network(heard, target, matched.expand(1, 1, len(layout.parts), 4), network.fresh_state(1))
    assert counts.max() / len(drawn) == pytest.approx(float(torch.exp(-nats[0, 0, 0])), abs=0.04)


def _drawn(session: TickSession, inputs: Feeds) -> list[int]:
    session.restore(None)
    tokens: list[int] = session.step(inputs)[0].tolist()
    return tokens


def test_the_manifest_declares_everything_and_comes_last(tmp_path: Path) -> None:
    manifest = tomllib.loads(tiny.files()[1]["model.toml"].decode())
    assert (manifest["format"], manifest["name"], manifest["licence"]) == (FORMAT, "tiny", "CC0 1.0")
    for part in PARTS:
        row = manifest[part]
        assert (row["file"], row["codec"]) == (f"{part}.onnx", CODECS[part])
        assert row["tensors"] == tensor_shapes(part, row["hidden"], row["layers"])
    unwritable = tmp_path / "bundle"
    (unwritable / "arrangement.json").mkdir(parents=True)
    with pytest.raises(OSError, match=r"arrangement\.json"):
        write_bundle(unwritable, {}, tiny.TABLES, tiny.PAPERS)
    assert not (unwritable / "model.toml").exists()
