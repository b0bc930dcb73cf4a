"""Audio: sound in every part, exact length, peaks under the ceiling, stems that add up, loops without a gap."""

import shutil
import tracemalloc
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from tests import needs

needs.library("fluidsynth")
soundfile = needs.library("soundfile")

from exporters.audio import FORMATS, write_audio
from exporters.loudness import RATE
from exporters.music import cut
from exporters.ogg import with_fixed_serial
from exporters.playing import Sounding
from exporters.synthesiser import SynthesiserError
from exporters.writing import WriteError
from models.music import Music, Part, Sound
from tests.exporters.hearing import read, rms, true_peak
from tests.exporters.pieces import BAR, BEAT, music

_PART = Part("organ", 1, 16, (Sound(0, BEAT, 60, 127), Sound(BEAT, BEAT, 72, 127)))
SHORT = Music("short", (_PART,), ((0, 240.0),), (), BAR)
_LEAST_STEP = 1 / 32768


@pytest.mark.parametrize("suffix", FORMATS)
def test_it_is_heard_and_as_long_as_the_music_and_never_clips(
    suffix: str, instrument: Path | None, tmp_path: Path
) -> None:
    path = tmp_path / f"short{suffix}"
    write_audio(SHORT, path, Sounding(instrument))
    samples = read(path)
    assert samples.shape[1] == 2
    assert len(samples) / RATE == pytest.approx(SHORT.seconds, abs=0.05)
    assert rms(samples) > 0.05
    assert true_peak(samples) <= -1
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_changes_of_tempo_move_the_sound(font: Path, tmp_path: Path) -> None:
    late = replace(
        SHORT, parts=(_PART._replace(notes=_PART.notes[1:]),), tempos=((0, 240.0), (BEAT // 2, 60.0))
    )
    write_audio(late, tmp_path / "late.wav", Sounding(font))
    samples = read(tmp_path / "late.wav")
    assert len(samples) == round((0.125 + 3.5) * RATE)
    begins = np.argmax(np.abs(samples).max(axis=1) > 0.01) / RATE
    assert begins == pytest.approx(0.125 + 0.5, abs=0.02)


def test_parts_written_beside_the_whole_add_up_to_it(instrument: Path | None, tmp_path: Path) -> None:
    whole = music(2)
    stems = [tmp_path / f"{part.name}.wav" for part in whole.parts]
    write_audio(whole, tmp_path / "whole.wav", Sounding(instrument), stems)
    sounds = [read(path) for path in stems]
    assert all(rms(sound) > 0.001 for sound in sounds)
    assert all(true_peak(sound) <= -1 for sound in sounds)
    difference = np.abs(sum(sounds) - read(tmp_path / "whole.wav")).max()
    assert difference < (len(stems) + 1) * _LEAST_STEP


def test_parts_of_other_music_add_up_to_it_too(font: Path, tmp_path: Path) -> None:
    ours = music(1)
    whole = replace(ours, parts=tuple(part._replace(name=f"their {part.name}") for part in ours.parts))
    stems = [tmp_path / f"{part.name}.wav" for part in whole.parts]
    write_audio(whole, tmp_path / "whole.wav", Sounding(font), stems)
    difference = np.abs(sum(read(path) for path in stems) - read(tmp_path / "whole.wav")).max()
    assert difference < (len(stems) + 1) * _LEAST_STEP


def test_a_loop_is_its_bars_to_the_sample_and_rings_into_its_beginning(font: Path, tmp_path: Path) -> None:
    bar = cut(replace(SHORT, end_pulse=2 * BAR), 0, 1)
    last = replace(bar, parts=(_PART._replace(program=14, notes=(Sound(3 * BEAT, BEAT, 72, 127),)),))  # bells
    paths = tmp_path / "once.wav", tmp_path / "loop.wav"
    write_audio(last, paths[0], Sounding(font))
    write_audio(last, paths[1], Sounding(font, is_loop=True))
    once, loop = (read(path) for path in paths)
    assert len(once) == len(loop) == round(bar.seconds * RATE)
    begin = slice(0, RATE // 10)
    assert rms(once[begin]) < 1e-4
    assert rms(loop[begin]) > 1e-3
    assert np.abs(loop[-1] - loop[0]).max() < 0.05  # no step at the loop's end


def test_a_loop_closes_where_the_limiter_works(instrument: Path | None, tmp_path: Path) -> None:
    write_audio(cut(music(), 0, 2), tmp_path / "loop.wav", Sounding(instrument, is_loop=True))
    loop = read(tmp_path / "loop.wav")
    assert len(loop) == round(2 * 4 * 60 / 125 * RATE)
    twice = np.concatenate([loop, loop])
    assert true_peak(twice) <= -1
    seam = np.abs(np.diff(twice[len(loop) - 50 : len(loop) + 50], axis=0)).max()
    assert seam <= np.abs(np.diff(loop, axis=0)).max()


def test_a_tail_lets_the_last_note_ring(font: Path, tmp_path: Path) -> None:
    write_audio(SHORT, tmp_path / "x.wav", Sounding(font, tail_seconds=1.5))
    assert soundfile.info(tmp_path / "x.wav").frames == round((SHORT.seconds + 1.5) * RATE)


def test_controls_are_played(instrument: Path | None, tmp_path: Path) -> None:
    silenced = replace(SHORT, parts=(_PART._replace(controls=((BEAT, b"\xb0\x07\x00"),)),))
    write_audio(silenced, tmp_path / "x.wav", Sounding(instrument))
    samples = read(tmp_path / "x.wav")
    first, second = (samples[int(at * RATE) : int((at + 0.15) * RATE)] for at in (0.05, 0.35))
    assert rms(first) > (20 if instrument else 5) * rms(second)  # libsonare's volume glides


def test_a_note_is_not_ended_by_the_end_of_another_of_its_pitch(
    instrument: Path | None, tmp_path: Path
) -> None:
    sounds = (Sound(0, BEAT, 60, 100), Sound(BEAT // 2, 2 * BEAT, 60, 100))
    write_audio(
        replace(SHORT, parts=(_PART._replace(notes=sounds),)), tmp_path / "x.wav", Sounding(instrument)
    )
    once = (Sound(0, BEAT // 2, 60, 100), sounds[1])
    write_audio(replace(SHORT, parts=(_PART._replace(notes=once),)), tmp_path / "y.wav", Sounding(instrument))
    start, end = (int(each * 60 / 240 * RATE) for each in (1.25, 2.0))
    both, apart = (rms(read(tmp_path / name)[start:end]) for name in ("x.wav", "y.wav"))
    assert both > 0.7 * apart


def test_more_controls_and_programs_at_once_than_a_queue_holds_are_played(
    instrument: Path | None, tmp_path: Path
) -> None:
    many = [(0, bytes((0xC0, n % 128)) if n % 2 else bytes((0xB0, 7, n % 128))) for n in range(5000)]
    last = ((0, b"\xc0\x10"), (0, b"\xb0\x07\x64"))
    crowded = replace(SHORT, parts=(_PART._replace(controls=(*many, *last)),))
    for name, piece in (("plain", SHORT), ("crowded", crowded)):
        write_audio(piece, tmp_path / f"{name}.wav", Sounding(instrument))
    plain, heard = (read(tmp_path / f"{name}.wav") for name in ("plain", "crowded"))
    first, second = (np.abs(np.fft.rfft(sound.mean(axis=1))) for sound in (plain, heard))
    assert first @ second > 0.9 * np.linalg.norm(first) * np.linalg.norm(second)


@pytest.mark.parametrize("parts", [(), (_PART._replace(notes=()),)])
@pytest.mark.parametrize("is_loop", [False, True])
def test_silence_stays_silence(parts: tuple[Part, ...], is_loop: bool, font: Path, tmp_path: Path) -> None:
    write_audio(Music("", parts, (), (), BAR), tmp_path / "x.wav", Sounding(font, is_loop=is_loop))
    samples = read(tmp_path / "x.wav")
    assert len(samples) == 2 * RATE
    assert not samples.any()


def test_music_of_no_length_is_a_file_of_no_length(font: Path, tmp_path: Path) -> None:
    for is_loop in (False, True):
        write_audio(Music("", (), (), (), 0), tmp_path / "x.wav", Sounding(font, is_loop=is_loop))
        assert soundfile.info(tmp_path / "x.wav").frames == 0


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_same_music_is_the_same_bytes(suffix: str, instrument: Path | None, tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}{suffix}" for number in range(2)]
    for path in paths:
        write_audio(music(1), path, Sounding(instrument))
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_an_ogg_file_keeps_its_sound_under_another_serial_number(tmp_path: Path) -> None:
    path = tmp_path / "x.ogg"
    soundfile.write(path, np.sin(np.arange(RATE) / 20)[:, None], RATE, format="OGG", subtype="VORBIS")
    before, _ = soundfile.read(path)
    data = bytearray(path.read_bytes())
    serial = data[14:18]
    with_fixed_serial(data)
    assert data[14:18] == b"\x01\x00\x00\x00" != serial
    path.write_bytes(data)
    assert np.array_equal(soundfile.read(path)[0], before)


def test_what_cannot_be_done_leaves_nothing_behind(font: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.sf2"
    broken.write_bytes(font.read_bytes()[:2000])
    with pytest.raises(SynthesiserError, match=r"cannot load the sound font .*broken\.sf2"):
        write_audio(SHORT, tmp_path / "x.wav", Sounding(broken))
    with pytest.raises(WriteError, match=r"cannot write .*x\.wav"):
        write_audio(SHORT, tmp_path / "no" / "x.wav", Sounding(font))
    assert [each.name for each in tmp_path.iterdir()] == ["broken.sf2"]


def test_too_little_room_for_the_parts_is_told_before_they_are_played(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=10**9))
    hours = replace(music(1), end_pulse=10_000 * BAR)
    with pytest.raises(
        WriteError, match=r"needs 22\.6 GB of temporary files, and .* has 1\.0 GB free; name another folder"
    ):
        write_audio(hours, tmp_path / "x.wav", Sounding(None))
    assert not list(tmp_path.iterdir())


def test_long_music_takes_no_more_memory_than_short(font: Path, tmp_path: Path) -> None:
    def most(minutes: int) -> int:
        long = replace(SHORT, end_pulse=BAR * minutes * 60)  # a bar a second
        tracemalloc.start()
        write_audio(long, tmp_path / "x.flac", Sounding(font))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak

    samples_bytes = 8 * RATE * 60 * 9  # what nine more minutes of sound are
    assert most(10) - most(1) < samples_bytes / 25


def test_progress_reaches_the_end(font: Path, tmp_path: Path) -> None:
    heard: list[tuple[int, int]] = []
    for is_loop in (False, True):
        stems = [tmp_path / f"{part.name}.wav" for part in music(1).parts]
        heard.clear()
        write_audio(
            music(1),
            tmp_path / "x.wav",
            Sounding(font, is_loop=is_loop),
            stems,
            lambda *each: heard.append(each),
        )
        assert heard == sorted(heard)
        assert len({total for _, total in heard}) == 1
        assert heard[-1][0] == heard[-1][1]
        assert max(done / total for done, total in heard[:-1]) > 0.5
