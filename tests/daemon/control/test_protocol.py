"""Decoding and encoding of request frames, and everything that is refused."""

import json
import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from daemon.control.messages import (
    ControlError,
    Describe,
    Get,
    Model,
    Op,
    Ping,
    Record,
    Reseed,
    Set,
    State,
    Transport,
)
from daemon.control.protocol import MAX_BYTES, OPS, Request, describe, encode_error, encode_result, parse
from daemon.parameters import SPECS


def frame(**fields: Any) -> bytes:
    return json.dumps({"v": 1, "id": "a", **fields}).encode()


@pytest.mark.parametrize(
    ("fields", "op"),
    [
        ({"op": "ping"}, Ping()),
        ({"op": "describe"}, Describe()),
        ({"op": "get"}, Get()),
        ({"op": "get", "names": None}, Get()),
        ({"op": "get", "names": ["tempo", "lead.mute"]}, Get(("tempo", "lead.mute"))),
        ({"op": "set", "params": {"tempo": 140}}, Set({"tempo": 140})),
        ({"op": "set", "params": {}, "at": "bar", "over": 8}, Set({}, "bar", 8)),
        ({"op": "transport", "action": "continue"}, Transport("continue")),
        ({"op": "transport", "action": "play", "count_in": 2}, Transport("play", 2)),
        ({"op": "state"}, State()),
        ({"op": "reseed"}, Reseed()),
        ({"op": "reseed", "seed": 7, "at": "now"}, Reseed(7, "now")),
        ({"op": "record", "action": "start", "path": "a.mid"}, Record("start", "a.mid")),
        ({"op": "model", "action": "list"}, Model("list")),
        ({"op": "model", "action": "load", "name": "edm"}, Model("load", "edm")),
    ],
)
def test_well_formed_requests(fields: dict[str, Any], op: Op) -> None:
    assert parse(frame(**fields)) == Request("a", op)


def test_an_id_is_optional() -> None:
    assert parse(b'{"v": 1, "op": "ping"}') == Request(None, Ping())


@pytest.mark.parametrize("identity", ["", "x" * 60_000, "\0", "\ud800", "ü"])
def test_an_id_is_any_string(identity: str) -> None:
    assert parse(frame(id=identity, op="ping")) == Request(identity, Ping())
    with pytest.raises(ControlError) as refused:
        parse(frame(id=identity, op="pong"))
    assert refused.value.request_id == identity
    assert json.loads(encode_result(identity, {}))["id"] == identity


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "bad_json"),
        (b"\xff\xfe", "bad_json"),
        (b"{", "bad_json"),
        (b'{"v": 1, "v": 1, "op": "ping"}', "bad_json"),
        (b'{"v": 1, "op": "set", "params": {"tempo": 100, "tempo": 120}}', "bad_json"),
        (b'{"v": 1, "op": "set", "params": {"tempo": NaN}}', "bad_json"),
        (b'{"v": 1, "op": "set", "params": {"tempo": -Infinity}}', "bad_json"),
        (b'{"v": 1, "op": "set", "params": {"tempo": ' + b"9" * 5000 + b"}}", "bad_json"),
        (b"[" * 60_000, "bad_json"),
        (b'{"a":' * 12_000, "bad_json"),
        (b" " * (MAX_BYTES + 1), "too_large"),
        (rb'{"v": 1, "op": "record", "action": "start", "path": "a\ud800"}', "bad_request"),
        (b"[]", "bad_request"),
        (b"3", "bad_request"),
        (b"null", "bad_request"),
        (b'{"op": "ping"}', "unsupported_version"),
        (b'{"v": 2, "op": "ping"}', "unsupported_version"),
        (b'{"v": true, "op": "ping"}', "unsupported_version"),
        (b'{"v": "1", "op": "ping"}', "unsupported_version"),
        (b'{"v": 1}', "bad_request"),
        (b'{"v": 1, "op": 3}', "bad_request"),
        (b'{"v": 1, "op": "pong"}', "unknown_op"),
        (b'{"v": 1, "op": "ping", "id": 7}', "bad_request"),
        (b'{"v": 1, "op": "ping", "loud": true}', "bad_request"),
        (b'{"v": 1, "op": "get", "names": "tempo"}', "bad_request"),
        (b'{"v": 1, "op": "get", "names": [3]}', "bad_request"),
        (b'{"v": 1, "op": "get", "names": ["tmpo"]}', "unknown_parameter"),
        (b'{"v": 1, "op": "set"}', "bad_request"),
        (b'{"v": 1, "op": "set", "params": []}', "bad_request"),
        (b'{"v": 1, "op": "set", "params": {}, "at": "soon"}', "bad_request"),
        (b'{"v": 1, "op": "set", "params": {}, "over": "8"}', "wrong_type"),
        (b'{"v": 1, "op": "set", "params": {}, "over": true}', "wrong_type"),
        (b'{"v": 1, "op": "set", "params": {}, "over": -1}', "out_of_range"),
        (b'{"v": 1, "op": "set", "params": {}, "over": 1e999}', "out_of_range"),
        (b'{"v": 1, "op": "transport"}', "bad_request"),
        (b'{"v": 1, "op": "transport", "action": "fly"}', "bad_request"),
        (b'{"v": 1, "op": "reseed", "seed": 1.5}', "wrong_type"),
        (b'{"v": 1, "op": "reseed", "seed": -1}', "out_of_range"),
        (b'{"v": 1, "op": "record", "action": "start", "path": ""}', "bad_request"),
        (b'{"v": 1, "op": "record", "action": "start", "path": "a\\u0000b"}', "bad_request"),
        (b'{"v": 1, "op": "model", "action": "load"}', "bad_request"),
        (b'{"v": 1, "op": "sing"}', "unknown_op"),
    ],
    ids=lambda part: part[:40] if isinstance(part, bytes) else part,
)
def test_what_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(ControlError) as refused:
        parse(data)
    assert refused.value.code == code


