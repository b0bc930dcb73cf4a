"""Phrases of songs, grouped by section and genre and sorted by how much sounds in them."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from models.arrangement import Arrangement, Phrase
from models.codecs import percussion
from models.genres import FOUR, NAMES, NONE, genre_named, usual_beat
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
_BACKBEAT: Final = ("snare", "clap")
_HATS: Final = ("closed_hat", "open_hat", "ride", "rim")


class Kind(NamedTuple):
    """What a section's phrase must be like. `simple`: from synthetic songs; `danced`: with the genre's beat."""

    section: str
    genre: str
    simple: bool
    danced: bool


def _plain(name: str, energy: float, voices: Sequence[int], drums: Sequence[int]) -> Phrase:
    """Return a phrase that repeats one bar, for bundles without learned phrases."""
    form = ("ABCDABCD",) * len(voices) + ("AAAAAAAA",) * len(percussion.LAYOUT.parts)
    rows = [tuple((level,) * BARS_PER_PHRASE for level in levels) for levels in (voices, drums)]
    return Phrase(name, energy, rows[0], rows[1], (0, 0, 0, 0, 0, 0), form)


_PLAIN: Final = {
    plain.section: plain
    for plain in (
        _plain("intro", 0.4, (0, 2, 0), (2, 0, 0, 3, 0, 0, 0, 0, 0)),
        _plain("build", 0.6, (3, 2, 2), (2, 0, 1, 3, 0, 0, 0, 0, 0)),
        _plain("drop", 0.9, (4, 3, 4), (2, 0, 1, 3, 2, 0, 0, 0, 1)),
        _plain("groove", 0.7, (4, 2, 0), (2, 0, 1, 2, 2, 0, 0, 0, 1)),
        _plain("break", 0.3, (1, 2, 3), (0, 0, 0, 0, 0, 0, 0, 0, 0)),
        _plain("outro", 0.4, (3, 0, 0), (2, 0, 0, 3, 0, 0, 0, 0, 0)),
    )
}


class PhraseBank:
    """The phrases to draw from; a `draw` of 0 gives the thinnest one, a `draw` near 1 the fullest."""

    def __init__(self, arrangement: Arrangement) -> None:
        phrases = (*arrangement.style("edm").phrases, *arrangement.house.phrases)
        self._edm = tuple(dict.fromkeys(phrases))
        # Sorted when they are needed, because a set has few of all kinds.
        self._pools: dict[Kind, Phrases] = {}
        self._classical = _ordered(
            p for p in arrangement.style("classical").phrases if all(map(any, p.voices))
        )

    def edm(self, kind: Kind, draw: float) -> Phrase:
        """Return a phrase of that kind; a danced one has the genre's beat, unless the section is a break."""
        phrases = self._pool(kind)
        return phrases[int(len(phrases) * draw)]

    def driven(self, energy: float, genre: str, *, simple: bool) -> Phrase:
        """Return a phrase with the genre's beat; the higher `energy`, 0..1, the more drum hits it has."""
        phrases = self._pool(Kind(_DRIVEN, genre, simple, danced=True))
        return phrases[min(int(len(phrases) * max(energy, 0.0)), len(phrases) - 1)]

    def classical(self, draw: float) -> Phrase | None:
        """Return a phrase of Classical music, or None if the bundle has none."""
        return self._classical[int(len(self._classical) * draw)] if self._classical else None

    def _pool(self, kind: Kind) -> Phrases:
        if kind not in self._pools:
            own = [phrase for phrase in self._edm if phrase.synthetic == kind.simple]
            other = [phrase for phrase in self._edm if phrase.synthetic != kind.simple]
            found = _fitting(own, kind) or _fitting(other, kind)
            self._pools[kind] = found or (_suited(_PLAIN[kind.section or "drop"], kind.genre),)
        return self._pools[kind]


# The section's name of phrases for music without sections: those of any section.
_DRIVEN: Final = ""


# Cached, so that a bundle's phrases are sorted once and not again for every new director.
@lru_cache(maxsize=2)
def phrase_bank_of(arrangement: Arrangement) -> PhraseBank:
    """Return the phrase bank of an arrangement."""
    return PhraseBank(arrangement)


def _fitting(phrases: Sequence[Phrase], kind: Kind) -> Phrases:
    """Return the phrases of a kind in order; sections with few phrases also get the thinnest drops."""
    if kind.section == _DRIVEN:
        drops = kind._replace(section="drop")
        return tuple(sorted((p for p in phrases if _has_beat(p, kind.genre) and _fits(p, drops)), key=_hits))
    own = [phrase for phrase in phrases if phrase.section == kind.section and _fits(phrase, kind)]
    if kind.section not in ("drop", "break") and len(own) < _FEW and kind.danced:
        own += _ordered(p for p in phrases if p.section == "drop" and _fits(p, kind))[: _FEW - len(own)]
    return _ordered(own)


def _fits(phrase: Phrase, kind: Kind) -> bool:
    """Return whether a phrase suits a kind: a drop needs the genre's beat and harmony, a break has almost no kick."""
    unknown = not any(phrase.genres)
    if not (
        phrase.belongs(NAMES.index(kind.genre)) or (unknown and (kind.section == "break" or not kind.danced))
    ):
        return False
    kicks = _bars_with(phrase, ("kick",))
    if kind.section == "break":
        return kicks <= BARS_PER_PHRASE - _MOSTLY and any(map(any, phrase.voices))
    if not kind.danced:
        return any(map(any, phrase.voices)) or bool(kicks)
    if kind.section in _OPEN:
        return _has_beat(phrase, kind.genre)
    with_harmony = sum(bass > 0 or chords > 0 for bass, chords in zip(*phrase.voices[:2], strict=True))
    return with_harmony >= _MOSTLY and _has_beat(phrase, kind.genre) and _has_full_kit(phrase, kind.genre)


def _has_beat(phrase: Phrase, genre: str) -> bool:
    """Return whether most bars have the genre's kick: on every beat, on some beats, or (in ambient music) few or none."""
    beat = usual_beat(genre)
    if beat == FOUR:
        return phrase.four_on_the_floor
    if beat == NONE:
        return _bars_with(phrase, _BACKBEAT) <= BARS_PER_PHRASE - _MOSTLY and max(phrase.drums[_KICK]) <= 1
    return _bars_with(phrase, ("kick",)) >= _MOSTLY


def _has_full_kit(phrase: Phrase, genre: str) -> bool:
    """Return whether most bars have a snare or clap, and most have a hat, a ride or a rim; ambient music needs neither."""
    if NONE in genre_named(genre).beats:
        return True
    return _bars_with(phrase, _BACKBEAT) >= _MOSTLY and _bars_with(phrase, _HATS) >= _MOSTLY


def _bars_with(phrase: Phrase, drums: Sequence[str]) -> int:
    """Return in how many bars at least one of these drums sounds."""
    rows = (phrase.drums[percussion.DRUMS.index(drum)] for drum in drums)
    return sum(any(bar) for bar in zip(*rows, strict=True))


def _suited(plain: Phrase, genre: str) -> Phrase:
    """Return a plain phrase with the kick of a genre."""
    beat = usual_beat(genre)
    if beat == FOUR or not any(plain.drums[_KICK]):
        return plain
    kick, *others = plain.drums
    return plain._replace(drums=((int(beat != NONE),) * len(kick), *others))


def _ordered(phrases: Iterable[Phrase]) -> Phrases:
    return tuple(sorted(phrases, key=lambda phrase: phrase.weight))


def _hits(phrase: Phrase) -> int:
    return sum(_HITS[level] for row in phrase.drums for level in row)
