"""`edmd export`, and the options it shares with `edmd render`, from the command line."""

from collections import Counter
from pathlib import Path

import mido
import pytest
from click.testing import CliRunner, Result

from daemon.cli import cli
from exporters.midi import file_bytes
from models.music import Music, Part, Sound
from models.reading.midi import read_midi
from tests import needs
from tests.exporters.conftest import font
from tests.exporters.pieces import BAR, music
from tests.exporters.readback import onsets, played, read
from tests.training import tiny

__all__ = ["font"]


@pytest.fixture
def midifile(tmp_path: Path) -> Path:
    path = tmp_path / "piece.mid"
    path.write_bytes(file_bytes(music()))
    return path


def run(*words: object) -> Result:
    return CliRunner().invoke(cli, [str(word) for word in words])


def test_a_midi_file_becomes_a_score(midifile: Path, tmp_path: Path) -> None:
    ran = run("export", midifile, "--out", tmp_path / "piece.musicxml")
    assert (ran.exit_code, ran.stderr) == (0, "")
    assert ran.stdout == f"{tmp_path / 'piece.musicxml'}\n"
    assert b"<score-partwise" in (tmp_path / "piece.musicxml").read_bytes()


def test_the_file_that_is_read_is_not_written_over(midifile: Path) -> None:
    before = midifile.read_bytes()
    ran = run("export", midifile, "--out", midifile, "--loop", 1)
    assert ran.exit_code == 2
    assert "is the input file; name another file with --out" in ran.stderr
    assert midifile.read_bytes() == before


def test_a_file_that_is_there_is_replaced_only_by_force(midifile: Path, tmp_path: Path) -> None:
    out = tmp_path / "x.mid"
    out.write_bytes(b"precious")
    refused = run("export", midifile, "--out", out)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert f"{out} already exists; --force replaces it" in refused.stderr
    assert out.read_bytes() == b"precious"
    assert run("export", midifile, "--out", out, "--force").exit_code == 0
    assert out.read_bytes() == midifile.read_bytes()


def test_all_stems_are_checked_before_anything_is_written(midifile: Path, tmp_path: Path) -> None:
    (tmp_path / "x-bass.mid").write_bytes(b"precious")
    words = ("export", midifile, "--out", tmp_path / "x.mid", "--stems")
    refused = run(*words)
    assert refused.exit_code == 1
    assert "x-bass.mid already exists" in refused.stderr
    assert sorted(each.name for each in tmp_path.iterdir()) == ["piece.mid", "x-bass.mid"]
    assert run(*words, "--force").exit_code == 0
    assert read_midi(tmp_path / "x-bass.mid").parts[0].name == "bass"


def test_a_stem_is_not_written_over_the_file_that_is_read(tmp_path: Path) -> None:
    source = tmp_path / "set-lead.mid"
    source.write_bytes(file_bytes(music()))
    ran = run("export", source, "--out", tmp_path / "set.mid", "--stems", "--force")
    assert ran.exit_code == 2
    assert "is the input file" in ran.stderr
    assert list(tmp_path.iterdir()) == [source]


def test_parts_with_long_names_get_their_stems(tmp_path: Path) -> None:
    part = Part("n" * 400, 1, 0, (Sound(0, BAR, 60, 90),))
    (tmp_path / "long.mid").write_bytes(file_bytes(Music("", (part, part), (), (), BAR)))
    assert run("export", tmp_path / "long.mid", "--out", tmp_path / "x.mid", "--stems").exit_code == 0
    stems = {f"x-{'n' * 100}.mid", f"x-{'n' * 98}-2.mid"}
    assert {each.name for each in tmp_path.iterdir()} == {"long.mid", "x.mid", *stems}


def test_a_loop_with_stems_is_exactly_its_bars(midifile: Path, tmp_path: Path) -> None:
    ran = run("export", midifile, "--out", tmp_path / "loop.mid", "--loop", 1, "--from-bar", 2, "--stems")
    assert ran.exit_code == 0
    names = ["loop.mid", *(f"loop-{voice}.mid" for voice in ("lead", "chords", "bass", "drums"))]
    assert [Path(line).name for line in ran.stdout.split()] == names
    for name in names:
        loop = read_midi(tmp_path / name)
        assert loop.end_pulse == BAR
        assert loop.tempos == ((0, 150.0),)
        assert loop.markers == ((0, "drop"),)
        assert mido.MidiFile(tmp_path / name).length == pytest.approx(4 * 60 / 150, abs=0.001)


