"""Songs: composed by the worker, judged, exported, stored, deleted."""

import io
import time
from pathlib import Path
from typing import Any

import mido
import pytest

from daemon.link.gateway import Hear
from daemon.panel.songs.rendering import compose
from daemon.panel.songs.songfiles import SONG_FILE
from models.effects import FILTER
from tests import needs
from tests.daemon.handlers import Daemon
from tests.exporters.conftest import font
from tests.panel.conftest import Building, Visitor

__all__ = ["font"]


def songs(visitor: Visitor) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = visitor.client.get("/api/songs").get_json()["result"]["songs"]
    return found


def done(visitor: Visitor, song: str) -> dict[str, Any]:
    """Return the song as soon as it is finished or has failed."""
    began = time.monotonic()
    while time.monotonic() - began < 60:
        found = next(each for each in songs(visitor) if each["id"] == song)
        if found["state"] in {"ready", "failed"}:
            return found
        time.sleep(0.1)
    raise AssertionError(found)


def midi_file(*pitches: int) -> bytes:
    file = mido.MidiFile()
    track = file.add_track("lead")
    for pitch in pitches:
        track.append(mido.Message("note_on", note=pitch, velocity=90))
        track.append(mido.Message("note_off", note=pitch, time=480))
    buffer = io.BytesIO()
    file.save(file=buffer)
    return buffer.getvalue()


def upload(visitor: Visitor, content: bytes, name: str = "tune.mid") -> Any:
    data = {"file": (io.BytesIO(content), name)}
    return visitor.client.post("/api/songs/upload", data=data, headers={"X-Edmd-Token": visitor.token})


def test_a_song_is_made_judged_and_kept(visitor: Visitor) -> None:
    song = visitor.ask("/api/songs", {"bars": 4, "seed": 7, "temperature": 0.8}).get_json()["result"]["id"]
    assert done(visitor, song)["state"] == "ready", songs(visitor)
    facts = visitor.client.get(f"/api/songs/{song}").get_json()["result"]
    assert (facts["seed"], facts["bars"], facts["files"]) == (7, 4, [".mid"])
    assert len(facts["notes"]) > 8
    assert [reading["bar"] for reading in facts["gauge"]] == [0, 1, 2, 3]
    assert facts["exports"]["musicxml"] is None
    assert facts["genre"] == "auto"
    assert all(0 <= root < 12 for _, root in facts["roots"])
    with visitor.client.get(f"/api/songs/{song}/file/mid") as content:
        assert content.headers["Content-Disposition"] == f"attachment; filename=edmd-{song}.mid"
        file = mido.MidiFile(file=io.BytesIO(content.data))
    played = [message for track in file.tracks for message in track if message.type == "note_on"]
    assert len(played) == len(facts["notes"])
    assert visitor.ask(f"/api/songs/{song}/delete").status_code == 200
    assert songs(visitor) == []


def test_a_song_has_effects_whether_midi_is_sent_with_them_or_not(tmp_path: Path) -> None:
    """The page plays them itself. The song has a build, with sweeps and a riser."""
    facts, sweeps = {}, {}
    for sent in ("true", "false"):
        overrides = ["parameters.genre=trance", f"midi.effects={sent}"]
        facts[sent] = compose(
            {"config": None, "overrides": overrides, "seed": 4, "bars": 48}, tmp_path, lambda _: None
        )
        messages = [m for track in mido.MidiFile(tmp_path / SONG_FILE).tracks for m in track]
        sweeps[sent] = sum(m.type == "control_change" and m.control == FILTER for m in messages)
    effects = facts["true"]["effects"]
    assert facts["false"]["effects"] == effects
    assert any(each["riser"] for _, each in effects)
    assert any(each["filters"] for _, each in effects)
    assert sweeps["true"] > 0 == sweeps["false"]
    assert facts["true"]["genre"] == "trance"


