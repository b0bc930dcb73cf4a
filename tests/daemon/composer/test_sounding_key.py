"""The key signature in rendered and recorded takes."""

import time
from contextlib import closing
from pathlib import Path
from typing import Any

import mido
import pytest

from daemon.composer.playing.conductor import Conductor
from daemon.composer.records.events import Events
from daemon.composer.records.recorder import Recorder
from daemon.composer.records.savepoints import Savepoints
from daemon.composer.records.sounding_key import sounding_key
from daemon.link.player import Attached, Began, Moved, Sent, ToPlayer, Transport
from daemon.link.timeline import Timeline
from daemon.music.arranging.barplan import BarPlan
from daemon.parameters import Parameters, change
from models.notes import PULSES_PER_BAR
from models.take import Key, SentRow
from tests.daemon.playback import loud, performed, solo_of
from tests.training import tiny

PLAN = BarPlan("drop", (0, 0), (1, 1, 1), (1,) * 9, 0.5)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write(tmp_path_factory.mktemp("models") / "tiny")


@pytest.mark.parametrize(
    ("lies", "params", "key"),
    [
        (0, {}, Key(0, is_minor=True)),
        (3, {}, Key(-3, is_minor=True)),
        (3, {"transpose": -1}, Key(2, is_minor=True)),
        (-6, {"transpose": 24}, Key(6, is_minor=True)),
        (2, {"key": "D major"}, Key(2)),
        (0, {"scale": "D minor"}, Key(-1, is_minor=True)),
        (0, {"scale": "D minor", "transpose": 5}, Key(-1, is_minor=True)),
        (0, {"scale": "A major"}, Key(3)),
        (0, {"scale": "A dorian"}, Key(1, is_minor=True)),
    ],
)
def test_the_key_is_that_of_plan_scale_and_transposition(lies: int, params: dict[str, Any], key: Key) -> None:
    assert sounding_key(PLAN._replace(key=lies), change(Parameters(), params)) == key


def test_a_rendered_take_tells_where_its_key_changes(bundle: Path) -> None:
    changes: dict[int, dict[str, Any]] = {16: {"transpose": 5}, 32: {"key": "E minor"}}
    take = performed(bundle, 1, 3, loud(key="C minor"), changes)
    assert take.keys == (
        (0, Key(-3, is_minor=True)),
        (PULSES_PER_BAR, Key(-4, is_minor=True)),
        (2 * PULSES_PER_BAR, Key(0, is_minor=True)),
    )


def test_a_recording_tells_the_key_of_what_was_composed(bundle: Path, tmp_path: Path) -> None:
    recorder, solo, sent = Recorder(tmp_path), solo_of(bundle, 1), list[ToPlayer]()
    conductor = Conductor(
        solo.deck(loud(key="F minor")),
        solo.library,
        Events("cpu"),
        recorder,
        sent.append,
        savepoints=Savepoints(tmp_path / "state"),
        horizon_seconds=2.0,
        daemon="a test",
    )
    with closing(conductor):
        recorder.start(tmp_path / "take.mid")
        timeline = Timeline(0, time.perf_counter(), 128.0)
        conductor.hear(Attached(0, 0, 0, 0, False, timeline, (), {}, ""))
        assert Transport("play", 1) in sent
        rows: tuple[SentRow, ...] = ((0, "lead", True, 60, 100, 1, 0), (240, "lead", False, 60, 0, 1, 0))
        for message in (Moved(1, "playing", 0), Began(1, 0, timeline), Sent(1, rows, ())):
            conductor.hear(message)
    recorder.close()
    signs = [m for m in mido.MidiFile(tmp_path / "take.mid").tracks[0] if m.type == "key_signature"]
    assert [(sign.time, sign.key) for sign in signs] == [(0, "Fm")]
