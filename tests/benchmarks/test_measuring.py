"""The tools behind the figures: lateness relative to a file, verdicts, a steady flood."""

from pathlib import Path

import pytest

from exporters.midi import write_midi
from models.notes import PULSES_PER_BEAT, Note
from models.take import Take
from tests import needs
from tests.benchmarks.figure import Figure, shown
from tests.benchmarks.flood import flood
from tests.benchmarks.playing import Footprint, growth_mb
from tests.benchmarks.takes import Call, lateness_us, read_notes
from tests.daemon.handlers import serving

BEAT_SECONDS = 60 / 128
NOTES = (Note(0, 240, "lead", 60, 100), Note(480, 120, "drums", 36, 90), Note(960, 480, "lead", 60, 80))


@pytest.fixture
def take(tmp_path: Path) -> Path:
    path = tmp_path / "take.mid"
    write_midi(Take(NOTES, ((0, 128.0),), (), {"lead": 1, "drums": 10}), path)
    return path


def test_notes_of_a_file_are_read_back(take: Path) -> None:
    read = read_notes(take)
    assert [(note.pulse, note.length, note.key) for note in read] == [
        (0, 240, (0, 60)),
        (PULSES_PER_BEAT, 120, (9, 36)),
        (2 * PULSES_PER_BEAT, 480, (0, 60)),
    ]


def test_a_common_delay_is_forgiven_and_a_late_note_is_not(take: Path) -> None:
    late = (0.0, 0.002, 0.0005)
    keys = ((0, 60), (9, 36), (0, 60))
    calls = [
        Call(7.0 + beat * BEAT_SECONDS + late[beat], key) for beat, key in zip(range(3), keys, strict=True)
    ]
    assert lateness_us(read_notes(take), calls, 128.0) == pytest.approx([0, 2000, 500], abs=0.1)


@pytest.mark.parametrize(
    ("figure", "met"),
    [
        (Figure("x", 2.0, "s", 2.0), True),
        (Figure("x", 2.1, "s", 2.0), False),
        (Figure("x", 99.0, "", 100.0, "at least"), False),
        (Figure("x", 99.0, ""), None),
    ],
)
def test_a_figure_knows_whether_it_is_met(figure: Figure, met: bool | None) -> None:
    assert figure.met is met
    assert figure.as_dict()["met"] is met
    assert shown(figure)[2] == {True: "yes", False: "no", None: ""}[met]


def test_growth_is_seen_and_a_level_is_none() -> None:
    level = [Footprint(float(second), 100_000_000, 0) for second in range(40)]
    rising = [footprint._replace(rss=int(footprint.seconds * 1e6)) for footprint in level]
    assert growth_mb(level) == 0
    assert growth_mb(rising) == pytest.approx(10)


def test_isobar_plays_a_sixteenth_at_each_sixth_clock() -> None:
    needs.library("isobar")
    from tests.benchmarks.isobar_clock import note_times

    clocks = [0.02 * n for n in range(60)]
    assert note_times(clocks) == clocks[::6]


def test_a_flood_is_answered() -> None:
    with serving() as daemon:
        told = flood(daemon.control, 500, 0.5)
    assert 0 < told["answered"] <= told["sent"] <= 250
    assert told["refused"] == 0
