"""One ONNX step: gates, masks, sampling and state, for random networks and for every shipped bundle."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from models import bundle
from models.bundle import Bundle, BundleError
from models.codecs.base import Layout
from models.manifest import PARTS
from models.session import Array, Provider, ProviderError, Row, choose_provider, open_session
from tests.models.sessions import CPU, KINDS, opened
from tests.models.steps import LAYOUTS, Feeds, every, feeds, shape
from tests.training import tiny


@pytest.fixture(scope="module")
def tiny_bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return bundle.load(str(tiny.write(tmp_path_factory.mktemp("models") / "tiny")))


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=[(name, part) for name in ("tiny", "edm") for part in PARTS], ids="-".join)
def loaded(request: pytest.FixtureRequest, tiny_bundle: Bundle, kind: str) -> tuple[Bundle, str, str]:
    name, part = request.param
    return (tiny_bundle if name == "tiny" else bundle.load(name)), part, kind


def _row(loaded: tuple[Bundle, str, str]) -> Row:
    return opened(*loaded).row()


def _step(row: Row, inputs: Feeds) -> tuple[Array, Array]:
    outputs = row.session.step({row.index: inputs})[row.index]
    return outputs["tokens"], outputs["sources"]


def _typed(one: Feeds, changes: dict[str, Any]) -> Feeds:
    return {name: np.asarray(value, one[name].dtype) for name, value in changes.items()}


def test_a_leaning_on_copies_returns_the_lookback_the_gate_names(loaded: tuple[Bundle, str, str]) -> None:
    row, part, rng = _row(loaded), loaded[1], np.random.default_rng(0)
    for _ in range(40):
        inputs = feeds(part, rng, row.session, valid=every(part, row.session), copy_bias=[50])
        tokens, sources = _step(row, inputs)
        for source, (start, stop) in zip(sources, LAYOUTS[part].part_ranges, strict=True):
            assert 1 <= source <= shape(part, row.session).lags
            assert tokens[start:stop].tolist() == inputs["lookback"][source - 1, start:stop].tolist()


def test_only_valid_lookbacks_are_copied(loaded: tuple[Bundle, str, str]) -> None:
    row, part, rng = _row(loaded), loaded[1], np.random.default_rng(1)
    valid = np.zeros_like(every(part, row.session))
    valid[0, 2] = 1
    for _ in range(40):
        _, sources = _step(row, feeds(part, rng, row.session, valid=valid, copy_bias=[50]))
        assert sources.tolist() == [3] + [0] * (len(sources) - 1)


def test_a_masked_token_is_never_chosen(loaded: tuple[Bundle, str, str]) -> None:
    row, part, rng = _row(loaded), loaded[1], np.random.default_rng(2)
    layout = LAYOUTS[part]
    for _ in range(40):
        allowed = np.concatenate(
            [rng.permutation(slot.size) < max(slot.size // 3, 1) for slot in layout.slots]
        )
        tokens, _ = _step(
            row, feeds(part, rng, row.session, mask=np.where(allowed, 0, -1e4), temperature=[3])
        )
        assert allowed[np.array(layout.offsets[:-1]) + tokens].all()


def test_a_small_nucleus_and_a_low_temperature_both_choose_the_likeliest(
    loaded: tuple[Bundle, str, str],
) -> None:
    row, part, rng = _row(loaded), loaded[1], np.random.default_rng(3)
    for _ in range(20):
        state, one = (
            row.save(),
            feeds(part, rng, row.session, top_p=[1e-6], mask=_without_silence(LAYOUTS[part])),
        )
        answers = []
        for changes in ({}, {"uniform": 1 - one["uniform"]}, {"top_p": np.ones(1), "temperature": [1e-6]}):
            row.restore(state)
            answers.append(_step(row, {**one, **_typed(one, changes)})[0].tolist())
        assert answers[0] == answers[1] == answers[2]


def _without_silence(layout: Layout) -> NDArray[np.float32]:
    """Apply the mask to 'nothing', which sampling leaves unchanged."""
    mask = np.zeros(layout.vocabulary, np.float32)
    for slot, offset in zip(layout.slots, layout.offsets, strict=False):
        mask[offset] = -1e4 if slot.steady else 0
    return mask


def test_a_steady_slot_is_silent_as_often_at_any_heat(tiny_bundle: Bundle) -> None:
    row, rng = open_session(tiny_bundle, "melody", CPU).row(), np.random.default_rng(9)
    assert LAYOUTS["melody"].slots[0].steady
    # A random network is seldom silent, so the mask makes silence more likely.
    mask = np.zeros(LAYOUTS["melody"].vocabulary)
    mask[0] = 4
    silences: list[bool] = []
    for _ in range(60):
        one = feeds("melody", rng, row.session, mask=mask)
        heard = set()
        for heat, nucleus in ((0.05, 1.0), (3.0, 1.0), (1.0, 1e-6)):
            row.restore(None)
            changes = _typed(one, {"temperature": [heat], "top_p": [nucleus]})
            heard.add(bool(_step(row, {**one, **changes})[0][0] == 0))
        assert len(heard) == 1
        silences += heard
    assert 0 < sum(silences) < len(silences)


def test_heat_widens_the_choice(loaded: tuple[Bundle, str, str]) -> None:
    row, part = _row(loaded), loaded[1]
    kinds = {}
    for heat in (0.05, 3.0):
        rng, seen = np.random.default_rng(4), set()
        one = feeds(part, rng, row.session)
        for _ in range(60):
            row.restore(None)
            uniform = rng.random(one["uniform"].shape, np.float32)
            seen.add(
                tuple(_step(row, {**one, "uniform": uniform, **_typed(one, {"temperature": [heat]})})[0])
            )
        kinds[heat] = len(seen)
    assert kinds[0.05] < kinds[3.0]


def _play(row: Row, part: str, seed: int, ticks: int) -> list[list[int]]:
    rng = np.random.default_rng(seed)
    valid = every(part, row.session)
    return [_step(row, feeds(part, rng, row.session, valid=valid))[0].tolist() for _ in range(ticks)]


def test_the_same_numbers_give_the_same_music(loaded: tuple[Bundle, str, str]) -> None:
    one, other = _row(loaded), _row(loaded)
    assert _play(one, loaded[1], 5, 50) == _play(other, loaded[1], 5, 50)
    for got, wanted in zip(one.save(), other.save(), strict=True):
        assert got.tobytes() == wanted.tobytes()


@pytest.mark.parametrize("ticks", [7, 8])
def test_a_restored_state_goes_on_to_the_bit(loaded: tuple[Bundle, str, str], ticks: int) -> None:
    row, other = _row(loaded), _row(loaded)
    _play(row, loaded[1], 6, ticks)
    saved = row.save()
    played, ends = _play(row, loaded[1], 7, 30), row.save()
    other.restore(saved)
    assert _play(other, loaded[1], 7, 30) == played
    assert [array.tobytes() for array in other.save()] == [array.tobytes() for array in ends]
    assert saved[0].any(), "a saved state is a copy of its own"


def test_restoring_nothing_begins_anew(loaded: tuple[Bundle, str, str]) -> None:
    row = _row(loaded)
    first = _play(row, loaded[1], 8, 20)
    row.restore(None)
    assert not any(array.any() for array in row.save())
    assert _play(row, loaded[1], 8, 20) == first


def test_a_model_that_the_runtime_refuses_is_named(tiny_bundle: Bundle) -> None:
    nonsense = replace(tiny_bundle, files=dict.fromkeys(tiny_bundle.files, b"\x08\x09"))
    with pytest.raises(BundleError, match=rf"{tiny_bundle.folder.name}.*melody.*export it again"):
        open_session(nonsense, "melody", CPU)


def test_the_provider_is_what_was_asked_for_and_says_why(tiny_bundle: Bundle) -> None:
    probe = tiny_bundle.model("percussion")
    assert choose_provider("cpu", probe) == Provider("CPUExecutionProvider", "as requested")
    auto = choose_provider("auto", probe)
    assert auto.why
    if auto.device == "cpu":
        with pytest.raises(ProviderError, match=r"CUDA does not work here.*provider=cpu"):
            choose_provider("cuda", probe)
    else:
        assert choose_provider("cuda", probe).device == "cuda"


def test_the_shipped_bundle_keeps_its_promises() -> None:
    shipped = bundle.load("edm")
    assert shipped.folder == Path(bundle.__file__).parent / "edm"
    assert shipped.size_bytes <= 25_000_000
    manifest = shipped.manifest
    assert manifest["licence"] == "CC BY-SA 4.0"
    real = {"electronic", "grooves", "lieder", "pop909"}
    assert {row["name"] for row in manifest["data"]} == {*real, "synthetic"}
    assert all(row["title"] and row["licence"] and row["songs"] and row["ticks"] for row in manifest["data"])
    for part, sources in (("melody", ("electronic", "lieder")), ("percussion", ("electronic", "grooves"))):
        for source in sources:
            figures = manifest["held_out"][part][source]
            assert 0 < figures["told"]["all"] < figures["ngram"]
    for style in ("edm", "classical"):
        assert len(shipped.arrangement.style(style).loops) >= 50
        assert len(shipped.arrangement.style(style).phrases) >= 100