def test_refusals_name_what_is_wrong() -> None:
    with pytest.raises(ControlError, match=r'ping has no key "loud"; its keys: none'):
        parse(frame(op="ping", loud=True))
    with pytest.raises(ControlError, match="did you mean transport"):
        parse(frame(op="transprt"))


def test_refusals_name_all_that_is_wrong_with_a_request() -> None:
    with pytest.raises(ControlError) as refused:
        parse(frame(op="set", params={}, at="soon", over=-1, loud=True))
    assert (refused.value.code, refused.value.param) == ("bad_request", None)
    assert refused.value.message.split("\n") == [
        'set has no key "loud"; its keys: params, at, over',
        '"at" is one of now, beat, bar, phrase; got "soon"',
        '"over" is a number of beats, 0 to 100000; got -1',
    ]
    with pytest.raises(ControlError) as unknown:
        parse(frame(op="get", names=["tmpo", "tempo", "swng"]))
    assert (unknown.value.code, unknown.value.param) == ("unknown_parameter", "tmpo")
    assert unknown.value.message.count("did you mean") == 2


def test_of_very_much_that_is_wrong_the_beginning_is_told() -> None:
    many = {f"x{number}": 1 for number in range(3000)}
    with pytest.raises(ControlError) as keys:
        parse(frame(op="set", params={}, **many))
    with pytest.raises(ControlError) as names:
        parse(frame(op="get", names=list(many)))
    for refused in (keys, names):
        lines = refused.value.message.split("\n")
        assert (len(lines), lines[-1]) == (9, "and there are more errors")


@pytest.mark.parametrize("number", ["1e400", "-1e400", "1" + "0" * 400])
def test_a_number_that_is_too_large_is_told_as_one(number: str) -> None:
    with pytest.raises(ControlError) as refused:
        parse(f'{{"v": 1, "op": "set", "params": {{}}, "over": {number}}}'.encode())
    assert refused.value.message == '"over" is a number of beats, 0 to 100000; got a very large number'


@pytest.mark.parametrize(
    ("path", "got"),
    [("", 'got ""'), ("x" * 300, "got 300 of them"), ("a\0b", "U+0000 among them"), (3, "got 3")],
)
def test_a_text_that_cannot_be_is_told_why(path: object, got: str) -> None:
    with pytest.raises(ControlError, match=re.escape(got)):
        parse(frame(op="record", action="start", path=path))


