"""A record as a line: what it holds, what it escapes, and how long it gets."""

import json
import logging
import re
import sys
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.reporting.log_lines import LONGEST_BYTES, LineFormatter, LogFormat


def record_of(message: str, *args: object, error: Exception | None = None) -> logging.LogRecord:
    exc_info = None if error is None else (type(error), error, error.__traceback__)
    return logging.LogRecord("daemon.x", logging.WARNING, __file__, 1, message, args, exc_info)


def line_of(record: logging.LogRecord, kind: LogFormat = "text", *, is_brief: bool = False) -> str:
    return LineFormatter("player", kind, is_brief=is_brief).format(record)


def raised(text: str, depth: int = 0) -> Exception:
    """An exception with a traceback of `depth` different frames."""
    program = "".join(f"def f{n}():\n    f{n + 1}()\n" for n in range(depth))
    names: dict[str, object] = {}
    try:
        exec(f"{program}def f{depth}():\n    raise ValueError({text!r})\nf0()", names)
    except ValueError as error:
        return error
    raise AssertionError


def test_text_has_time_level_role_and_message() -> None:
    record = record_of("port %s is %s", "Prophet", "absent")
    found = re.fullmatch(r"(\S+) WARNING player: port Prophet is absent\n", line_of(record))
    assert found is not None
    time = datetime.fromisoformat(found[1])
    assert time.utcoffset() is not None
    assert abs(time.timestamp() - record.created) < 0.001
    assert re.search(r"T\d\d:\d\d:\d\d\.\d\d\d[+-]\d\d:\d\d$", found[1])


def test_on_a_terminal_the_date_is_left_out() -> None:
    line = line_of(record_of("it plays"), is_brief=True)
    assert re.fullmatch(r"\d\d:\d\d:\d\d\.\d\d\d WARNING player: it plays\n", line)


def test_json_has_one_object_a_line() -> None:
    line = line_of(record_of("one\ntwo", error=raised("wrong")), "json")
    assert line.count("\n") == 1
    told = json.loads(line)
    assert list(told) == ["time", "level", "role", "logger", "message", "exception"]
    assert (told["level"], told["role"], told["logger"]) == ("warning", "player", "daemon.x")
    assert told["message"] == "one\ntwo"
    assert told["exception"].startswith("Traceback")
    assert told["exception"].endswith("ValueError: wrong")
    assert "exception" not in json.loads(line_of(record_of("fine"), "json"))


def test_no_message_can_pretend_to_be_another_record() -> None:
    line = line_of(record_of("%s", "x\n2026-01-01 ERROR composer: \x1b[31mred\r\u2028\x9b"))
    assert line.count("\n") == 1
    assert "x\\n2026" in line
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", line)


def test_the_lines_of_an_exception_are_indented() -> None:
    first, *rest = line_of(record_of("bad", error=raised("a\nb"))).splitlines()
    assert first.endswith("WARNING player: bad")
    assert all(line.startswith("    ") for line in rest)
    assert rest[-1] == "    b"


@pytest.mark.parametrize("kind", ["text", "json"])
def test_a_long_exception_is_cut_and_its_cause_stays(kind: LogFormat) -> None:
    sys.setrecursionlimit(max(sys.getrecursionlimit(), 2000))
    line = line_of(record_of("m" * 100_000, error=raised("the cause", depth=200)), kind)
    assert 1000 < len(line.encode()) <= LONGEST_BYTES
    assert "[...]" in line
    assert "ValueError: the cause" in line
    assert kind == "text" or json.loads(line)["message"].startswith("mmm")


@given(st.text(max_size=6000), st.sampled_from(["text", "json"]))
def test_any_message_is_a_bounded_line(message: str, kind: LogFormat) -> None:
    line = line_of(record_of("%s", message), kind)
    assert line.endswith("\n")
    assert line.count("\n") == 1
    assert len(line.encode("utf-8", "backslashreplace")) <= LONGEST_BYTES
    if kind == "json" and len(message) < 300:
        assert json.loads(line)["message"] == message
