"""Phrases of real songs, sorted by what they are good for and by how much sounds in them."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

from models.arrangement import Arrangement, Phrase
from models.codecs import percussion
from models.notes import BARS_PER_PHRASE

Phrases = tuple[Phrase, ...]
_KICK: Final = percussion.DRUMS.index("kick")
# Sections that open and end a track: some are danced to, some float.
_OPEN: Final = frozenset({"intro", "outro"})
_MOSTLY: Final = BARS_PER_PHRASE - 2
# Of so few phrases of a section none would be heard for the first time for long: thinner drops join them.
_FEW: Final = 40
_HITS: Final = (0, 2, 5, 11)


def _plain(name: str, energy: float, voices: Sequence[int], drums: Sequence[int]) -> Phrase:
    """A phrase of one bar again and again, for bundles that learned none."""
    form = ("ABCDABCD",) * len(voices) + ("AAAAAAAA",) * len(percussion.LAYOUT.parts)
    rows = [tuple((level,) * BARS_PER_PHRASE for level in levels) for levels in (voices, drums)]
    return Phrase(name, energy, rows[0], rows[1], (0, 0, 0, 0, 0), form)


_PLAIN: Final = (
    _plain("intro", 0.4, (0, 2, 0), (2, 0, 0, 3, 0, 0, 0, 0, 0)),
    _plain("build", 0.6, (3, 2, 2), (2, 0, 1, 3, 0, 0, 0, 0, 0)),
    _plain("drop", 0.9, (4, 3, 4), (2, 0, 1, 3, 2, 0, 0, 0, 1)),
    _plain("groove", 0.7, (4, 2, 0), (2, 0, 1, 2, 2, 0, 0, 0, 1)),
    _plain("break", 0.3, (1, 2, 3), (0, 0, 0, 0, 0, 0, 0, 0, 0)),
    _plain("outro", 0.4, (3, 0, 0), (2, 0, 0, 3, 0, 0, 0, 0, 0)),
)


class PhraseBank:
    """What there is to draw from; `draw` 0 gives the thinnest phrase, towards 1 the fullest."""

    def __init__(self, arrangement: Arrangement) -> None:
        phrases, house = arrangement.style("edm").phrases, arrangement.house.phrases
        self._sections = {plain.name: _fit(phrases, house, plain) for plain in map(_Wanted, _PLAIN)}
        # From a bare kick to all there is.
        floor = [phrase for phrase in house if phrase.four_on_the_floor] or [
            p for p in _PLAIN if p.four_on_the_floor
        ]
        self._floor = tuple(sorted(floor, key=_hits))
        self._classical = _ordered(
            p for p in arrangement.style("classical").phrases if all(map(any, p.voices))
        )

    def edm(self, section: str, draw: float, *, house: bool) -> Phrase:
        """A phrase of that section; with `house` one with four on the floor where it is danced to."""
        phrases = self._sections[section][house]
        return phrases[int(len(phrases) * draw)]

    def driven(self, energy: float) -> Phrase:
        """A four-on-the-floor phrase with as many drum hits as `energy`, 0..1, asks for."""
        return self._floor[min(int(len(self._floor) * max(energy, 0.0)), len(self._floor) - 1)]

    def classical(self, draw: float) -> Phrase | None:
        """A phrase of Classical music, if any was learned from."""
        return self._classical[int(len(self._classical) * draw)] if self._classical else None


# A bundle's phrases are sorted once, not at every new beginning.
@lru_cache(maxsize=2)
def phrase_bank_of(arrangement: Arrangement) -> PhraseBank:
    """The material of an arrangement."""
    return PhraseBank(arrangement)


class _Wanted:
    """What a section's phrases must be, and the one there is when none are."""

    def __init__(self, plain: Phrase) -> None:
        self.plain, self.name = plain, plain.section

    def fits(self, phrase: Phrase, *, house: bool) -> bool:
        """Whether a phrase of a song will do; any drop has to carry a dance floor, no break may."""
        kicks = sum(level > 0 for level in phrase.drums[_KICK])
        if self.name == "break":
            return kicks <= 2 and any(map(any, phrase.voices))
        if self.name in _OPEN and not house:
            return any(map(any, phrase.voices)) or bool(kicks)
        carried = sum(bass > 0 or chords > 0 for bass, chords in zip(*phrase.voices[:2], strict=True))
        if not house:
            return carried >= _MOSTLY and kicks > 0
        if self.name in _OPEN:
            return phrase.four_on_the_floor
        return carried >= _MOSTLY and phrase.four_on_the_floor and _is_full_kit(phrase)


def _fit(phrases: Phrases, house: Phrases, wanted: _Wanted) -> tuple[Phrases, Phrases]:
    """Phrases for a section of any music, and of house."""
    return _fitting(phrases, wanted, house=False), _fitting(house, wanted, house=True)


def _fitting(phrases: Sequence[Phrase], wanted: _Wanted, *, house: bool) -> Phrases:
    own = [p for p in phrases if p.section == wanted.name and wanted.fits(p, house=house)]
    if wanted.name not in ("drop", "break") and len(own) < _FEW and (house or wanted.name not in _OPEN):
        drops = _ordered(p for p in phrases if p.section == "drop" and wanted.fits(p, house=house))
        own += drops[: _FEW - len(own)]
    return _ordered(own) or (wanted.plain,)


def _ordered(phrases: Iterable[Phrase]) -> Phrases:
    return tuple(sorted(phrases, key=lambda phrase: phrase.weight))


def _is_full_kit(phrase: Phrase) -> bool:
    """Whether something marks the backbeat and something the beats between in most bars."""
    levels = dict(zip(percussion.DRUMS, phrase.drums, strict=True))
    groups = (("snare", "clap"), ("closed_hat", "open_hat", "ride", "rim"))
    return all(
        sum(any(bar) for bar in zip(*(levels[drum] for drum in group), strict=True)) >= _MOSTLY
        for group in groups
    )


def _hits(phrase: Phrase) -> int:
    return sum(_HITS[level] for row in phrase.drums for level in row)
