"""Scores as music: MusicXML (.musicxml, .xml, .mxl), Humdrum (.krn) and ABC (.abc).

XML is read by expat; what its elements mean, Humdrum and ABC are read here. The libraries were tried on the files of
these kinds that people have (docs/training.md has the figures):

- music21 takes 0.25 ms and 12 KB a note, so that a file of half the allowed size takes minutes and a gigabyte. It plays
  tied notes of chords again, and in ABC it loses rests of several bars, overlays, voices named within a line,
  accidentals that hold for a bar, transposition and drums. It keeps pickles of what it parsed in a folder that others
  may write to, and loads them.
- partitura is no faster, reads no ABC and ends with an AttributeError at percussion. Where pyfluidsynth is installed,
  importing it downloads a sound font, and fails without a network.
- verovio ends the whole process at a malformed Humdrum file; abc2xml includes any file that a tune names.
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
    """Read a score as it sounds, its repeats played; RefusedError tells why it is no music."""
    data = read_bytes(path, limits.file_bytes)
    return score_music(data, path.suffix.lower(), printable(path.stem), limits)


def score_music(data: bytes, suffix: str, title: str, limits: Limits = LIMITS) -> Music:
    """Read the bytes of a score; `title` is for one that names none. RefusedError as in `read_score`.

    What the bytes are they tell themselves; where they do not, `suffix` does.
    """
    written = read_written(data, suffix, limits)
    written.title = written.title or title
    return perform(written, limits)


def read_written(data: bytes, suffix: str, limits: Limits) -> Written:
    """Read a score as it is written."""
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
