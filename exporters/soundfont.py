"""Find a sound font: the one that the user names, or the best one in the usual folders."""

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

ENVIRONMENT_NAME: Final = "EDMD_SOUNDFONT"
HOW_TO_GET_ONE: Final = (
    "on Debian `apt install fluid-soundfont-gm libfluidsynth3` installs one and the library that plays it, "
    "on other systems download one such as GeneralUser GS"
)
_SUFFIXES: Final = (".sf2", ".sf3")
# Parts of file names, the best sounding first. All other fonts come after them.
_LIKED: Final = ("generaluser", "musescore_general", "fluidr3_gm", "fluidr3", "sgm", "timgm6mb")


class NoSoundFontError(Exception):
    """No sound font was found, or one cannot be read; the text says which, or how to get one."""


def named(asked: Path | None, environ: Mapping[str, str], configured: Path | None = None) -> Path | None:
    """Return the sound font that the user names: `asked`, else $EDMD_SOUNDFONT, else `configured`."""
    return asked or (Path(environ[ENVIRONMENT_NAME]) if environ.get(ENVIRONMENT_NAME) else configured)


def find(
    asked: Path | None,
    environ: Mapping[str, str],
    places: Iterable[Path] | None = None,
    *,
    configured: Path | None = None,
) -> Path:
    """Return the sound font that the user names, else the best one in `places`. Raises NoSoundFontError if none."""
    chosen = named(asked, environ, configured)
    if chosen is not None:
        return _checked(chosen.expanduser())
    found = [font for place in places or usual_places() for font in _fonts_in(place)]
    if not found:
        raise NoSoundFontError(
            f"audio needs a sound font, and the usual folders hold none; {HOW_TO_GET_ONE}, "
            f"or name one with --soundfont, ${ENVIRONMENT_NAME} or `soundfont` in [audio] of the configuration"
        )
    return min(found, key=_rank)


def usual_places() -> list[Path]:
    """Return the folders in which systems and people keep sound fonts."""
    home = Path.home()
    data = Path(os.environ.get("XDG_DATA_HOME", home / ".local/share"))
    shared = [Path(root) / "share" for root in ("/usr/local", "/usr", "/opt/homebrew", sys.prefix)]
    names = ("sounds/sf2", "sounds/sf3", "soundfonts", "sounds/soundfonts")
    own = [home / "Library/Audio/Sounds/Banks", Path("/Library/Audio/Sounds/Banks"), Path("C:/soundfonts")]
    return [root / name for root in (data, *shared) for name in names] + own


def _checked(font: Path) -> Path:
    try:
        with font.open("rb") as file:
            head = file.read(12)
    except OSError as error:
        raise NoSoundFontError(f"cannot read the sound font {font}: {error.strerror or error}") from error
    if head[:4] != b"RIFF" or head[8:] != b"sfbk":
        raise NoSoundFontError(f"{font} is not a sound font (.sf2 or .sf3)")
    return font


def _fonts_in(place: Path) -> list[Path]:
    try:
        return [each for each in place.iterdir() if each.suffix.lower() in _SUFFIXES]
    except OSError:
        return []


def _rank(font: Path) -> tuple[int, str]:
    name = font.name.lower()
    return next((rank for rank, liked in enumerate(_LIKED) if liked in name), len(_LIKED)), str(font)
