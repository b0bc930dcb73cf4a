"""Write clips for comparisons by ear: MP3 files of exactly the same length and loudness, faded in and out."""

import math
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from exporters.audio import FORMATS, LOSSY_CEILING_DB
from exporters.limiter import at_samples, gains
from exporters.loudness import RATE, Meter, integrated, true_peaks
from exporters.playing import Sounding, play
from exporters.soundfiles import sound_file
from exporters.synthesiser import Samples
from exporters.tracks import Track
from exporters.writing import WriteError, writing
from models.music import Music

SUFFIX: Final = ".mp3"  # every browser plays it, also Safari, which long played no Ogg Vorbis
# A constant 192 kbit/s: clips of one length have one size, which tells nothing of the music.
_CODING: Final[Mapping[str, Any]] = {"bitrate_mode": "CONSTANT", "compression_level": 0.4}
_FADE_IN_SECONDS: Final = 0.05
_FADE_OUT_SECONDS: Final = 1.5
_NOTHING: Final = np.zeros((0, 2), np.float32)


class SilentError(Exception):
    """The music does not sound."""


class LevelError(Exception):
    """The music cannot reach the loudness: its peaks would have to be cut too far."""


def write_clip(music: Music, path: Path, font: Path | None, seconds: float, lufs: float) -> None:
    """Write the first `seconds` of music, all parts as the music says, at `lufs`, true peak at most -2 dB.

    Raises SilentError, LevelError, WriteError if the file cannot be written, and SynthesiserError.
    """
    sound = _faded(_played(music, font, round(seconds * RATE)))
    meter = Meter()
    meter.hear(sound)
    power = meter.measure().power
    if integrated(power) == -math.inf:
        raise SilentError
    curve = gains(power, true_peaks(sound, _NOTHING, _NOTHING), LOSSY_CEILING_DB, is_loop=False, target=lufs)
    if integrated(power * curve * curve) < lufs - 0.5:
        raise LevelError
    kind, subtype = FORMATS[SUFFIX]
    with writing(path) as partial, sound_file(partial, kind, subtype, **_CODING) as file:
        file.write(sound * at_samples(curve, 0, len(sound))[:, None])


def _played(music: Music, font: Path | None, length: int) -> Samples:
    try:
        with (
            tempfile.TemporaryDirectory(prefix="edmd-") as scratch,
            Track(Path(scratch) / "0", length) as track,
        ):
            play(music, Sounding(font), [track], lambda _: None)
            return track.read(0, length).copy()
    except OSError as error:
        raise WriteError(f"cannot keep temporary sound: {error.strerror or error}") from error


def _faded(sound: Samples) -> Samples:
    rise, fall = round(_FADE_IN_SECONDS * RATE), round(_FADE_OUT_SECONDS * RATE)
    sound[:rise] *= np.linspace(0, 1, len(sound[:rise]), dtype=np.float32)[:, None]
    sound[-fall:] *= np.linspace(1, 0, len(sound[-fall:]), dtype=np.float32)[:, None]
    return sound