def test_a_midi_file_is_heard_with_the_font_of_the_configuration(
    midifile: Path, tmp_path: Path, font: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EDMD_SOUNDFONT", raising=False)
    words = ("export", midifile, "--out", tmp_path / "x.flac", "--loop", 1)
    refused = run(*words, "-o", f"audio.soundfont={tmp_path / 'no.sf2'}")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "cannot read the sound font" in refused.stderr
    assert run(*words, "-o", f"audio.soundfont={font}").exit_code == 0
    assert needs.library("soundfile").info(tmp_path / "x.flac").duration == pytest.approx(
        4 * 60 / 125, abs=0.001
    )


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("piece.mid", "--out", "x.doc"), 2, "suffix .doc"),
        (("piece.mid", "--out", "x.wav", "--as", "score"), 2, "as score"),
        (("piece.mid", "--out", "x.mid", "--from-bar", "1"), 2, "give --loop"),
        (("piece.mid", "--out", "x.mid", "--loop", "5"), 2, "has 4 bars"),
        (("piece.mid", "--out", "no/x.svg"), 1, "no folder"),
        (("none.mid", "--out", "x.mid"), 1, "cannot read none.mid: it does not exist"),
        (("x.txt", "--out", "x.mid"), 1, "cannot read x.txt"),
        (("piece.mid",), 2, "--out"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    words: tuple[str, ...],
    code: int,
    said: str,
    midifile: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x.txt").write_text("no music")
    ran = run("export", *words)
    assert ran.exit_code == code
    assert said in ran.stderr
    assert sorted(each.name for each in tmp_path.iterdir()) == ["piece.mid", "x.txt"]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write(tmp_path_factory.mktemp("models") / "tiny")


def render(bundle: Path, out: Path, *words: object) -> Result:
    model = ("--model", bundle, "-o", "play.provider=cpu", "-o", "parameters.director=false")
    return run("render", "--bars", 2, "--seed", 4, *model, "--out", out, *words)


def test_rendered_audio_is_as_long_as_its_bars_and_the_same_again(
    bundle: Path, font: Path, tmp_path: Path
) -> None:
    for name in "ab":
        assert render(bundle, tmp_path / f"{name}.wav", "--soundfont", font).exit_code == 0
    assert needs.library("soundfile").info(tmp_path / "a.wav").duration == pytest.approx(
        8 * 60 / 128, abs=0.001
    )
    assert (tmp_path / "a.wav").read_bytes() == (tmp_path / "b.wav").read_bytes()


def test_a_rendered_score_shows_what_is_written_not_how_it_is_played(bundle: Path, tmp_path: Path) -> None:
    played = ("-o", "parameters.swing=0.7", "-o", "parameters.humanize=1", "-o", "parameters.gate=0.3")
    assert render(bundle, tmp_path / "a.musicxml").exit_code == 0
    assert render(bundle, tmp_path / "b.musicxml", *played).exit_code == 0
    assert (tmp_path / "a.musicxml").read_bytes() == (tmp_path / "b.musicxml").read_bytes()


def test_stems_that_are_there_are_told_before_composing(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "a-drums.mid").touch()
    refused = render(bundle, tmp_path / "a.mid", "--stems")
    assert refused.exit_code == 1
    assert "a-drums.mid already exists; --force replaces it" in refused.stderr
    assert "composing" not in refused.stdout
    assert render(bundle, tmp_path / "a.mid", "--stems", "--force").exit_code == 0
    assert (tmp_path / "a-drums.mid").stat().st_size


def test_every_note_that_is_rendered_is_in_the_score(bundle: Path, tmp_path: Path) -> None:
    exact = [word for name in ("swing=0", "humanize=0", "gate=1") for word in ("-o", f"parameters.{name}")]
    for name in ("a.mid", "a.musicxml"):
        assert render(bundle, tmp_path / name, "--bars", 16, *exact).exit_code == 0
    score = (tmp_path / "a.musicxml").read_bytes()
    heard = played(score)
    written = read(score)
    parts = read_midi(tmp_path / "a.mid").parts
    assert "drums" in {part.name for part in parts}
    for part in parts:
        notes = Counter((note.pulse, note.pitch, note.velocity) for note in part.notes)
        assert heard[part.name] == notes
        assert onsets(written, part.name) == Counter(note.pulse for note in part.notes)


def test_a_rendered_file_ends_with_its_last_bar(bundle: Path, tmp_path: Path) -> None:
    assert render(bundle, tmp_path / "a.mid").exit_code == 0
    assert read_midi(tmp_path / "a.mid").end_pulse == 2 * BAR
    assert read_midi(tmp_path / "a.mid").title == "edmd, seed 4"


@pytest.mark.parametrize(
    ("name", "bars", "said"),
    [
        ("a.png", 513, "513 bars do not fit one picture; choose up to 512 with --loop"),
        ("a.svg", 257, "257 bars do not fit one page; choose up to 256 with --loop, or write a .pdf"),
        ("a.musicxml", 2049, "2049 bars do not fit one score; choose up to 2048 with --loop"),
        ("a.flac", 20_000, "10.4 hours of audio are too many; choose bars of up to 6 hours with --loop"),
    ],
)
def test_more_than_a_file_holds_is_refused_before_composing(
    name: str, bars: int, said: str, bundle: Path, font: Path, tmp_path: Path
) -> None:
    ran = render(bundle, tmp_path / name, "--bars", bars, "--soundfont", font)
    assert ran.exit_code == 1
    assert said in ran.stderr
    assert "composing" not in ran.stdout
    assert not list(tmp_path.iterdir())


def test_a_loop_of_long_music_fits_a_picture(bundle: Path, tmp_path: Path) -> None:
    assert render(bundle, tmp_path / "a.svg", "--bars", 257, "--loop", 1).exit_code == 0


def test_a_loop_beyond_the_bars_is_refused_before_composing(bundle: Path, tmp_path: Path) -> None:
    ran = render(bundle, tmp_path / "a.mid", "--loop", 2, "--from-bar", 1)
    assert ran.exit_code == 2
    assert "needs --bars 3" in ran.stderr
    assert "composing" not in ran.stdout
