"""Drum timing is measured by drum and place: early or late, soft or loud."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from models.codecs.percussion import DRUMS
from models.grid import Song
from models.groove import loads
from tests.training.songs import BAR, Row, write_midi
from training.microtiming import groove_table, grooves_of, main, strokes_of
from training.recipe import Source
from training.songs import read_song

KICK, SNARE, HAT = (DRUMS.index(name) for name in ("kick", "snare", "closed_hat"))


def drummer(path: Path, bars: int = 40) -> Path:
    """Return kicks on the beat, snares 24 pulses late on two and four, and eighth-note hats, alternately loud and soft."""
    dice = np.random.default_rng(3)
    hits: list[Row] = []
    for bar in range(bars):
        hits += [(bar * BAR + beat * 480, 30, 36, 100) for beat in range(4)]
        hits += [(bar * BAR + beat * 480 + 24 + int(dice.integers(-6, 7)), 30, 38, 90) for beat in (1, 3)]
        hits += [(bar * BAR + eighth * 240, 30, 42, 80 if eighth % 2 == 0 else 40) for eighth in range(8)]
    return write_midi(path, [("Kit", 9, hits)])


@pytest.fixture
def song(tmp_path: Path) -> Song:
    return read_song(drummer(tmp_path / "a.mid"))


def test_late_snares_and_soft_offbeats_are_found(song: Song) -> None:
    table = groove_table([song])
    late, accent = table["late_ticks"], table["accent"]
    assert late["mean"][SNARE][4] == pytest.approx(24 / 120, abs=0.02)
    assert late["spread"][SNARE][4] == pytest.approx(3.7 / 120, abs=0.02)
    assert late["mean"][KICK][0] == 0
    assert accent["mean"][HAT][0] == pytest.approx(2 * accent["mean"][HAT][2], abs=1e-3)
    assert accent["spread"][HAT][0] == 0
    assert np.shape(table["strokes"]) == np.shape(late["mean"]) == (9, 16)
    assert (table["strokes"][SNARE][4], table["strokes"][SNARE][0]) == (40, 0)


def test_a_place_with_few_strokes_has_its_drums_figures(song: Song) -> None:
    late = groove_table([song])["late_ticks"]["mean"]
    assert late[SNARE][1] == pytest.approx((late[SNARE][4] + late[SNARE][12]) / 2, abs=0.001)


def test_what_is_far_from_the_grid_is_no_feel(tmp_path: Path) -> None:
    on = [(beat * 480, 30, 36, 100) for beat in range(20)]
    triplets = [(beat * 480 + 320, 30, 36, 100) for beat in range(5)]
    kept = strokes_of(read_song(write_midi(tmp_path / "a.mid", [("Kit", 9, [*on, *triplets])])))
    assert np.abs(kept.late).max() < 0.35
    assert len(kept.drum) == 25
    halves = [(beat * 480 + 58, 30, 36, 100) for beat in range(5)]
    kept = strokes_of(read_song(write_midi(tmp_path / "b.mid", [("Kit", 9, [*on, *halves])])))
    assert len(kept.drum) == 20


def test_drummers_are_those_of_sources_that_teach_drums_alone_and_play_by_hand(tmp_path: Path) -> None:
    drummer(tmp_path / "drums" / "drummer.mid")
    drums, songs = (
        Source("drums", "other", teaches, "Drums of a test", "CC0 1.0")
        for teaches in (("percussion",), ("melody", "percussion"))
    )
    table = grooves_of([(tmp_path / "drums", drums)])
    assert table is not None
    assert loads(json.dumps(table).encode()).late.mean[SNARE][4] == pytest.approx(24 / 120, abs=0.02)
    assert grooves_of([(tmp_path / "drums", songs)]) is None
    programmed = [(beat * 480, 30, 36, 100) for beat in range(40)]
    write_midi(tmp_path / "machine" / "a.mid", [("Kit", 9, programmed)])
    assert grooves_of([(tmp_path / "machine", drums)]) is None


def test_a_folder_becomes_a_table(tmp_path: Path) -> None:
    drummer(tmp_path / "drums" / "drummer.mid")
    write_midi(tmp_path / "drums" / "waltz.mid", [("Kit", 9, [(0, 30, 36, 100)])], metre=(3, 4))
    result = CliRunner().invoke(main, [str(tmp_path / "drums"), "--out", str(tmp_path / "t.json")])
    assert result.exit_code == 0, result.output
    assert json.loads((tmp_path / "t.json").read_text())["songs"] == 1
    (tmp_path / "none").mkdir()
    assert (
        CliRunner().invoke(main, [str(tmp_path / "none"), "--out", str(tmp_path / "u.json")]).exit_code == 1
    )
