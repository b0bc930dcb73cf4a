"""A daemon that plays answers every op and publishes every topic as the types, and so the schema and the page, say."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from daemon.control.answers import ANSWERS, EACH
from daemon.control.protocol import OPS
from daemon.control.published import PUBLISHED
from daemon.control.schemas import DIALECT, schema
from daemon.control.telemetry import TOPICS
from tests import needs
from tests.midi.playing import Edmd, playing
from tests.protocol.conversation import CONVERSATION, Step

pytestmark = pytest.mark.timeout(240)
jsonschema = needs.library("jsonschema")
SCHEMA: Final = schema()


@pytest.fixture(scope="module")
def edmd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Edmd]:
    folder = tmp_path_factory.mktemp("edmd")
    options = {
        "recording.folder": folder / "recordings",
        "presets.folder": folder / "presets",
        "control.learned": folder / "controls.toml",
        "parameters.director": "true",
    }
    words = [word for key, value in options.items() for word in ("-o", f"{key}={value}")]
    homes = {"XDG_STATE_HOME": str(folder / "state"), "XDG_CONFIG_HOME": str(folder / "config")}
    with playing(Path("edm"), *words, environ=homes) as running:
        yield running


def fits(name: str, value: Any) -> None:
    """Check a value, as it was received, against the definition of this name in the JSON Schema."""
    whole = {"$schema": DIALECT, "$ref": f"#/$defs/{name}", "$defs": SCHEMA["$defs"]}
    jsonschema.Draft202012Validator(whole).validate(value)


def test_every_answer_and_every_message_is_as_its_type_says(edmd: Edmd) -> None:
    edmd.wait_for_ticks(32)
    for step in CONVERSATION:
        if step.after_bars:
            edmd.wait_for_ticks(16 * step.after_bars)
        _ask(edmd, step)
    edmd.until(lambda: {topic for topic, _ in edmd.told} == {*TOPICS}, "every topic was heard")
    for topic, body in edmd.told:
        msgspec.convert(body, PUBLISHED[topic])
        fits(f"topic.{topic}", body)


def _ask(edmd: Edmd, step: Step) -> None:
    fits(f"request.{step.op}", {"v": 1, "id": "7", "op": step.op, **step.keys})
    result = edmd.client.request(step.op, **step.keys)
    msgspec.convert(result, ANSWERS[step.op][step.action])
    name = f"result.{step.op}" if step.action == EACH else f"result.{step.op}.{step.action}"
    fits(name, result)
    fits("reply", {"v": 1, "id": "7", "ok": True, "result": result})


def test_every_op_action_and_topic_has_a_type_and_a_request_here() -> None:
    actions = {
        op: shape.fields["action"].choices if "action" in shape.fields else (EACH,)
        for op, shape in OPS.items()
    }
    assert {op: tuple(each) for op, each in ANSWERS.items()} == actions
    assert {(step.op, step.action) for step in CONVERSATION} == {
        (op, action) for op, each in actions.items() for action in each
    }
    assert tuple(PUBLISHED) == TOPICS


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert json.loads(json.dumps(SCHEMA, allow_nan=False)) == SCHEMA, "it is plain JSON"
