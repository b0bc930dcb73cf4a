"""Read any file of music: a MIDI file or a score."""

from pathlib import Path
from typing import Final

from models.music import Music
from models.reading.limits import LIMITS, Limits, RefusedError
from models.reading.midi import read_midi
from models.reading.scores import read_score
from models.reading.text import printable

MIDI_SUFFIXES: Final = frozenset({".mid", ".midi", ".smf", ".kar", ".rmi"})
SCORE_SUFFIXES: Final = frozenset({".musicxml", ".mxl", ".xml", ".krn", ".abc"})


def is_music(path: Path) -> bool:
    """Return whether files with this suffix can be read."""
    return path.suffix.lower() in MIDI_SUFFIXES | SCORE_SUFFIXES


def read_music(path: Path, limits: Limits = LIMITS) -> Music:
    """Read a MIDI file or a score.

    Raises RefusedError with the cause, without the file's name, and no other exception, whatever the file holds.
    """
    try:
        return _read(path, limits)
    except RefusedError:
        raise
    except MemoryError as error:
        raise RefusedError("needs more memory than is available", may_pass=True) from error
    except ImportError as error:
        raise RefusedError(f"needs a library that is not installed ({error.name})", may_pass=True) from error
    except Exception as error:  # a hostile file may cause any exception in the libraries that parse it
        raise RefusedError(f"cannot be read ({type(error).__name__}: {first_line(error)})") from error


def first_line(error: Exception) -> str:
    """Return the first line of an error's text, cut to 160 characters for a list of files."""
    lines = printable(str(error).partition("\n")[0])
    return lines[:160] or type(error).__name__


def _read(path: Path, limits: Limits) -> Music:
    if path.suffix.lower() not in SCORE_SUFFIXES:
        return read_midi(path, limits)
    return read_score(path, limits)
