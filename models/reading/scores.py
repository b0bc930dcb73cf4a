"""Read scores as music: MusicXML (.musicxml, .xml, .mxl), Humdrum (.krn) and ABC (.abc).

expat parses the XML; this package interprets its elements, and reads Humdrum and ABC itself. We tried the existing
libraries on real files (figures are in docs/scores.md):

- music21 takes 0.25 ms and 12 KB for each note, so a file of half the allowed size takes minutes and a gigabyte. It
  strikes tied notes of chords again. In ABC it loses rests of several bars, overlays, voices named within a line,
  accidentals that last for a bar, transposition and drums. It writes pickles to a folder that other users may write
  to, and loads them from there.
- partitura is no faster, does not read ABC and fails with an AttributeError at percussion. If pyfluidsynth is
  installed, importing partitura downloads a sound font, and fails without a network.
- verovio ends the whole process at a malformed Humdrum file. abc2xml includes any file that a tune names.
"""

import re
from pathlib import Path
from typing import Final

from models.music import Music
from models.reading.abc.tune import read_abc
from models.reading.files import read_bytes
from models.reading.humdrum.kern import read_kern
from models.reading.limits import LIMITS, Limits, RefusedError
from models.reading.musicxml.packed import SIGNATURE, unpack
from models.reading.musicxml.score import read_musicxml
from models.reading.notation.performing import perform
from models.reading.notation.texts import text_of
from models.reading.notation.written import Written
from models.reading.text import printable

_XML: Final = re.compile(rb"(?:\xef\xbb\xbf)?[\s\x00]*<|\xff\xfe<\x00|\xfe\xff\x00<")
_HUMDRUM: Final = re.compile(r"\s*(?:\*\*|!!)")
_ABC: Final = re.compile(r"(?:^|\n)X:")


def read_score(path: Path, limits: Limits = LIMITS) -> Music:
    """Read a score as it sounds, with its repeats played. Raises RefusedError with the cause if it cannot."""
    data = read_bytes(path, limits.file_bytes)
    return score_music(data, path.suffix.lower(), printable(path.stem), limits)


def score_music(data: bytes, suffix: str, title: str, limits: Limits = LIMITS) -> Music:
    """Read the bytes of a score. `title` is used if the score has none. Raises RefusedError as `read_score` does.

    The content determines the format. `suffix` decides if the content does not.
    """
    written = read_written(data, suffix, limits)
    written.title = written.title or title
    return perform(written, limits)


def read_written(data: bytes, suffix: str, limits: Limits) -> Written:
    """Read a score as it is written, with repeats not yet played."""
    if data.startswith(SIGNATURE):
        data = unpack(data, limits)
    if _XML.match(data):
        return read_musicxml(data, limits)
    text = text_of(data)
    if _HUMDRUM.match(text) or (suffix == ".krn" and not _ABC.search(text)):
        return read_kern(text, limits)
    if _ABC.search(text) or suffix == ".abc":
        return read_abc(text, limits)
    raise RefusedError("is neither MusicXML nor Humdrum nor ABC")
