"""The gauge reader: it turns played notes back into their tokens, and reads each bar once."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from daemon.composer.records.events import Events
from daemon.composer.records.gauge_reader import GaugeReader, beat_of, open_gauge, tune_of
from daemon.music.deck.deck import Deck
from daemon.music.deck.operations import SetParameters
from daemon.music.ensemble.articulation import drum_notes, melodic_notes, on_tick
from daemon.music.ensemble.drive import run
from daemon.music.ensemble.ensembles import Ticked
from daemon.parameters import Parameters, change
from models.codecs import melody, percussion
from models.codecs.base import Tokens
from models.gauge import Gauge, Reading
from tests.daemon.playback import loud, solo_of
from tests.training import tiny, tinygauge
from tests.training.pieces import random_tokens


class Ear(Gauge):
    """A gauge that stores the tokens it last read."""

    def read(self, tunes: Tokens, beats: Tokens) -> Reading:  # type: ignore[override]
        self.heard = (tunes, beats)
        return super().read(tunes, beats)


@pytest.fixture
def ear(tmp_path: Path) -> Ear:
    return Ear.load(tinygauge.write(tmp_path / "ear"))


@pytest.fixture
def deck(tmp_path: Path) -> Deck:
    return solo_of(tiny.write(tmp_path / "tiny"), 1).deck(loud())


def reader_of(ear: Gauge) -> GaugeReader:
    return GaugeReader(lambda: ear)


def _played(ticks: int, deck: Deck) -> Iterator[Ticked]:
    return (run(deck.compose()) for _ in range(ticks))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"transpose": -5, "gate": 0.5, "velocity": 0.7},
        {"scale": "E minor", "swing": 0.5},
        {"scale": "C# major", "transpose": 24, "energy": 1.0},
    ],
)
def test_what_sounds_goes_back_to_what_was_meant(deck: Deck, changes: dict[str, object]) -> None:
    parameters = change(Parameters(), {"humanize": 0.0, **changes})
    rng = np.random.default_rng(1)
    ticked = run(deck.compose())
    tunes, beats = random_tokens(melody.LAYOUT, 60, rng), random_tokens(percussion.LAYOUT, 60, rng)
    for tune, beat in zip(tunes, beats, strict=True):
        meant = melody.encode([melody.decode(tune)])[0]
        notes = (
            *melodic_notes(
                0, map(on_tick, melody.decode(meant)), parameters, 0.5, np.zeros(40, np.float32), key=3
            ),
            *drum_notes(0, percussion.decode(beat), parameters, 0.5, np.zeros(40, np.float32)),
        )
        plan = ticked.composed.plan._replace(energy=0.5, key=3)
        sounding = ticked._replace(
            composed=ticked.composed._replace(notes=notes, plan=plan), parameters=parameters
        )
        if "scale" not in changes:
            assert (tune_of(sounding) == meant).all()
        else:  # the scale moved some pitches, but no onsets or lengths
            assert ((tune_of(sounding)[[0, 2, 7]] > 0) == (meant[[0, 2, 7]] > 0)).all()
        assert ((beat_of(sounding) > 0) == (beat > 0)).all()
        assert (np.abs(beat_of(sounding) - beat) <= 1).all(), "MIDI limits the velocity of the loudest hits"


def test_a_voice_that_is_muted_is_not_heard(ear: Ear, deck: Deck) -> None:
    deck.accept(SetParameters({"drums.mute": True, "bass.mute": True}), 0)
    reader = reader_of(ear)
    readings = [reader.hear(ticked) for ticked in _played(32, deck)]
    assert [tick for tick, reading in enumerate(readings) if reading] == [15, 31]
    tunes, beats = ear.heard
    assert tunes.any()
    assert not beats.any()
    assert not tunes[:, :2].any()


def test_eight_bars_in_order_are_read(ear: Ear, deck: Deck) -> None:
    reader = reader_of(ear)
    rows = []
    for ticked in _played(16 * 11, deck):
        reader.hear(ticked)
        rows.append(np.concatenate([tune_of(ticked), beat_of(ticked)]))
    assert np.array_equal(np.concatenate(ear.heard, axis=1), np.array(rows[-128:]))


def test_ticks_that_were_skipped_are_silence_and_a_jump_forgets(ear: Ear, deck: Deck) -> None:
    reader = reader_of(ear)
    ticks = [*range(40), *range(44, 48)]
    played = [*_played(48, deck)]
    for ticked in played:
        if ticked.composed.tick in ticks:
            reader.hear(ticked)
    sounding = [row.any() for row in np.concatenate(ear.heard, axis=1)[-48:]]
    assert any(sounding[:40])
    assert not any(sounding[40:44])
    assert not np.concatenate(ear.heard, axis=1)[:-48].any()
    for ticked in played[32:]:
        reader.hear(ticked._replace(composed=ticked.composed._replace(tick=ticked.composed.tick - 32)))
    assert not np.concatenate(ear.heard, axis=1)[:-16].any(), "the music started again"


def test_a_bar_is_told_as_the_contract_says(ear: Ear, deck: Deck) -> None:
    told: list[tuple[str, dict[str, object]]] = []
    events = Events("CPU", reader_of(ear))
    events.publish = lambda topic, message: told.append((topic, dict(message)))
    for ticked in _played(48, deck):
        events.began(ticked, deck)
    messages = [message for topic, message in told if topic == "gauge"]
    assert [message["bar"] for message in messages] == [0, 1, 2]
    last = messages[-1]
    assert set(last) == {"bar", "edm", "classical", "songs"}
    assert float(last["edm"]) + float(last["classical"]) == pytest.approx(1, abs=2e-4)  # type: ignore[arg-type]
    assert events.gauge == last


def test_a_gauge_that_fails_is_told_once_and_asked_no_more(
    ear: Ear, deck: Deck, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(ear, "read", lambda *_: 1 / 0)
    reader = reader_of(ear)
    assert not any(reader.hear(ticked) for ticked in _played(64, deck))
    assert [record.message for record in caplog.records] == [
        "the gauge cannot be used and is switched off: division by zero"
    ]


def test_the_gauge_is_opened_by_the_first_reading(ear: Ear, deck: Deck) -> None:
    opened: list[int] = []

    def load() -> Gauge:
        opened.append(deck.head)
        return ear

    reader = GaugeReader(load)
    for ticked in _played(40, deck):
        reader.hear(ticked)
    assert opened == [16]


def test_a_damaged_gauge_is_one_line_in_the_log(
    tmp_path: Path, deck: Deck, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tinygauge.write(tmp_path / "ear")
    (folder / "gauge.onnx").write_bytes(b"")
    readers = GaugeReader(partial(open_gauge, str(folder))), GaugeReader(partial(open_gauge, "nosuch"))
    for ticked in _played(64, deck):
        assert [reader.hear(ticked) for reader in readers] == [None, None]
    lines = [record.message for record in caplog.records]
    assert len(lines) == 2
    assert "gauge.onnx is damaged" in lines[0]
    assert "cannot be used and is switched off: no gauge is named nosuch; there is: gauge" in lines[1]
