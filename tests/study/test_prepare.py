"""Clips: real MIDI files become sounds of one length and one loudness, without a trace of their source."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyloudnorm
import pytest
from click.testing import CliRunner, Result

from tests import needs

soundfile = needs.library("soundfile")

from daemon.cli import cli
from daemon.study.clips import Plan, prepare
from daemon.study.passages import passages
from daemon.study.study import CLIPS, FILE_NAME, StudyError, read_study
from exporters.limiter import TARGET_LUFS
from exporters.midi import file_bytes
from models.music import Metre, Music, Part, Sound
from models.notes import PULSES_PER_BAR as BAR
from tests.study.folders import LUFS, SECONDS, SILENT_BARS, midi_folder, piece


def run(*words: object) -> Result:
    return CliRunner().invoke(cli, ["study", *map(str, words)])


def test_every_clip_has_the_same_length_and_loudness(made: Path) -> None:
    study = read_study(made)
    assert LUFS != TARGET_LUFS
    for clip in (clip for clips in study.sources.values() for clip in clips):
        samples, rate = soundfile.read(made / CLIPS / clip.file)
        assert samples.shape == (SECONDS * rate, 2)
        assert pyloudnorm.Meter(rate).integrated_loudness(samples) == pytest.approx(LUFS, abs=0.7)
        assert np.abs(samples).max() < 10 ** (-1 / 20)
        loud = np.abs(samples).max(axis=1) > 0.003
        assert loud[: rate // 5].any(), "a clip begins with music"
        assert np.abs(samples[-rate // 50 :]).max() < 0.02, "a clip ends faded out"


def test_files_have_neutral_names_and_one_time(made: Path) -> None:
    study = read_study(made)
    files = sorted((made / CLIPS).iterdir())
    assert len(files) == study.clips == 12
    assert {path.name for path in files} == {clip.file for clips in study.sources.values() for clip in clips}
    assert len({(path.stat().st_mtime, path.stat().st_size) for path in files}) == 1
    assert all(clip.bar >= SILENT_BARS for clips in study.sources.values() for clip in clips)
    assert all(len({clip.origin for clip in clips}) == 4 for clips in study.sources.values())


def test_the_same_seed_chooses_the_same_passages(tmp_path: Path) -> None:
    folders = {"a": midi_folder(tmp_path / "a", 5), "b": midi_folder(tmp_path / "b", 5)}

    def chosen(name: str, seed: int) -> list[tuple[str, int]]:
        made, _ = prepare(Plan(folders, 2, 3.0, LUFS, seed, None), tmp_path / name, lambda _, __: None)
        return [(clip.origin, clip.bar) for clips in made.sources.values() for clip in clips]

    assert chosen("one", 5) == chosen("two", 5) != chosen("three", 6)


def test_a_passage_starts_on_a_bar_with_music_and_lasts_long_enough() -> None:
    music = piece(0, bars=8)  # a bar lasts two seconds
    found = passages(music, 5.0)
    assert [(each.bar, each.bars) for each in found] == [(2, 3), (3, 3), (4, 3), (5, 3)]
    assert passages(music, 12.0) == [(2, 6)]
    assert passages(music, 12.1) == []


def test_a_passage_counts_by_the_tempo_and_the_metre() -> None:
    notes = tuple(Sound(at, 240, 60, 90) for at in range(0, 8 * BAR, 480))
    waltz = Music(
        "", (Part("a", 1, 0, notes),), ((0, 60.0), (6 * 480, 120.0)), (), 8 * BAR, (Metre(0, 3, 4),)
    )
    assert passages(waltz, 4.5)[:3] == [(0, 2), (1, 2), (2, 3)]


def test_bars_of_one_beat_from_a_metronome_are_not_taken_for_bars(tmp_path: Path) -> None:
    folders = {}
    for name in ("a", "b"):
        folders[name] = tmp_path / name
        folders[name].mkdir()
        (folders[name] / "clicks.mid").write_bytes(file_bytes(replace(piece(1), metres=(Metre(0, 1, 4),))))
    made, _ = prepare(Plan(folders, 1, 8.0, LUFS, 2, None), tmp_path / "study", lambda _, __: None)
    assert all(clip.bar in {2, 3, 4} for clips in made.sources.values() for clip in clips)


def test_music_without_notes_has_no_passage() -> None:
    assert passages(Music("", (), ((0, 120.0),), (), 8 * BAR), 3.0) == []


def test_what_is_refused_is_counted_by_reason(tmp_path: Path) -> None:
    folder = midi_folder(tmp_path / "a", 2)
    for name in ("x.mid", "y.mid"):
        (folder / name).write_bytes(b"no music")
    (folder / "short.mid").write_bytes(file_bytes(piece(1, bars=3)))
    quiet = Music("", (Part("a", 1, 0, (Sound(0, 8 * BAR, 0, 1),)),), ((0, 120.0),), (), 8 * BAR)
    (folder / "quiet.mid").write_bytes(file_bytes(quiet))
    (folder / "notes.txt").write_text("not music")
    other = midi_folder(tmp_path / "b", 6)
    with pytest.raises(StudyError) as refused:
        prepare(
            Plan({"a": folder, "b": other}, 6, 3.0, LUFS, 1, None), tmp_path / "study", lambda _, __: None
        )
    told = str(refused.value)
    assert "a: 2 of 6 clips could be made of 6 files" in told
    assert "2 " in told
    assert "has no passage of 3 s" in told
    assert {each.name for each in tmp_path.iterdir()} == {"a", "b"}, "nothing is left"


@pytest.fixture
def two(tmp_path: Path) -> list[str]:
    return [f"{name}={midi_folder(tmp_path / name, 2)}" for name in ("a", "b")]


def test_the_command_makes_a_study(two: list[str], tmp_path: Path) -> None:
    (tmp_path / "a" / "broken.mid").write_bytes(b"MThd")
    ran = run("prepare", *two, "--out", tmp_path / "study", "--clips", 2, "--seconds", 3, "--seed", 4)
    assert ran.exit_code == 0, ran.output
    assert "4 clips of 2 sources, 3 s at -16 LUFS" in ran.stdout
    assert read_study(tmp_path / "study").names == ["a", "b"]
    assert sorted(each.name for each in (tmp_path / "study").iterdir()) == [CLIPS, FILE_NAME]


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["a"], 2, "a is not NAME=FOLDER"),
        (["a=."], 2, "2 to 8 sources"),
        (["a=.", "a=."], 2, "same name"),
        ([" =.", "a=."], 2, "no name of a source"),
        (["a=nowhere", "b=nowhere"], 1, "there is no folder nowhere"),
        (["a=.", "b=.", "--seconds", "1"], 2, "--seconds"),
        (["a=.", "b=.", "--clips", "0"], 2, "--clips"),
        (["a=.", "b=.", "--soundfont", "nowhere.sf2"], 1, "nowhere.sf2"),
    ],
)
def test_what_cannot_be_prepared_is_told(words: list[str], code: int, told: str, tmp_path: Path) -> None:
    ran = run("prepare", *words, "--out", tmp_path / "study")
    assert (ran.exit_code, told in ran.output) == (code, True), ran.output
    assert not (tmp_path / "study").exists()


def test_an_existing_folder_is_not_touched(two: list[str], tmp_path: Path) -> None:
    ran = run("prepare", *two, "--out", tmp_path / "a", "--clips", 1, "--seconds", 3)
    assert ran.exit_code == 1
    assert "exists already" in ran.output
    assert len(list((tmp_path / "a").iterdir())) == 2


def test_a_folder_that_cannot_be_written_is_told(two: list[str], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ran = run("prepare", *two, "--out", tmp_path / "file" / "study", "--clips", 1, "--seconds", 3)
    assert (ran.exit_code, "cannot write" in ran.output) == (1, True), ran.output


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda text: "{", "cannot be used"),
        (lambda text: text.replace('"format": 1', '"format": 2'), "format 2"),
        (lambda text: text.replace(".mp3", "/../../x.mp3", 1), "hexadecimal"),
        (lambda text: text.replace('"seconds": 3.0', '"seconds": 0.0'), "1 to 600"),
        (lambda text: text.replace('"red"', '"green"'), "cannot be used"),
    ],
)
def test_a_broken_study_is_refused(change: object, told: str, made: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(made, tmp_path / "study")
    text = (folder / FILE_NAME).read_text(encoding="utf-8")
    (folder / FILE_NAME).write_text(change(text), encoding="utf-8")  # type: ignore[operator]
    for command in ("serve", "report"):
        ran = run(command, folder)
        assert (ran.exit_code, told in ran.output) == (1, True), ran.output


def test_a_study_without_a_clip_is_refused(made: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(made, tmp_path / "study")
    next((folder / CLIPS).iterdir()).unlink()
    ran = run("serve", folder)
    assert (ran.exit_code, "1 clips are missing" in ran.output) == (1, True), ran.output


def test_a_folder_that_is_no_study_is_told(tmp_path: Path) -> None:
    for command in ("serve", "report"):
        ran = run(command, tmp_path)
        assert (ran.exit_code, "edmd study prepare makes one" in ran.output) == (1, True), ran.output


def test_a_report_without_answers_is_told(made: Path) -> None:
    ran = run("report", made)
    assert (ran.exit_code, "no answers yet" in ran.output) == (1, True), ran.output
