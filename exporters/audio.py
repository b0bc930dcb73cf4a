"""Music to sound: played by FluidSynth from a sound font, at a safe peak, as long as the music, as WAV, FLAC, OGG or MP3."""

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import soundfile

from exporters.ogg import with_fixed_serial
from exporters.synthesiser import Samples, Synthesiser
from exporters.writing import writing
from models.music import Music, Part
from models.notes import CHANNELS

Progress = Callable[[int, int], None]

RATE: Final = 44100
FORMATS: Final[Mapping[str, tuple[str, str]]] = {
    ".wav": ("WAV", "PCM_16"),
    ".flac": ("FLAC", "PCM_16"),
    ".ogg": ("OGG", "VORBIS"),
    ".mp3": ("MP3", "MPEG_LAYER_III"),
}
_PEAK: Final = 10 ** (-1 / 20)  # 1 dB below full scale: room for what lossy formats add
_FADE_SECONDS: Final = 0.01
_LOOP_TAIL_SECONDS: Final = 4.0
_BLOCK: Final = 1 << 16


class Sounding(NamedTuple):
    """How music sounds and how it ends: `tail_seconds` of ringing after it, or as a loop that rings into its beginning."""

    font: Path
    tail_seconds: float = 0.0
    is_loop: bool = False


def write_audio(
    wanted: Mapping[Path, Music], sounding: Sounding, progress: Progress = lambda _, __: None
) -> None:
    """Write music to its files, all at one gain, so that parts written beside the whole add up to it.

    `progress` hears (samples, of all). WriteError when the disk refuses, SynthesiserError for an unfit sound font.
    """
    total = sum(len(music.parts) * _length(music, sounding) for music in wanted.values())
    done = 0

    def advance(samples: int) -> None:
        nonlocal done
        done += samples
        progress(done, total)

    with tempfile.TemporaryDirectory(prefix="edmd-") as folder:
        mixes = {
            path: _mix(music, sounding, Path(folder) / str(number), advance)
            for number, (path, music) in enumerate(wanted.items())
        }
        peak = max((float(np.abs(mix).max(initial=0)) for mix in mixes.values()), default=0.0)
        for path, mix in mixes.items():
            _encode(mix, _PEAK / peak if peak else 1.0, path)


def _length(music: Music, sounding: Sounding) -> int:
    """Samples to play: the music and what rings after it."""
    tail = _LOOP_TAIL_SECONDS if sounding.is_loop else sounding.tail_seconds
    return round(music.seconds * RATE) + round(tail * RATE)


def _mix(music: Music, sounding: Sounding, scratch: Path, advance: Callable[[int], None]) -> Samples:
    """All parts together, on disk, for an hour of it is a gigabyte."""
    length = _length(music, sounding)
    mix: Samples = np.memmap(scratch, np.float32, "w+", shape=(max(length, 1), 2))
    for part in music.parts:
        _add_part(mix[:length], part, music, sounding.font, advance)
    if sounding.is_loop:
        return _folded(mix, round(music.seconds * RATE))
    fade = min(round(_FADE_SECONDS * RATE), length)
    mix[length - fade : length] *= np.linspace(1, 0, fade, dtype=np.float32)[:, None]
    return mix


def _folded(mix: Samples, length: int) -> Samples:
    """What rings after a loop is heard at its beginning, as when it is played again and again."""
    for start in range(length, len(mix), max(length, 1)):
        ring = mix[start : start + length]
        mix[: len(ring)] += ring
    return mix[:length]


def _add_part(mix: Samples, part: Part, music: Music, font: Path, advance: Callable[[int], None]) -> None:
    synthesiser = Synthesiser(font, RATE)
    try:
        at = 0
        for sample, message in _timed(part, music):
            at = _play_until(min(sample, len(mix)), at, mix, synthesiser, advance)
            synthesiser.send(message)
        _play_until(len(mix), at, mix, synthesiser, advance)
    finally:
        synthesiser.close()


def _play_until(
    end: int, at: int, mix: Samples, synthesiser: Synthesiser, advance: Callable[[int], None]
) -> int:
    while at < end:
        count = min(end - at, _BLOCK)
        mix[at : at + count] += synthesiser.play(count)
        at += count
        advance(count)
    return at


def _timed(part: Part, music: Music) -> list[tuple[int, bytes]]:
    """The part's messages, each at its sample; drums on the drum channel, wherever they were sent live."""
    channel = CHANNELS["drums"] - 1 if part.is_drums else 0
    messages = [(0, 0, bytes((0xC0, part.program)))]
    messages += [(pulse, 0, message) for pulse, message in part.controls]
    for pulse, length, pitch, velocity in part.notes:
        messages.append((pulse, 2, bytes((0x90, pitch, velocity))))
        messages.append((pulse + length, 1, bytes((0x80, pitch, 0))))
    messages.sort(key=lambda each: each[:2])
    pulses, seconds = zip(*music.tempo_map(), strict=True)
    samples = np.rint(np.interp([pulse for pulse, _, _ in messages], pulses, seconds) * RATE)
    return [
        (int(sample), bytes((message[0] & 0xF0 | channel,)) + message[1:])
        for sample, (_, _, message) in zip(samples, messages, strict=True)
    ]


def _encode(mix: Samples, gain: float, path: Path) -> None:
    kind, subtype = FORMATS[path.suffix.lower()]
    with writing(path) as partial:
        with (
            partial.open("wb") as raw,
            soundfile.SoundFile(raw, "w", RATE, 2, format=kind, subtype=subtype) as file,
        ):
            for start in range(0, len(mix), _BLOCK):
                file.write(mix[start : start + _BLOCK] * np.float32(gain))
        if kind == "OGG":
            content = bytearray(partial.read_bytes())
            with_fixed_serial(content)
            partial.write_bytes(content)
