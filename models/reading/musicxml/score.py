"""Read MusicXML, score-partwise or score-timewise, as a written score."""

from typing import Final
from xml.etree.ElementTree import Element

from models.reading.limits import Limits, RefusedError
from models.reading.musicxml.measure import PartReader
from models.reading.musicxml.partlist import Listed, listed
from models.reading.musicxml.xmltext import elements
from models.reading.notation.jumps import tell_codas
from models.reading.notation.texts import plain
from models.reading.notation.written import Written

_BY_PARTS: Final = "score-partwise"
_BY_BARS: Final = "score-timewise"
_READ: Final = frozenset({"work-title", "movement-title", "part-list", "part", "measure"})
# These elements may be large and hold nothing that is needed, so they are cleared.
_PASSED_OVER: Final = frozenset({"credit", "identification", "defaults"})


def read_musicxml(data: bytes, limits: Limits) -> Written:
    """Read a MusicXML text. Raises RefusedError if it is not MusicXML or exceeds the limits."""
    reader = _ScoreReader(limits)
    is_score = False
    for event, element in elements(data, _READ | _PASSED_OVER, limits):
        if event == "end":
            reader.end(element)
        elif is_score:
            reader.start(element)
        else:
            _check_root(element.tag)
            reader.by_bars = element.tag == _BY_BARS
            is_score = True
    return reader.finished()


def _check_root(tag: str) -> None:
    if tag == "opus":
        raise RefusedError("is a list of other scores (an opus), not a score")
    if tag not in {_BY_PARTS, _BY_BARS}:
        raise RefusedError(f"is XML, but not a MusicXML score (it begins with <{tag[:40]}>)")


class _ScoreReader:
    """Collects a score from elements as they begin and end."""

    def __init__(self, limits: Limits) -> None:
        self.by_bars = False
        self._limits = limits
        self._written = Written()
        self._titles: dict[str, str] = {}
        self._listed: dict[str, Listed] = {}
        self._parts: dict[str, PartReader] = {}
        self._part = ""
        # The parent of the bar that is read. It is cleared after each bar, so that a long score needs little memory.
        self._holder = Element("")
        self._bar = -1
        self._is_in_measure = False
        self._notes = 0

    def start(self, element: Element) -> None:
        """Begin a part or a bar. score-partwise holds bars inside parts, score-timewise parts inside bars."""
        if element.tag == ("measure" if self.by_bars else "part"):
            self._holder = element
        if element.tag == "part":
            self._part = element.get("id", "")
            if not self.by_bars:
                self._bar = -1
                return
            if not self._is_in_measure:
                raise RefusedError("is a score-timewise with a <part> outside of its <measure>s")
        elif element.tag == "measure":
            self._is_in_measure = True
            self._bar += 1
            if self._bar >= self._limits.bars:
                raise RefusedError(f"has more than {self._limits.bars:,} bars")

    def end(self, element: Element) -> None:
        """Read a complete element, and clear it."""
        tag = element.tag
        if tag == "measure":
            self._is_in_measure = False
        if tag in {"work-title", "movement-title"}:
            self._titles[tag] = plain(element.text)
        elif tag == "part-list":
            self._listed = listed(element)
            element.clear()
        elif tag == ("part" if self.by_bars else "measure"):
            self._read_bar(element)
            self._holder.clear()
        elif tag == ("measure" if self.by_bars else "part") or tag in _PASSED_OVER:
            element.clear()

    def _read_bar(self, content: Element) -> None:
        part = self._parts.get(self._part)
        if part is None:
            if len(self._parts) >= self._limits.parts:
                raise RefusedError(f"has more than {self._limits.parts:,} parts")
            described = self._listed.get(self._part) or Listed(self._part)
            part = self._parts[self._part] = PartReader(described, self._written, is_first=not self._parts)
        self._notes += part.read(content, self._bar)
        if self._notes > self._limits.written_notes:
            raise RefusedError(f"has more than {self._limits.written_notes:,} notes")

    def finished(self) -> Written:
        """Return the whole score."""
        written = self._written
        written.title = self._titles.get("movement-title") or self._titles.get("work-title") or ""
        for part in self._parts.values():
            written.staves += part.staves()
        tell_codas(bar.marks for bar in written.bars)
        return written