def test_the_id_is_known_when_the_rest_is_refused() -> None:
    with pytest.raises(ControlError) as refused:
        parse(b'{"v": 9, "id": "mine", "op": "ping"}')
    assert refused.value.request_id == "mine"


def test_replies_have_the_shape_of_the_contract() -> None:
    assert json.loads(encode_result("a", {"x": 1})) == {"v": 1, "id": "a", "ok": True, "result": {"x": 1}}
    error = ControlError("out_of_range", "tempo is 20 to 300 BPM; got 9000", "tempo")
    assert json.loads(encode_error("a", error)) == {
        "v": 1, "id": "a", "ok": False,
        "error": {"code": "out_of_range", "param": "tempo", "message": "tempo is 20 to 300 BPM; got 9000"},
    }  # fmt: skip


def test_describe_tells_every_op_and_parameter() -> None:
    told = describe({"hook": "no hook"})
    assert set(told["ops"]) == set(OPS)
    assert set(told["params"]) == set(SPECS)
    assert told["params"]["tempo"]["range"] == [20.0, 300.0]
    assert told["params"]["tempo"]["unit"] == "BPM"
    assert "F# major" in told["params"]["scale"]["choices"]
    assert told["params"]["tempo"]["acts_now"] is True
    assert "why_not" not in told["params"]["tempo"]
    assert (told["params"]["hook"]["acts_now"], told["params"]["hook"]["why_not"]) == (False, "no hook")
    assert len(encode_result("a", told)) < MAX_BYTES


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
requests = st.fixed_dictionaries(
    {"v": st.just(1) | json_values, "op": st.sampled_from(list(OPS)) | json_values},
    optional={
        key: st.just(good) | json_values
        for key, good in {
            "id": "a", "names": ["tempo"], "params": {"tempo": 1}, "at": "bar", "over": 1, "action": "play",
            "seed": 1, "path": "a", "name": "b",
        }.items()
    },
)  # fmt: skip


@given(
    st.binary()
    | json_values.map(lambda v: json.dumps(v).encode())
    | requests.map(lambda v: json.dumps(v).encode())
)
@example(b'{"v": 1, "id": "\\ud800", "op": "\\ud800"}')
def test_any_bytes_are_a_request_or_a_refusal_that_can_be_sent(data: bytes) -> None:
    outcome = _outcome(data)
    if isinstance(outcome, ControlError):
        reply = encode_error(outcome.request_id, outcome)
        assert len(reply) <= MAX_BYTES
        assert json.loads(reply)["error"]["message"]
    else:
        assert type(outcome.op) in {shape.message for shape in OPS.values()}


def _outcome(data: bytes) -> Request | ControlError:
    try:
        return parse(data)
    except ControlError as error:
        return error


SAMPLES: dict[str, Any] = {
    "path": "a.mid", "name": "a", "part": "melody", "at": "phrase", "over": 4, "slot": 1, "to": "b", "pending_id": 1,
    "param": "tempo", "control": "cc1", "bars": 2, "once": True, "source": "midi", "voice": "lead", "ms": 5, "count_in": 1,
}  # fmt: skip


@pytest.mark.parametrize("op", [op for op, shape in OPS.items() if shape.uses])
def test_a_key_that_the_action_does_not_use_is_refused(op: str) -> None:
    shape = OPS[op]
    for action in shape.fields["action"].choices:
        used = {
            key: SAMPLES[key]
            for key in shape.fields
            if key in SAMPLES and action in shape.uses.get(key, (action,))
        }
        parse(frame(op=op, action=action, **used))
        for key in shape.uses:
            if key not in used:
                with pytest.raises(ControlError, match=f'^"{key}" goes with the actions? ') as caught:
                    parse(frame(op=op, action=action, **used, **{key: SAMPLES[key]}))
                assert (caught.value.code, caught.value.param) == ("bad_request", key)


@pytest.mark.parametrize("op", [op for op, shape in OPS.items() if "action" in shape.fields])
def test_each_action_says_which_keys_it_uses(op: str) -> None:
    assert {*OPS[op].uses} == {*OPS[op].fields} - {"action"}
    for actions in OPS[op].uses.values():
        assert {*actions} <= {*OPS[op].fields["action"].choices}
