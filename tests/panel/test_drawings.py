"""Pictures and scores of captures: made beside the capture, refused in words, and only of captures."""

import time
from pathlib import Path
from typing import Any

import pytest

from daemon.panel.songs import exporting
from exporters.formats import MissingError
from tests.panel.conftest import Visitor
from tests.panel.test_songs import midi_file

NAME = "capture-20260101-120000"


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    path = tmp_path / f"{NAME}.mid"
    path.write_bytes(midi_file(60, 64, 67, 72))
    return path


def ended(visitor: Visitor, name: str) -> dict[str, Any]:
    """Return the state of a drawing as soon as it is ready or has failed."""
    began = time.monotonic()
    while True:
        told: dict[str, Any] = visitor.client.get(f"/api/captures/{name}/drawing").get_json()["result"]
        if told["state"] != "working":
            return told
        assert time.monotonic() - began < 60
        time.sleep(0.05)


@pytest.mark.parametrize(("suffix", "head"), [("png", b"\x89PNG"), ("svg", b"<svg"), ("pdf", b"%PDF")])
@pytest.mark.usefixtures("capture")
def test_a_capture_is_drawn(suffix: str, head: bytes, visitor: Visitor) -> None:
    name = visitor.ask(f"/api/captures/{NAME}.mid/draw", {"suffix": suffix}).get_json()["result"]["name"]
    assert name == f"{NAME}.{suffix}"
    assert ended(visitor, name) == {"state": "ready", "error": ""}
    with visitor.client.get(f"/api/captures/{name}") as taken:
        assert taken.data.lstrip().startswith(head)


def test_a_capture_that_cannot_be_read_says_why(visitor: Visitor, capture: Path) -> None:
    capture.write_bytes(b"MThd, and no more")
    name = visitor.ask(f"/api/captures/{NAME}.mid/draw", {"suffix": "png"}).get_json()["result"]["name"]
    told = ended(visitor, name)
    assert (told["state"], "it has no tracks" in told["error"]) == ("failed", True)


def test_what_is_no_capture_is_not_drawn(visitor: Visitor, capture: Path) -> None:
    refused = visitor.ask(f"/api/captures/{NAME}.mid/draw", {"suffix": "exe"}).get_json()["error"]
    assert refused["message"] == '"suffix" is png or svg or pdf; got "exe"'
    (capture.parent / "secret.mid").write_bytes(capture.read_bytes())
    (capture.parent / "capture-20260101-120001.mid").symlink_to(capture.parent / "secret.mid")
    for name in ("secret.mid", "capture-20260101-120001.mid", "capture-20260101-120002.mid", f"{NAME}.png"):
        assert visitor.ask(f"/api/captures/{name}/draw", {"suffix": "png"}).status_code == 404
        assert visitor.client.get(f"/api/captures/{name}/drawing").status_code == 404
    assert [path.suffix for path in capture.parent.glob("*")].count(".png") == 0


@pytest.mark.usefixtures("capture")
def test_a_missing_library_is_named(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_: str, __: str) -> None:
        raise MissingError("a picture needs matplotlib; install it")

    monkeypatch.setattr(exporting, "check_installed", missing)
    answer = visitor.ask(f"/api/captures/{NAME}.mid/draw", {"suffix": "png"})
    assert (answer.status_code, answer.get_json()["error"]["message"]) == (
        409,
        "a picture needs matplotlib; install it",
    )
