"""Phrases of real songs, grouped by section and sorted by how much sounds in them."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

from models.arrangement import Arrangement, Phrase
from models.codecs import percussion
from models.notes import BARS_PER_PHRASE

Phrases = tuple[Phrase, ...]
_KICK: Final = percussion.DRUMS.index("kick")
# Sections that open or end a track; some have a dance beat and some do not.
_OPEN: Final = frozenset({"intro", "outro"})
_MOSTLY: Final = BARS_PER_PHRASE - 2
# A section with fewer phrases than this would soon repeat them, so the thinnest drops are added.
_FEW: Final = 40
# About how many hits a bar each level of a drum has.
_HITS: Final = (0, 2, 5, 11)


def _plain(name: str, energy: float, voices: Sequence[int], drums: Sequence[int]) -> Phrase:
    """Return a phrase that repeats one bar, for bundles without learned phrases."""
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
    """The phrases to draw from; a `draw` of 0 gives the thinnest one, a `draw` near 1 the fullest."""

    def __init__(self, arrangement: Arrangement) -> None:
        phrases, house = arrangement.style("edm").phrases, arrangement.house.phrases
        self._sections = {plain.name: _fit(phrases, house, plain) for plain in map(_Wanted, _PLAIN)}
        # Sorted from a bare kick to a full kit.
        driven = [phrase for phrase in house if phrase.four_on_the_floor] or [
            p for p in _PLAIN if p.four_on_the_floor
        ]
        self._driven = tuple(sorted(driven, key=_hits))
        self._classical = _ordered(
            p for p in arrangement.style("classical").phrases if all(map(any, p.voices))
        )

    def edm(self, section: str, draw: float, *, house: bool) -> Phrase:
        """Return a phrase of that section; with `house` it has four on the floor, unless the section is a break."""
        phrases = self._sections[section][house]
        return phrases[int(len(phrases) * draw)]

    def driven(self, energy: float) -> Phrase:
        """Return a four-on-the-floor phrase; the higher `energy`, 0..1, the more drum hits it has."""
        return self._driven[min(int(len(self._driven) * max(energy, 0.0)), len(self._driven) - 1)]

    def classical(self, draw: float) -> Phrase | None:
        """Return a phrase of Classical music, or None if the bundle has none."""
        return self._classical[int(len(self._classical) * draw)] if self._classical else None


# Cached, so that a bundle's phrases are sorted once and not again for every new director.
@lru_cache(maxsize=2)
def phrase_bank_of(arrangement: Arrangement) -> PhraseBank:
    """Return the phrase bank of an arrangement."""
    return PhraseBank(arrangement)


class _Wanted:
    """The conditions for a section's phrases, and a plain phrase for when no phrase meets them."""

    def __init__(self, plain: Phrase) -> None:
        self.plain, self.name = plain, plain.section

    def fits(self, phrase: Phrase, *, house: bool) -> bool:
        """Return whether a song's phrase suits the section: a drop needs kick and harmony, a break has almost no kick."""
        kicks = sum(level > 0 for level in phrase.drums[_KICK])
        if self.name == "break":
            return kicks <= 2 and any(map(any, phrase.voices))
        if self.name in _OPEN and not house:
            return any(map(any, phrase.voices)) or bool(kicks)
        with_harmony = sum(bass > 0 or chords > 0 for bass, chords in zip(*phrase.voices[:2], strict=True))
        if not house:
            return with_harmony >= _MOSTLY and kicks > 0
        if self.name in _OPEN:
            return phrase.four_on_the_floor
        return with_harmony >= _MOSTLY and phrase.four_on_the_floor and _is_full_kit(phrase)


def _fit(phrases: Phrases, house: Phrases, wanted: _Wanted) -> tuple[Phrases, Phrases]:
    """Return the section's phrases from songs of any kind, and those from house."""
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
    """Return whether most bars have a snare or clap, and most have a hat, a ride or a rim."""
    levels = dict(zip(percussion.DRUMS, phrase.drums, strict=True))
    groups = (("snare", "clap"), ("closed_hat", "open_hat", "ride", "rim"))
    return all(
        sum(any(bar) for bar in zip(*(levels[drum] for drum in group), strict=True)) >= _MOSTLY
        for group in groups
    )


def _hits(phrase: Phrase) -> int:
    return sum(_HITS[level] for row in phrase.drums for level in row)
