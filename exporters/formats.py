"""Choose the exporter by a file's suffix, check what it needs, and write with it."""

import importlib.util
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from exporters.limits import check_extent, extent_of
from exporters.music import gathered, only
from exporters.names import check_outputs, stem_paths
from exporters.writing import writing
from models.effects import EFFECTS
from models.music import Music
from models.notes import PULSES_PER_BAR, VOICES, Note

Progress = Callable[[int, int], None]

# The kinds of file for each suffix. The first is the default.
KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    ".mid": ("midi",),
    ".midi": ("midi",),
    ".dawproject": ("dawproject",),
    ".musicxml": ("score",),
    ".mxl": ("score",),
    ".svg": ("score", "picture"),
    ".pdf": ("score", "picture"),
    ".png": ("picture", "score"),
    ".wav": ("audio",),
    ".flac": ("audio",),
    ".ogg": ("audio",),
    ".mp3": ("audio",),
}
_ENGRAVED: Final = (".svg", ".pdf", ".png")


class FormatError(Exception):
    """A kind of file cannot be written; the text names the kinds that can."""


class MissingError(Exception):
    """A required library is not installed; the text says how to install it."""


@dataclass(frozen=True)
class Settings:
    """How to export. `stems` also writes a file for each part, `replace` overwrites files; the rest is for audio."""

    stems: bool = False
    is_loop: bool = False
    soundfont: Path | None = None
    tail_seconds: float = 0.0
    replace: bool = True


def kind_of(path: Path, asked: str | None = None) -> str:
    """Return the kind of file to write: midi, dawproject, score, picture or audio.

    Raises FormatError if the suffix is unknown or cannot be of the kind `asked`.
    """
    kinds = KINDS.get(path.suffix.lower())
    if kinds is None:
        raise FormatError(
            f"cannot write {path}: the suffix {path.suffix or '(none)'} is not known; use one of {', '.join(KINDS)}"
        )
    if asked and asked not in kinds:
        suffixes = ", ".join(suffix for suffix, each in KINDS.items() if asked in each)
        raise FormatError(f"cannot write {path} as {asked}; the suffixes for {asked} are {suffixes}")
    return asked or kinds[0]


def check(path: Path, kind: str, settings: Settings, parts: Sequence[str] = ()) -> None:
    """Check before any work begins that `path` can be written.

    Raises WriteError, MissingError or, for audio, NoSoundFontError. `parts` are the names of the parts, if they are known
    already; then the paths of their stems are checked too.
    """
    check_outputs([path, *(stem_paths(path, parts) if settings.stems else ())], replace=settings.replace)
    check_installed(kind, path.suffix)
    # edmd's own voices need no synthesiser: the instruments of the panel play them, unless a sound font is named.
    if kind == "audio" and not (settings.soundfont is None and parts and set(parts) <= {*VOICES, EFFECTS}):
        instrument(settings.soundfont)


def check_installed(kind: str, suffix: str) -> None:
    """Raise MissingError if a library for this kind and suffix is not installed."""
    if kind == "score" and suffix.lower() in _ENGRAVED:
        need("engraving", "score", ("verovio", "typst"))
    elif kind == "picture":
        need("a picture", "picture", ("matplotlib",))
    elif kind == "audio":
        need("audio", "audio", ("scipy", "soundfile"))


def instrument(asked: Path | None, *, configured: Path | None = None) -> Path | None:
    """Return the sound font for audio, or None for the built-in synthesiser.

    Raises NoSoundFontError if a named sound font cannot be read, and MissingError if no synthesiser is installed.
    """
    from exporters import instruments  # noqa: PLC0415

    try:
        return instruments.choose(asked, os.environ, configured=configured)
    except instruments.NoSynthesiserError as error:
        raise MissingError(str(error)) from error


