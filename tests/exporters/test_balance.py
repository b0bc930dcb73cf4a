"""The loudness of exported audio, of the mix and of each voice, in stereo and in mono."""

from dataclasses import replace
from pathlib import Path

import pytest

from exporters.audio import write_audio
from exporters.balance import is_ours_to_balance
from exporters.loudness import RATE
from exporters.playing import Sounding
from models.instruments import INSTRUMENTS
from models.music import Music, Part, Sound
from tests.exporters.hearing import LoudnessFigures, decibels, heard, lufs, read, rms, true_peak
from tests.exporters.pieces import BAR, BEAT, music


def written(
    piece: Music, folder: Path, font: Path | None, *, stems: bool = False
) -> dict[str, LoudnessFigures]:
    paths = [folder / f"{part.name}.wav" for part in piece.parts] if stems else []
    write_audio(piece, folder / "whole.wav", Sounding(font), paths)
    return {path.stem: heard(read(path)) for path in (folder / "whole.wav", *paths)}


def test_the_whole_is_loud_under_the_line_and_heard_in_mono(instrument: Path | None, tmp_path: Path) -> None:
    whole = written(music(8), tmp_path, instrument)["whole"]
    assert whole.lufs == pytest.approx(-14, abs=0.5)
    assert whole.true_peak <= -1
    assert whole.mono_loss < 1
    assert whole.correlation > 0.5


def test_voices_have_their_levels_whatever_plays_them(instrument: Path | None, tmp_path: Path) -> None:
    stems = written(music(8), tmp_path, instrument, stems=True)
    for voice, instrument_ in INSTRUMENTS.items():
        assert stems[voice].lufs - stems["drums"].lufs == pytest.approx(instrument_.level, abs=2.5)
        assert stems[voice].lufs > -25  # chords are audible too
        assert stems[voice].mono_loss < 1
        assert stems[voice].correlation > 0.3
    assert max(stems, key=lambda name: stems[name].lufs if name in INSTRUMENTS else -99) == "drums"


@pytest.mark.parametrize("voice", ["lead", "chords", "bass", "drums"])
def test_a_voice_by_itself_is_as_loud_as_the_whole(voice: str, font: Path, tmp_path: Path) -> None:
    whole = music(4)
    alone = replace(whole, parts=tuple(part for part in whole.parts if part.name == voice))
    found = written(alone, tmp_path, font)["whole"]
    assert found.lufs == pytest.approx(-14, abs=0.5)
    assert found.true_peak <= -1


def test_a_quiet_performance_is_as_loud(font: Path, tmp_path: Path) -> None:
    parts = music(4).parts
    quiet = [part._replace(notes=tuple(note._replace(velocity=2) for note in part.notes)) for part in parts]
    assert written(replace(music(4), parts=tuple(quiet)), tmp_path, font)["whole"].lufs == pytest.approx(
        -14, abs=0.5
    )


def test_single_hits_stay_under_the_line_though_they_cannot_be_loud(
    instrument: Path | None, tmp_path: Path
) -> None:
    hits = Part("drums", 10, 25, tuple(Sound(bar * BAR, BEAT // 4, 37, 100) for bar in (0, 7)), is_drums=True)
    found = written(Music("", (hits,), (), (), 8 * BAR), tmp_path, instrument)["whole"]
    assert -40 < found.lufs < -13.5
    assert -3 < found.true_peak <= -1


def test_a_note_shorter_than_what_loudness_is_measured_over_is_heard(font: Path, tmp_path: Path) -> None:
    blip = Part("lead", 1, 81, (Sound(0, BEAT // 4, 72, 100),))
    write_audio(Music("", (blip,), ((0, 240.0),), (), BEAT), tmp_path / "x.wav", Sounding(font))
    samples = read(tmp_path / "x.wav")
    assert len(samples) == RATE // 4
    assert rms(samples) > 0.02
    assert true_peak(samples) <= -1


def test_a_section_without_drums_stays_quieter_than_the_one_with_them(font: Path, tmp_path: Path) -> None:
    whole = music(16)
    later = [
        part._replace(notes=tuple(note for note in part.notes if note.pulse >= 8 * BAR))
        if part.is_drums
        else part
        for part in whole.parts
    ]
    write_audio(replace(whole, parts=tuple(later), tempos=()), tmp_path / "x.wav", Sounding(font))
    samples = read(tmp_path / "x.wav")
    middle = 8 * 2 * RATE  # 120 BPM
    assert lufs(samples[:middle]) < lufs(samples[middle:]) - 1


def their(piece: Music, **volumes: int) -> Music:
    """Music of another program, with its own names and volumes."""
    parts = (
        part._replace(name=part.name.upper(), controls=((0, bytes((0xB0, 7, volumes.get(part.name, 100)))),))
        for part in piece.parts
    )
    return replace(piece, parts=tuple(parts))


def test_other_music_keeps_its_own_balance(font: Path, tmp_path: Path) -> None:
    even = written(their(music(4)), tmp_path, font, stems=True)
    soft = written(their(music(4), lead=50), tmp_path, font, stems=True)
    assert even["whole"].lufs == pytest.approx(-14, abs=0.5)
    assert soft["whole"].lufs == pytest.approx(-14, abs=0.5)
    lowered = [each["LEAD"].lufs - each["BASS"].lufs for each in (even, soft)]
    assert lowered[0] - lowered[1] == pytest.approx(2 * decibels(100 / 50), abs=1)


def test_what_a_synthesiser_is_sent_live_comes_near_the_levels(font: Path, tmp_path: Path) -> None:
    parts = [
        part._replace(program=row.live_program, controls=((0, bytes((0xB0, 7, row.volume))),))
        for part in music(8).parts
        for voice, row in INSTRUMENTS.items()
        if part.name == voice
    ]
    stems = written(replace(music(8), parts=tuple(parts)), tmp_path, font, stems=True)
    for voice in ("lead", "bass"):
        assert stems[voice].lufs - stems["drums"].lufs == pytest.approx(INSTRUMENTS[voice].level, abs=4)
    # A slow pad is louder in long chords. In sets it is up to 16 LU quieter than the drums; here its chords are held.
    assert stems["chords"].lufs - stems["drums"].lufs > INSTRUMENTS["chords"].level


def test_whose_music_is_balanced_here() -> None:
    ours = music(1)
    assert is_ours_to_balance(ours)
    assert is_ours_to_balance(replace(ours, parts=ours.parts[:1]))
    assert not is_ours_to_balance(their(ours))
    volume = ours.parts[0]._replace(controls=((0, b"\xb0\x07\x40"),))
    assert not is_ours_to_balance(replace(ours, parts=(volume,)))
    assert not is_ours_to_balance(replace(ours, parts=(ours.parts[0], ours.parts[0])))
