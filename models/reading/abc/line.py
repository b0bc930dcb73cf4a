"""Read a line of ABC music, sign by sign."""

import re
from collections.abc import Callable
from typing import Final

from models.reading.abc.voice import NOTE, Voice, fraction
from models.reading.limits import Limits, RefusedError
from models.reading.notation.jumps import read_words
from models.reading.notation.metres import bar_pulses
from models.reading.notation.repeats import passes_of
from models.reading.notation.written import DYNAMICS

# The length of each sign is limited, so that a line of unclosed signs takes linear time.
_SIGN: Final = re.compile(
    r'"(?P<text>[^"]{0,200})"'
    r"|[!+](?P<mark>[A-Za-z.()<>0-9~^-]{1,24})[!+]"
    r"|\[(?P<field>[A-Za-z]):(?P<value>[^\]]{0,200})\]"
    r"|(?P<bar>:*(?:\[\||\|+)[\]|]?:*|::+)(?:\s*\[?(?P<pass>\d[\d,-]{0,20}))?"
    r"|\[(?P<ending>\d[\d,-]{0,20})"
    r"|\[(?P<chord>[^\]|]{1,200})\](?P<above>\d{0,4})(?P<slashes>/{0,6})(?P<below>\d{0,4})(?P<tie>-?)"
    r"|\{/?(?P<grace>[^}]{0,200})\}"
    r"|\((?P<tuplet>\d)(?::(?P<time>\d?))?(?::(?P<over>\d{0,2}))?"
    r"|[zx](?P<rest>\d{0,4})(?P<rest_slashes>/{0,6})(?P<rest_below>\d{0,4})"
    r"|[ZX](?P<bars>\d{0,5})"
    r"|(?P<broken>>{1,3}|<{1,3})|(?P<tied>-)|(?P<overlay>&)"
)
# The default duration of a tuplet, in notes. For 5, 7 and 9 it depends on the metre.
_TIMES: Final = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}
_ANNOTATION: Final = frozenset("^_<>@")
_SIGNS_BY_LETTER: Final = {"S": "segno", "O": "coda"}
_MARK: Final = re.compile(r"![^!]{1,24}!|\+[^+]{1,24}\+")
_CHORD_SYMBOL: Final = re.compile(r"[A-G][#b]?(?![a-z]{4})")


class LineReader:
    """Reads music into the voice that `now` returns. Inline fields go to `field`, which may change the voice."""

    def __init__(self, now: Callable[[], Voice], field: Callable[[str, str], None], limits: Limits) -> None:
        self.has_chord_symbols = False
        self._now, self._field = now, field
        self._limits = limits
        self._signs = self._notes = self._rested_bars = 0
        self._readers: dict[str, Callable[[re.Match[str]], None]] = {
            "text": self._text,
            "mark": lambda sign: self._mark(sign["mark"]),
            "value": lambda sign: self._field(sign["field"], sign["value"]),
            "bar": self._bar,
            "pass": self._bar,
            "ending": lambda sign: self._end(sign["ending"]),
            "tie": self._chord,
            "grace": self._grace,
            "tuplet": self._tuplet,
            "time": self._tuplet,
            "over": self._tuplet,
            "rest_below": self._rest,
            "bars": self._rest_bars,
            "broken": lambda sign: self._now().break_rhythm(sign["broken"]),
            "tied": lambda _: self._now().tie(),
            "overlay": lambda _: self._now().overlay(),
        }

    def read(self, line: str) -> None:
        """Read one line. Unknown signs are skipped. Raises RefusedError for more signs or notes than the limits allow."""
        at = 0
        while at < len(line):
            self._signs += 1
            if self._signs > self._limits.signs:
                raise RefusedError(f"has more than {self._limits.signs:,} signs")
            found = NOTE.match(line, at)
            if found:
                self._count_notes(1)
                self._now().play([found])
            else:
                found = _SIGN.match(line, at)
                if found and found.lastgroup:
                    self._readers[found.lastgroup](found)
                elif line[at] in _SIGNS_BY_LETTER:
                    self._mark(_SIGNS_BY_LETTER[line[at]])
            at = found.end() if found else at + 1

    def _text(self, sign: re.Match[str]) -> None:
        if sign["text"][:1] in _ANNOTATION:
            read_words(self._now().bar.marks, sign["text"][1:])
        else:
            self.has_chord_symbols |= bool(_CHORD_SYMBOL.match(sign["text"]))
            read_words(self._now().bar.marks, sign["text"])

    def _mark(self, mark: str) -> None:
        voice = self._now()
        voice.velocity = DYNAMICS.get(mark, voice.velocity)
        if mark == "segno":
            voice.bar.marks.segno = True
        else:
            read_words(voice.bar.marks, mark)

    def _bar(self, sign: re.Match[str]) -> None:
        voice, bar = self._now(), sign["bar"]
        voice.end_bar()
        backward, forward = bar.partition("|")[0].count(":"), bar.rpartition("|")[2].count(":")
        if "|" not in bar:  # `::` alone
            backward = forward = 1
        if backward:
            voice.repeat(backward + 1)
        if forward:
            voice.bar.marks.forward = True
        if backward or forward or len(bar) > 1:
            voice.ending = frozenset()
        if sign["pass"]:
            self._end(sign["pass"])

    def _end(self, passes: str) -> None:
        self._now().ending = passes_of(passes)

    def _chord(self, sign: re.Match[str]) -> None:
        notes = list(NOTE.finditer(_MARK.sub("", sign["chord"])))
        if notes:
            self._count_notes(len(notes))
            self._now().play(notes, fraction(sign["above"], sign["slashes"], sign["below"]), sign["tie"])

    def _grace(self, sign: re.Match[str]) -> None:
        for note in NOTE.finditer(_MARK.sub("", sign["grace"])):
            self._count_notes(1)
            self._now().grace(note)

    def _count_notes(self, number: int) -> None:
        self._notes += number
        if self._notes > self._limits.written_notes:
            raise RefusedError(f"has more than {self._limits.written_notes:,} notes")

    def _tuplet(self, sign: re.Match[str]) -> None:
        voice, notes = self._now(), int(sign["tuplet"])
        is_compound = voice.metre is not None and voice.metre[0] % 3 == 0 and voice.metre[0] > 3
        time = int(sign["time"] or 0) or _TIMES.get(notes, 3 if is_compound else 2)
        voice.begin_tuplet(notes, time, int(sign["over"] or 0) or notes)

    def _rest(self, sign: re.Match[str]) -> None:
        voice = self._now()
        voice.rest(voice.unit * fraction(sign["rest"], sign["rest_slashes"], sign["rest_below"]))

    def _rest_bars(self, sign: re.Match[str]) -> None:
        voice, bars = self._now(), int(sign["bars"] or 1)
        self._rested_bars += bars
        if self._rested_bars > self._limits.bars:
            raise RefusedError(f"has more than {self._limits.bars:,} bars of rest in all voices together")
        for number in range(bars):
            if number:
                voice.end_bar()
            voice.rest(bar_pulses(voice.metre or (4, 4)))