def need(what: str, extra: str, modules: Sequence[str]) -> None:
    """Raise MissingError if any of `modules`, which `what` needs and `extra` installs, is missing."""
    missing = [module for module in modules if importlib.util.find_spec(module) is None]
    if missing:
        raise MissingError(
            f"{what} needs {', '.join(missing)}; install edmd with its extra `{extra}` (pip install -e '.[{extra}]')"
        )


def write(
    music: Music, path: Path, kind: str, settings: Settings, progress: Progress = lambda _, __: None
) -> list[Path]:
    """Write music to `path`, and its stems next to it. Return all files written.

    Raises WriteError, and the errors of `check`.
    """
    music = music if kind in ("midi", "dawproject", "audio") else music.without_effects()
    music = gathered(music) if kind == "score" else music
    wanted = {path: music, **(stems(music, path) if settings.stems else {})}
    check_outputs(wanted, replace=settings.replace)
    for each, part in wanted.items():
        check_extent(each, kind, extent_of(part, kind))
    if kind == "audio":
        _write_audio(music, list(wanted), settings, progress)
        return list(wanted)
    for each, part in wanted.items():
        if kind == "picture":
            _draw(part, each)
            continue
        with writing(each) as partial:
            partial.write_bytes(_content(part, kind, each.suffix.lower(), progress))
    return list(wanted)


def stems(music: Music, path: Path) -> dict[Path, Music]:
    """Return the music of each part by path: set.wav gives set-lead.wav, set-bass.wav, ..."""
    paths = stem_paths(path, [part.name for part in music.parts])
    return {each: only(music, part) for each, part in zip(paths, music.parts, strict=True)}


def _content(music: Music, kind: str, suffix: str, progress: Progress) -> bytes:
    if kind == "score":
        return _score(music, suffix, progress)
    if kind == "dawproject":
        from exporters.dawproject import dawproject  # noqa: PLC0415

        return dawproject(music)
    from exporters.midi import file_bytes  # noqa: PLC0415

    return file_bytes(music)


def _score(music: Music, suffix: str, progress: Progress) -> bytes:
    from exporters.score import compressed, musicxml  # noqa: PLC0415

    document = musicxml(music, progress)
    if suffix not in _ENGRAVED:
        return compressed(document) if suffix == ".mxl" else document
    from exporters import engraving  # noqa: PLC0415

    svgs = engraving.pages(document, one=suffix != ".pdf")
    if suffix == ".svg":
        return svgs[0].encode()
    return engraving.png(svgs[0]) if suffix == ".png" else engraving.pdf(svgs)


def _write_audio(music: Music, paths: Sequence[Path], settings: Settings, progress: Progress) -> None:
    from exporters.audio import write_audio  # noqa: PLC0415
    from exporters.balance import is_ours_to_balance  # noqa: PLC0415
    from exporters.playing import Sounding  # noqa: PLC0415

    is_produced = settings.soundfont is None and is_ours_to_balance(music)
    font = None if is_produced else instrument(settings.soundfont)
    sounding = Sounding(font, settings.tail_seconds, settings.is_loop, is_produced)
    write_audio(music, paths[0], sounding, paths[1:], progress)


def _draw(music: Music, path: Path) -> None:
    from exporters.picture import draw_music  # noqa: PLC0415

    bars = -(-music.end_pulse // PULSES_PER_BAR)
    draw_music(_by_voice(music), bars, path, music.title)


def _by_voice(music: Music) -> list[Note]:
    from models.grid import tracks_of  # noqa: PLC0415
    from models.voicing import deal  # noqa: PLC0415

    # `deal` needs ticks and the picture needs pulses. Both have the notes of a part in the same order.
    parts = [part for part in music.parts if part.notes]
    return sorted(
        Note(note.pulse, note.length, VOICES[voice], note.pitch, note.velocity)
        for part, voicing in zip(parts, deal(tracks_of(parts)), strict=True)
        for note, voice in zip(part.notes, voicing, strict=True)
    )
