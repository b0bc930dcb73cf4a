"""Music as sound: heard, as long as it should be, below full scale, parts that add up, loops that close."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests import needs

needs.library("fluidsynth")
soundfile = needs.library("soundfile")

from exporters.audio import FORMATS, RATE, Sounding, write_audio
from exporters.music import cut, only
from exporters.ogg import with_fixed_serial
from exporters.synthesiser import SynthesiserError
from exporters.writing import WriteError
from models.music import Music, Part, Sound
from tests.exporters.pieces import BAR, BEAT, music

_PART = Part("organ", 1, 16, (Sound(0, BEAT, 60, 127), Sound(BEAT, BEAT, 72, 127)))
SHORT = Music("short", (_PART,), ((0, 240.0),), (), BAR)
_LEAST_STEP = 1 / 32768


def rms(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(samples**2)))


@pytest.mark.parametrize("suffix", FORMATS)
def test_it_is_heard_and_as_long_as_the_music_and_never_clips(
    suffix: str, font: Path, tmp_path: Path
) -> None:
    path = tmp_path / f"short{suffix}"
    write_audio({path: SHORT}, Sounding(font))
    samples, rate = soundfile.read(path)
    assert rate == RATE
    assert samples.shape[1] == 2
    assert len(samples) / rate == pytest.approx(SHORT.seconds, abs=0.05)
    assert rms(samples) > 0.05
    assert 0.8 < np.abs(samples).max() < 0.999
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_changes_of_tempo_move_the_sound(font: Path, tmp_path: Path) -> None:
    late = replace(
        SHORT, parts=(_PART._replace(notes=_PART.notes[1:]),), tempos=((0, 240.0), (BEAT // 2, 60.0))
    )
    write_audio({tmp_path / "late.wav": late}, Sounding(font))
    samples, _ = soundfile.read(tmp_path / "late.wav")
    assert len(samples) == round((0.125 + 3.5) * RATE)
    begins = np.argmax(np.abs(samples).max(axis=1) > 0.01) / RATE
    assert begins == pytest.approx(0.125 + 0.5, abs=0.02)


def test_parts_written_beside_the_whole_add_up_to_it(font: Path, tmp_path: Path) -> None:
    whole = music(1)
    parts = {tmp_path / f"{part.name}.wav": only(whole, part) for part in whole.parts}
    write_audio({tmp_path / "whole.wav": whole, **parts}, Sounding(font))
    samples, _ = soundfile.read(tmp_path / "whole.wav")
    stems = [soundfile.read(path)[0] for path in parts]
    assert all(rms(stem) > 0.001 for stem in stems)
    assert np.abs(sum(stems) - samples).max() < (len(stems) + 1) * _LEAST_STEP


def test_a_loop_is_its_bars_to_the_sample_and_rings_into_its_beginning(font: Path, tmp_path: Path) -> None:
    bar = cut(replace(SHORT, end_pulse=2 * BAR), 0, 1)
    last = replace(bar, parts=(_PART._replace(program=14, notes=(Sound(3 * BEAT, BEAT, 72, 127),)),))  # bells
    paths = tmp_path / "once.wav", tmp_path / "loop.wav"
    write_audio({paths[0]: last}, Sounding(font))
    write_audio({paths[1]: last}, Sounding(font, is_loop=True))
    once, loop = (soundfile.read(path)[0] for path in paths)
    assert len(once) == len(loop) == round(bar.seconds * RATE)
    begin = slice(0, RATE // 10)
    assert rms(once[begin]) < 1e-4
    assert rms(loop[begin]) > 1e-3
    assert np.abs(loop[-1] - loop[0]).max() < 0.05  # no step where it closes


def test_a_tail_lets_the_last_note_ring(font: Path, tmp_path: Path) -> None:
    write_audio({tmp_path / "x.wav": SHORT}, Sounding(font, tail_seconds=1.5))
    assert soundfile.info(tmp_path / "x.wav").frames == round((SHORT.seconds + 1.5) * RATE)


def test_controls_are_played(font: Path, tmp_path: Path) -> None:
    silenced = replace(SHORT, parts=(_PART._replace(controls=((BEAT, b"\xb0\x07\x00"),)),))
    write_audio({tmp_path / "x.wav": silenced}, Sounding(font))
    samples, _ = soundfile.read(tmp_path / "x.wav")
    first, second = (samples[int(at * RATE) : int((at + 0.15) * RATE)] for at in (0.05, 0.35))
    assert rms(first) > 20 * rms(second)


def test_silence_stays_silence(font: Path, tmp_path: Path) -> None:
    write_audio({tmp_path / "x.wav": Music("", (), (), (), BAR)}, Sounding(font))
    samples, _ = soundfile.read(tmp_path / "x.wav")
    assert len(samples) == 2 * RATE
    assert not samples.any()


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_same_music_is_the_same_bytes(suffix: str, font: Path, tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}{suffix}" for number in range(2)]
    for path in paths:
        write_audio({path: SHORT}, Sounding(font))
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
        write_audio({tmp_path / "x.wav": SHORT}, Sounding(broken))
    with pytest.raises(WriteError, match=r"cannot write .*x\.wav"):
        write_audio({tmp_path / "no" / "x.wav": SHORT}, Sounding(font))
    assert [each.name for each in tmp_path.iterdir()] == ["broken.sf2"]


def test_progress_reaches_the_end(font: Path, tmp_path: Path) -> None:
    heard: list[tuple[int, int]] = []
    write_audio({tmp_path / "x.wav": SHORT}, Sounding(font), lambda *each: heard.append(each))
    assert heard[-1][0] == heard[-1][1] == round(SHORT.seconds * RATE)
    assert heard == sorted(heard)