def test_an_upload_is_judged_under_its_own_name_and_kept_under_ours(
    visitor: Visitor, tmp_path: Path, daemon: Daemon
) -> None:
    name = "../../up \u202ehere.mid"
    song = upload(visitor, midi_file(60, 64, 67, 72), name).get_json()["result"]["id"]
    found = done(visitor, song)
    assert found["title"] == "../../up here.mid"
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert sorted(path.name for path in kept) == ["song.json", "song.mid"]
    assert all(path.parent == tmp_path / "panel" / song for path in kept)
    assert visitor.ask(f"/api/songs/{song}/prime", {"from_bar": 0}).status_code == 200
    assert isinstance(daemon.handlers.asked[-1], Hear)


@pytest.mark.parametrize("content", [b"", b"GIF89a", b"MThd" + b"\0" * 4_000_000])
def test_what_is_no_midi_file_is_refused(content: bytes, visitor: Visitor, tmp_path: Path) -> None:
    assert upload(visitor, content).status_code in {400, 413}
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize(
    ("content", "name", "code", "told"),
    [
        (b"", "empty.mid", "bad_request", "empty.mid is empty"),
        (b"GIF89a", "cat.mid", "bad_request", "cat.mid is not a MIDI file"),
        (
            b"MThd" + b"\0" * (2 * 2**20), "long.mid", "too_large",
            "long.mid has 2.01 MiB; the panel takes at most 3 MiB, and MIDI files of at most 2 MiB: send a smaller one",
        ),
        (b"\0" * (4 * 2**20), "any.mid", "too_large", "the request has 4.01 MiB; the panel takes at most 3 MiB"),
        (b"GIF89a", "x" * 300 + ".mid", "bad_request", "x" * 80 + " is not a MIDI file"),
    ],
)  # fmt: skip
def test_what_is_refused_is_named_with_its_cause(
    content: bytes, name: str, code: str, told: str, visitor: Visitor
) -> None:
    error = upload(visitor, content, name).get_json()["error"]
    assert error["code"] == code
    assert error["message"].startswith(told)


def test_all_that_is_wrong_with_a_song_is_told(visitor: Visitor, tmp_path: Path) -> None:
    asked = {"bars": 0, "seed": -1, "energy": 7, "temperature": "hot", "colour": 1}
    error = visitor.ask("/api/songs", asked).get_json()["error"]
    assert error["message"].split("\n") == [
        'a song has no "colour"; it has bars, seed, model, temperature, classical_mix, energy',
        "bars is a whole number, 1 to 512; got 0",
        "seed is a whole number, 0 to 9223372036854775807; got -1",
        'temperature is a number, 0.05 to 3; got "hot"',
        "energy is 0 to 1; got 7",
    ]
    assert list(tmp_path.rglob("*")) == []


def test_a_damaged_file_fails_in_words_and_leaves_nothing(visitor: Visitor, tmp_path: Path) -> None:
    song = upload(visitor, b"MThd\0\0\0\6\0\1\0\1\0\0").get_json()["result"]["id"]
    found = done(visitor, song)
    assert (found["state"], found["error"]) == (
        "failed",
        "the file cannot be read: it says that a beat has 0 ticks",
    )
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    "asked",
    [
        {"bars": 0},
        {"bars": 513},
        {"bars": "4"},
        {"bars": True},
        {},
        {"bars": 4, "seed": -1},
        {"bars": 4, "seed": 1.5},
        {"bars": 4, "temperature": 9},
        {"bars": 4, "classical_mix": "a lot"},
    ],
)
def test_what_cannot_be_made_is_refused(asked: dict[str, Any], visitor: Visitor) -> None:
    assert visitor.ask("/api/songs", asked).status_code == 400
    assert songs(visitor) == []


@pytest.mark.parametrize("name", ["..", "%2e%2e", "none", "..%2f..%2fetc", "."])
def test_a_song_is_found_among_those_there_are(name: str, visitor: Visitor, tmp_path: Path) -> None:
    (tmp_path / "song.mid").write_bytes(midi_file(60))
    (tmp_path / "song.json").write_text("{}", encoding="utf-8")
    for path in (f"/api/songs/{name}", f"/api/songs/{name}/file/mid"):
        assert visitor.client.get(path).status_code == 404
    for path in (f"/api/songs/{name}/delete", f"/api/songs/{name}/prime"):
        assert visitor.ask(path).status_code in {400, 404, 405}
    assert (tmp_path / "song.mid").is_file()


