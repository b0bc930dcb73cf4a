"""Write music as WAV, FLAC, OGG or MP3: play its parts, balance them and bring the mix to a usual loudness."""

import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from exporters.balance import Place, is_ours_to_balance, placed
from exporters.limiter import at_samples, gains
from exporters.loudness import FRAME, Frames, Measure, Meter, true_peaks
from exporters.ogg import with_fixed_serial
from exporters.playing import Sounding, play, samples_of
from exporters.soundfiles import sound_file
from exporters.studio.drops import in_drops
from exporters.studio.sounds import sounds
from exporters.synthesiser import Samples
from exporters.tracks import SAMPLE_BYTES, Track, blocks
from exporters.writing import WriteError, writing
from models.music import Music

Progress = Callable[[int, int], None]
Advance = Callable[[int], None]

FORMATS: Final[Mapping[str, tuple[str, str]]] = {
    ".wav": ("WAV", "PCM_16"),
    ".flac": ("FLAC", "PCM_16"),
    ".ogg": ("OGG", "VORBIS"),
    ".mp3": ("MP3", "MPEG_LAYER_III"),
}
# A little under -1 dBTP, because gains are interpolated between frames. Lossy formats add peaks, so they get more room.
_CEILING_DB: Final = -1.2
LOSSY_CEILING_DB: Final = -2.0
_LOSSY: Final = (".ogg", ".mp3")
_NOTHING: Final = np.zeros((0, 2), np.float32)


class Mix(NamedTuple):
    """Tracks that sound together, each with its place in the mix."""

    tracks: Sequence[Track]
    places: Sequence[Place]

    @property
    def length(self) -> int:
        """The number of samples."""
        return self.tracks[0].length

    def read(self, start: int, count: int) -> Samples:
        """Return up to `count` samples from `start` on."""
        count = min(count, self.length - start)
        sounds = (
            place.applied(track.read(start, count))
            for place, track in zip(self.places, self.tracks, strict=True)
        )
        return sum(sounds, np.zeros((count, 2), np.float32))

    def alone(self, number: int) -> "Mix":
        """Return one track, as it is in the mix."""
        return Mix([self.tracks[number]], [self.places[number]])


def write_audio(
    music: Music,
    path: Path,
    sounding: Sounding,
    stems: Sequence[Path] = (),
    progress: Progress = lambda _, __: None,
) -> None:
    """Write music to `path`, and each part to its path in `stems` if given. The stems add up to the whole.

    `progress` is called with (samples done, all samples). Raises WriteError if a file cannot be written, and
    SynthesiserError if the synthesiser fails.
    """
    balanced = is_ours_to_balance(music) and not sounding.is_produced
    count = max(len(music.parts), 1) if balanced or stems else 1
    passes = len(music.parts) + count * balanced + 2 * len((path, *stems)) + 1
    done, total = 0, passes * samples_of(music, sounding)

    def advance(samples: int) -> None:
        nonlocal done
        done += samples
        progress(done, total)

    with _tracks(count, samples_of(music, sounding)) as tracks:
        play(music, sounding, tracks, advance)
        places = [Place()] * count
        if balanced:
            measures = [_measured(track, advance) for track in tracks[: len(music.parts)]]
            places = [placed(*each) for each in zip(music.parts, measures, strict=True)] or places
        mix = Mix(tracks, places)
        is_lossy = path.suffix.lower() in _LOSSY
        ceiling = LOSSY_CEILING_DB if is_lossy else _CEILING_DB
        if sounding.is_produced:
            ceiling = min(ceiling, sounds().ceiling)
        alone = [mix.alone(number) for number in range(len(stems))]
        peaks = np.max([_peaks(each, sounding.is_loop, advance) for each in (mix, *alone)], axis=0)
        power = _measured(mix, advance).power
        where = in_drops(music, len(power)) if sounding.is_produced else None
        curve = gains(power, peaks, ceiling, is_loop=sounding.is_loop, where=where)
        _encode(mix, curve, path, advance)
        for each, stem in zip(alone, stems, strict=True):
            _encode(each, curve, stem, advance)
    progress(total, total)


@contextlib.contextmanager
def _tracks(count: int, length: int) -> Iterator[list[Track]]:
    """Yield silent tracks in temporary files. Raises WriteError if the disk has no room for them."""
    folder = Path(tempfile.gettempdir())
    needed, free = count * length * SAMPLE_BYTES, shutil.disk_usage(folder).free
    if needed > free:
        raise WriteError(
            f"audio of this length needs {needed / 1e9:.1f} GB of temporary files, and {folder} has "
            f"{free / 1e9:.1f} GB free; name another folder with $TMPDIR, or choose fewer bars with --loop"
        )
    try:
        with tempfile.TemporaryDirectory(prefix="edmd-") as scratch, contextlib.ExitStack() as stack:
            paths = (Path(scratch) / str(number) for number in range(count))
            yield [stack.enter_context(Track(path, length)) for path in paths]
    except OSError as error:
        raise WriteError(f"cannot keep temporary sound in {folder}: {error.strerror or error}") from error


def _measured(sound: Mix | Track, advance: Advance) -> Measure:
    meter = Meter()
    for start, count in blocks(sound.length):
        meter.hear(sound.read(start, count))
        advance(count)
    return meter.measure()


def _peaks(mix: Mix, is_loop: bool, advance: Advance) -> Frames:
    """Return the true peak of each frame. For a loop, its end precedes the beginning and its beginning follows the end."""
    found = [np.zeros(0, np.float32)]
    before = mix.read(max(mix.length - FRAME, 0), FRAME) if is_loop else _NOTHING
    for start, count in blocks(mix.length):
        block, end = mix.read(start, count), start + count
        goes_on = is_loop or end < mix.length
        after = mix.read(end % mix.length, FRAME) if goes_on else _NOTHING
        found.append(true_peaks(block, before, after))
        before = block
        advance(count)
    return np.concatenate(found)


def _encode(mix: Mix, curve: Frames, path: Path, advance: Advance) -> None:
    kind, subtype = FORMATS[path.suffix.lower()]
    with writing(path) as partial:
        with sound_file(partial, kind, subtype) as file:
            for start, count in blocks(mix.length):
                file.write(mix.read(start, count) * at_samples(curve, start, count)[:, None])
                advance(count)
        if kind == "OGG":
            content = bytearray(partial.read_bytes())
            with_fixed_serial(content)
            partial.write_bytes(content)
