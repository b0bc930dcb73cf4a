"""Rows of a session: a row computes the same alone and in any company, and nothing of it leaks into another one."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from models import bundle
from models.bundle import Bundle
from models.codecs.demands import MODEL, Codec, System, Tensors
from models.manifest import PARTS
from models.network import Network, declaration, declared
from models.onnxfile import Tensor
from models.session import Feeds as Given
from models.session import Row, StepSession, session_of
from models.stepping.device import DeviceSession
from tests.models.sessions import CPU, KINDS, opened
from tests.models.steps import Feeds, every, feeds
from tests.training import tiny

TICKS = 40
Played = list[tuple[list[int], list[int]]]


@pytest.fixture(scope="module")
def tiny_bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return bundle.load(str(tiny.write(tmp_path_factory.mktemp("models") / "tiny")))


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def _inputs(session: StepSession, row: int, tick: int) -> Feeds:
    part = session.network.part
    return feeds(part, np.random.default_rng([row, tick]), session, valid=every(part, session))


def _play(session: StepSession, part: str, rows: list[Row], ticks: range) -> list[list[list[int]]]:
    """Return the tokens of each row at each tick; row n gets the inputs of song n."""
    played = []
    for tick in ticks:
        outputs = session.step({row.index: _inputs(session, song, tick) for song, row in enumerate(rows)})
        played.append([outputs[row.index]["tokens"].tolist() for row in rows])
    return played


def _bits(row: Row) -> list[bytes]:
    return [array.tobytes() for array in row.save()]


@pytest.mark.parametrize("part", PARTS)
def test_a_row_has_the_same_bits_alone_and_in_any_company(part: str, kind: str) -> None:
    shipped = bundle.load("edm")
    alone: dict[int, tuple[list[list[int]], list[bytes]]] = {}
    for count in (1, 2, 3, 8, 64):
        session = opened(shipped, part, kind, count)
        rows = [session.row() for _ in range(count)]
        assert session.capacity == count
        played = _play(session, part, rows, range(TICKS))
        for song in {0, count // 2, count - 1}:
            result = [tick[song] for tick in played], _bits(rows[song])
            if song not in alone:
                alone[song] = _alone(shipped, part, song)
            assert result == alone[song], f"row {song} of {count}"


def _alone(shipped: Bundle, part: str, song: int) -> tuple[list[list[int]], list[bytes]]:
    session = opened(shipped, part, "host")
    row = session.row()
    tokens = [
        session.step({row.index: _inputs(session, song, tick)})[row.index]["tokens"].tolist()
        for tick in range(TICKS)
    ]
    return tokens, _bits(row)


@pytest.mark.parametrize("part", PARTS)
def test_rows_that_come_and_go_play_what_they_play_alone(tiny_bundle: Bundle, part: str, kind: str) -> None:
    """Rows step at random ticks, are saved and restored, and the buffers grow in between."""
    session, rng = opened(tiny_bundle, part, kind), np.random.default_rng(5)
    rows: list[Row] = []
    ticks: dict[int, int] = {}
    for turn in range(60):
        if turn % 12 == 0:
            rows.append(session.row())
            ticks[len(rows) - 1] = 0
        given = {song: row for song, row in enumerate(rows) if rng.random() < 0.6}
        session.step({row.index: _inputs(session, song, ticks[song]) for song, row in given.items()})
        for song in given:
            ticks[song] += 1
        if turn % 7 == 0:
            song = int(rng.integers(len(rows)))
            saved = rows[song].save()
            session.step({rows[song].index: _inputs(session, 99, turn)})
            rows[song].restore(saved)
    assert session.capacity >= len(rows) == 5
    for song, row in enumerate(rows):
        other = opened(tiny_bundle, part, "host").row()
        for tick in range(ticks[song]):
            other.session.step({other.index: _inputs(other.session, song, tick)})
        assert _bits(row) == _bits(other)


def test_a_released_row_is_claimed_again_and_begins_anew(tiny_bundle: Bundle, kind: str) -> None:
    session = opened(tiny_bundle, "melody", kind, 2)
    first, second = session.row(), session.row()
    session.step({first.index: _inputs(session, 0, 0), second.index: _inputs(session, 1, 0)})
    kept = _bits(second)
    first.release()
    with pytest.raises(ValueError, match=f"row {first.index} is not claimed"):
        first.release()
    again = session.row()
    assert (again.index, session.capacity) == (first.index, 2)
    assert not any(array.any() for array in again.save())
    assert _bits(second) == kept


def test_saving_copies_and_restoring_does_not_keep_what_it_was_given(tiny_bundle: Bundle, kind: str) -> None:
    row = opened(tiny_bundle, "percussion", kind).row()
    row.session.step({row.index: _inputs(row.session, 0, 0)})
    saved = row.save()
    assert [array.shape for array in saved] == [(2, 12), (2, 12)]
    copies = [array.copy() for array in saved]
    row.session.step({row.index: _inputs(row.session, 0, 1)})
    row.restore(saved)
    row.session.step({row.index: _inputs(row.session, 0, 2)})
    assert all(np.array_equal(array, copy) for array, copy in zip(saved, copies, strict=True))


def test_every_input_must_be_given_and_a_number_stands_for_one_value(tiny_bundle: Bundle, kind: str) -> None:
    session = opened(tiny_bundle, "melody", kind)
    row, inputs = session.row(), _inputs(session, 0, 0)
    wanted = session.step({row.index: inputs})[row.index]["tokens"].tolist()
    row.restore(None)
    plain: Given = {**inputs, "temperature": 1.0, "top_p": np.array(1)}
    assert session.step({row.index: plain})[row.index]["tokens"].tolist() == wanted
    with pytest.raises(KeyError, match="mask"):
        session.step({row.index: {name: array for name, array in inputs.items() if name != "mask"}})
    assert session.step({}) == {}


def test_a_device_keeps_its_tensors(tiny_bundle: Bundle) -> None:
    """Captured graphs are valid only as long as no tensor moves."""
    session = DeviceSession(tiny_bundle.model("melody"), tiny_bundle.network("melody"), CPU, 2)
    row = session.row()
    places = [value.data_ptr() for value in _values(session)]
    for tick in range(6):
        session.step({row.index: _inputs(session, 0, tick)})
        row.restore(row.save() if tick % 2 else None)
    assert [value.data_ptr() for value in _values(session)] == places


def _values(session: DeviceSession) -> list[Any]:
    return [
        *(session._packed_there, session._asked_there, *session._outputs.values()),
        *(value for states in session._sets for value in states),
    ]


# A system of another kind: a window over past events, so that the network has no state.
WINDOWED = Codec(
    "window-v1",
    "solo",
    lambda _: Tensors(
        inputs={"window": Tensor("int64", [2, 3]), "weight": Tensor("float", [1])},
        outputs={"sum": Tensor("float", [1])},
        states={},
    ),
    ticks_per_beat=12,
)
SYSTEM = System("windows", MODEL, (WINDOWED,))


def _windowed() -> tuple[bytes, Network]:
    """A network that multiplies the sum of a window with a weight."""
    nodes = [
        helper.make_node("Slice", ["packed", "zero", "six", "one"], ["window"]),
        helper.make_node("Slice", ["packed", "six", "seven", "one"], ["weight"]),
        helper.make_node("ReduceSum", ["window", "one"], ["total"], keepdims=1),
        helper.make_node("Mul", ["total", "weight"], ["product"]),
        helper.make_node("Cast", ["asked"], ["kept"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["kept", "one"], ["column"]),
        helper.make_node("Mul", ["product", "column"], ["sum"]),
    ]
    numbers = {"zero": 0, "one": 1, "six": 6, "seven": 7}
    graph = helper.make_graph(
        nodes,
        "windowed",
        [
            helper.make_tensor_value_info("packed", TensorProto.FLOAT, ["rows", 7]),
            helper.make_tensor_value_info("asked", TensorProto.BOOL, ["rows"]),
        ],
        [helper.make_tensor_value_info("sum", TensorProto.FLOAT, ["rows", 1])],
        [helper.make_tensor(name, TensorProto.INT64, [1], [number]) for name, number in numbers.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    onnx.checker.check_model(model)
    row = {**declaration(WINDOWED, SYSTEM.name, {}), "file": "solo.onnx", "sha256": "0"}
    return model.SerializeToString(), declared(row, {SYSTEM.name: SYSTEM})


@pytest.mark.parametrize("rows", [1, 4])
def test_a_network_without_state_steps_too(kind: str, rows: int) -> None:
    content, network = _windowed()
    made = session_of(content, network, CPU) if kind == "host" else DeviceSession(content, network, CPU)
    claimed = [made.row() for _ in range(rows)]
    windows: Mapping[int, Given] = {
        row.index: {"window": np.full((2, 3), row.index + 1), "weight": np.array([0.5], np.float32)}
        for row in claimed
    }
    sums = {index: float(outputs["sum"][0]) for index, outputs in made.step(windows).items()}
    assert sums == {row.index: 3.0 * (row.index + 1) for row in claimed}
    assert claimed[0].save() == ()
    claimed[0].restore(())
    claimed[0].restore(None)