def made(visitor: Visitor, song: str, suffix: str) -> bytes:
    """Export a file, look at the song meanwhile as the page does, and download the file."""
    assert visitor.client.get(f"/api/songs/{song}/file/{suffix}").status_code == 404
    assert visitor.ask(f"/api/songs/{song}/export", {"suffix": suffix}).status_code == 200
    began = time.monotonic()
    while (told := exporting(visitor, song)) and time.monotonic() - began < 60:
        assert told[0]["state"] != "failed", told
        time.sleep(0.005)
    with visitor.client.get(f"/api/songs/{song}/file/{suffix}") as taken:
        assert taken.status_code == 200
        return bytes(taken.data)


def exporting(visitor: Visitor, song: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = visitor.client.get(f"/api/songs/{song}").get_json()["result"]["exporting"]
    return found


def judged(visitor: Visitor) -> str:
    song: str = upload(visitor, midi_file(60, 64, 67, 72)).get_json()["result"]["id"]
    assert done(visitor, song)["state"] == "ready"
    return song


def test_a_score_is_made_when_it_is_asked_for(visitor: Visitor) -> None:
    song = judged(visitor)
    assert visitor.ask(f"/api/songs/{song}/export", {"suffix": "exe"}).status_code == 400
    assert b"<score-partwise" in made(visitor, song, "musicxml")


def test_audio_is_made_though_the_song_is_looked_at_meanwhile(
    visitor: Visitor, font: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDMD_SOUNDFONT", str(font))
    song = judged(visitor)
    sound, rate = needs.library("soundfile").read(io.BytesIO(made(visitor, song, "wav")))
    assert len(sound) / rate == pytest.approx(4 * 60 / 120, abs=0.05)
    assert abs(sound).max() > 0.1


def test_to_look_at_a_song_writes_nothing(visitor: Visitor, tmp_path: Path) -> None:
    folder = tmp_path / "panel" / judged(visitor)
    (folder / "song.wav.partial").write_bytes(b"half of it")
    before = {path: path.stat().st_mtime_ns for path in (folder, *folder.iterdir())}
    assert visitor.client.get(f"/api/songs/{folder.name}").status_code == 200
    assert {path: path.stat().st_mtime_ns for path in (folder, *folder.iterdir())} == before


def test_an_export_that_cannot_be_is_told_before_and_after(
    panel: Building, tmp_path: Path, font: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDMD_SOUNDFONT", str(tmp_path / "no.sf2"))
    visitor = Visitor(panel().test_client())
    visitor.come()
    song = judged(visitor)
    facts = visitor.client.get(f"/api/songs/{song}").get_json()["result"]
    assert "cannot read the sound font" in facts["exports"]["wav"]
    assert visitor.ask(f"/api/songs/{song}/export", {"suffix": "wav"}).status_code == 200
    began = time.monotonic()
    while exporting(visitor, song)[0]["state"] != "failed":
        assert time.monotonic() - began < 60
        time.sleep(0.05)
    assert "cannot read the sound font" in exporting(visitor, song)[0]["error"]
    assert visitor.client.get(f"/api/songs/{song}/file/wav").status_code == 404


@pytest.mark.parametrize("task", [{"bars": 1, "seed": 7}, None])
def test_songs_heed_the_gauge_of_the_configuration(panel: Building, task: dict[str, Any] | None) -> None:
    visitor = Visitor(panel(overrides=("gauge.enabled=false",)).test_client())
    visitor.come()
    began = upload(visitor, midi_file(60, 64)) if task is None else visitor.ask("/api/songs", task)
    song = began.get_json()["result"]["id"]
    assert done(visitor, song)["state"] == "ready"
    facts = visitor.client.get(f"/api/songs/{song}").get_json()["result"]
    assert (facts["gauge"], facts["no_gauge"]) == ([], "the gauge is switched off")
