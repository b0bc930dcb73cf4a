"""Any file of music as one value, whatever its kind."""

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
    """Whether the suffix is one that can be read."""
    return path.suffix.lower() in MIDI_SUFFIXES | SCORE_SUFFIXES


def read_music(path: Path, limits: Limits = LIMITS) -> Music:
    """Read a MIDI file or a score; RefusedError tells, without the file's name, why it is no music.

    Nothing else is raised, whatever the file holds.
    """
    try:
        return _read(path, limits)
    except RefusedError:
        raise
    except MemoryError as error:
        raise RefusedError("needs more memory than there is", may_pass=True) from error
    except ImportError as error:
        raise RefusedError(f"needs a library that is not installed ({error.name})", may_pass=True) from error
    except Exception as error:  # the libraries that read scores let escape whatever they meet
        raise RefusedError(f"cannot be read ({type(error).__name__}: {first_line(error)})") from error


def first_line(error: Exception) -> str:
    """Return the first line of an error's text, not too long for a list of files."""
    lines = printable(str(error).partition("\n")[0])
    return lines[:160] or type(error).__name__


def _read(path: Path, limits: Limits) -> Music:
    if path.suffix.lower() not in SCORE_SUFFIXES:
        return read_midi(path, limits)
    return read_score(path, limits)
