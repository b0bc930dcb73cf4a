"""The drums of a bar: a phrase's levels changed by energy, with rolls and fills, fading out as the mix rises."""

from collections.abc import Mapping, Sequence
from typing import Final

from daemon.music.arranging.barplan import FOUR_ON_THE_FLOOR, UNSTATED
from daemon.music.arranging.chance import chance, rounded
from daemon.music.arranging.set_form import FREE, Section
from daemon.parameters import Parameters
from models.arrangement import Style
from models.codecs import percussion
from models.codecs.plan import DRUM_LEVELS
from models.genres import BACKBEAT, FOUR, HALF, KICK, NONE, TWO_STEP, genre_named
from models.notes import BARS_PER_PHRASE

Levels = dict[str, int]
_MOST: Final = DRUM_LEVELS - 1
# The mix at which drums begin to drop out, and the mix at which none is left: Classical music has no drum kit.
_FADES, _FADED = 0.4, 0.8
# Drums that join as energy rises: the push (0..0.5) at which each joins, and its levels per unit of push.
_JOIN: Final[Mapping[str, tuple[float, float]]] = {
    "closed_hat": (0.1, 5.0), "clap": (0.2, 5.0), "open_hat": (0.25, 6.0), "rim": (0.3, 6.0), "ride": (0.2, 5.0),
    "kick": (0.3, 10.0),
}  # fmt: skip
# The highest levels that energy gives to these drums.
_MOST_COLOUR: Final[Mapping[str, float]] = {"tom": 2.0, "crash": 1.0, "ride": 2.0, "rim": 2.0}
# The probability of a roll, of a kick that rests before a drop, and of a fill, where each may occur.
_ROLLS, _DROPS_OUT, _FILLS = 0.7, 0.5, 0.35
# The probability of a crash at the start of a drop and of other sections.
_CRASHES: Final = {True: 0.9, False: 0.4}
DROP: Final = "drop"
# The energy from which a drop is full: it has bass, chords, a backbeat and hats. The drums fill up around it, from half of
# `_FILLS_UP` below it to half above it.
FULL_FROM: Final = 0.3
_FILLS_UP: Final = 0.4
# What later drops of a track have at least, besides closed hats, more than the first one.
_ADDED: Final[Mapping[str, int]] = {"ride": 2, "rim": 2}
# The share of tracks whose full drops have open hats off the beat.
_OPEN_HATS: Final = 0.6
# The share of tracks of some genres whose drops have no other hats, and the share whose drops have closed hats.
_OFF_BEAT_GENRES: Final = ("house", "deep house", "trance")
_ONLY_OFF_BEATS, _CLOSED_HATS = 0.25, 0.5
# The beats with a kick on some beats and a backbeat.
_BROKEN: Final = (HALF, TWO_STEP, BACKBEAT)
# The snare's level in a roll, by the number of bars left in the section.
_ROLL: Final = (3, 2, 2, 1)


def leaned(drums: Sequence[float], push: float) -> list[float]:
    """Return each drum's level changed by `push`, the energy minus 0.5.

    At 0 nothing changes; below 0 the drums thin out, the kick last.
    """
    return [_leaned(drum, level, push) for drum, level in zip(percussion.DRUMS, drums, strict=True)]


def _leaned(drum: str, level: float, push: float) -> float:
    if drum == "kick" and level:
        return level if push > -0.3 else max(level + 10 * (push + 0.3), 0.0)
    if not level:
        enters, speed = _JOIN.get(drum, (1.0, 0.0))
        return min(max(speed * (push - enters), 0.0), float(FOUR_ON_THE_FLOOR))
    if push > 0 and drum in _MOST_COLOUR:
        return min(level + 2 * push, max(level, _MOST_COLOUR[drum]))
    return min(max(level + 3 * push, 0.0), float(_MOST))


def beat_of(section: Section, parts: Sequence[Sequence[int]]) -> int:
    """Return the kind of beat (`models.genres.BEATS`) that the levels of kick and backbeat allow; -1 if it is unstated.

    A kick on every beat is four on the floor in every genre.
    """
    (kick,), backbeat = parts[0], parts[1]
    if kick == FOUR_ON_THE_FLOOR:
        return FOUR
    if kick and any(backbeat):
        return section.usual_beat if section.usual_beat in _BROKEN else UNSTATED
    if kick:
        return KICK if KICK in genre_named(section.genre).beats else UNSTATED
    return UNSTATED if any(backbeat) else NONE


def _suit(levels: Levels, section: Section, bar: int) -> None:
    """Limit the drums to what the genre has: a kick on every beat or on some, a backbeat or none.

    Crashes stay at the beginnings of phrases and sections.
    """
    if bar % BARS_PER_PHRASE and bar != section.start_bar:
        levels["crash"] = 0
    if not section.house:
        levels["kick"] = min(levels["kick"], 1)
    if section.usual_beat == NONE:
        levels["snare"] = levels["clap"] = 0


class Kit:
    """Decide the drum levels of each bar; `seed` and the songs decide which fills come where."""

    def __init__(self, seed: int, style: Style) -> None:
        self._seed, self._style = seed, style

    def play(
        self, section: Section, bar: int, drums: Sequence[float], parameters: Parameters
    ) -> tuple[int, ...]:
        """Return the rounded level of each drum; `drums` holds the levels before rounding."""
        levels = {
            drum: min(rounded(level, self._threshold(section, bar, drum)), _MOST)
            for drum, level in zip(percussion.DRUMS, drums, strict=True)
        }
        fullness = min(max((parameters.energy - FULL_FROM) / _FILLS_UP + 0.5, 0.0), 1.0)
        if section.name == DROP and fullness:
            self._fill_up(levels, section, bar, fullness)
        if any(levels.values()):
            self._decorate(levels, section, bar)
        _suit(levels, section, bar)
        self._fade(levels, bar, parameters.classical_mix)
        return tuple(levels.values())

    def _threshold(self, section: Section, bar: int, drum: str) -> float:
        """Return a number in 0..1 for rounding a level. It stays for a phrase and is spread evenly over four phrases."""
        turn = 3 * (bar // BARS_PER_PHRASE) % 4
        return (turn + chance(self._seed, "drum", section.track, drum)) / 4

    def _fill_up(self, levels: Levels, section: Section, bar: int, fullness: float) -> None:
        """Add the genre's kick and backbeat, and hats between the beats, where they are missing.

        A later drop has more drums than the first.
        """
        is_bare = section.house and levels["kick"] != FOUR_ON_THE_FLOOR
        if is_bare or section.usual_beat not in (FOUR, *_BROKEN):
            return
        if self._has_only_off_beats(section):
            levels["closed_hat"] = 0
        for drum, level in self._least(levels, section).items():
            reached = rounded(fullness * level, self._threshold(section, bar, drum))
            levels[drum] = max(levels[drum], reached)

    def _least(self, levels: Levels, section: Section) -> Levels:
        """Return the least levels of some drums in a full drop."""
        least = {"kick": 1, **self._hats(section)}
        if not levels["snare"] and not levels["clap"]:
            least["clap" if section.house else "snare"] = 1
        if not (levels["closed_hat"] or levels["open_hat"] or "open_hat" in least):
            least.setdefault("closed_hat", FOUR_ON_THE_FLOOR)
        if section.again:
            least |= _ADDED
            if not self._has_only_off_beats(section):
                least["closed_hat"] = _MOST
        return least

    def _hats(self, section: Section) -> Levels:
        """Return the least levels of hats in the full drops of a track."""
        hats = chance(self._seed, "open hats", section.track)
        if not section.house:
            return {}
        wanted = {"open_hat": hats < _OPEN_HATS, "closed_hat": hats > 1 - _CLOSED_HATS}
        return {drum: FOUR_ON_THE_FLOOR for drum, is_wanted in wanted.items() if is_wanted}

    def _has_only_off_beats(self, section: Section) -> bool:
        """Return whether the hats of a track's drops are only open ones between the beats."""
        return (
            section.genre in _OFF_BEAT_GENRES
            and chance(self._seed, "open hats", section.track) < _ONLY_OFF_BEATS
        )

    def _decorate(self, levels: Levels, section: Section, bar: int) -> None:
        left = section.bars_left(bar)
        if section.name == FREE:
            if bar % BARS_PER_PHRASE == BARS_PER_PHRASE - 1:
                self._fill(levels, section, bar)
            return
        if (
            bar == section.start_bar
            and levels["kick"]
            and self._draws("crash", section, _CRASHES[section.name == DROP])
        ):
            levels["crash"] = max(levels["crash"], 1)
        rolls = section.follows == DROP and left < (4 if section.name == "build" else 2)
        if rolls and self._draws("roll", section, _ROLLS):
            levels["snare"] = max(levels["snare"], _ROLL[left])
        if left == 0:
            self._end(levels, section)
        elif bar % BARS_PER_PHRASE == BARS_PER_PHRASE - 1 and chance(self._seed, "fill", bar) < _FILLS:
            self._fill(levels, section, bar)

    def _end(self, levels: Levels, section: Section) -> None:
        """Draw a fill for a section's last bar from those found in songs. Before a drop the kick may rest."""
        endings = self._style.endings.get(section.follows, ())
        into_drop = section.follows == DROP
        if endings and self._draws("ending", section, max(self._style.filled, _ROLLS * into_drop)):
            changes = endings[int(len(endings) * chance(self._seed, "which ending", section.start_bar))]
            for drum, change in zip(percussion.DRUMS, changes, strict=True):
                most = FOUR_ON_THE_FLOOR if drum == "kick" else _MOST
                levels[drum] = min(max(levels[drum] + change, 0), most)
        if into_drop and self._draws("drop-out", section, _DROPS_OUT):
            levels["kick"] = 0
            levels["snare"] = max(levels["snare"], 1)

    def _fill(self, levels: Levels, section: Section, bar: int) -> None:
        """Make the snare busier, and in some phrases add toms."""
        toms = chance(self._seed, "toms", section.track, bar // (4 * BARS_PER_PHRASE)) < 0.5
        levels["tom"] = max(levels["tom"], 1 if toms else 0)
        levels["snare"] = min(max(levels["snare"] + 1, 1 if toms else 2), _MOST)

    def _fade(self, levels: Levels, bar: int, mix: float) -> None:
        """Silence parts of the kit; the higher the mix, the more parts are silent in a phrase."""
        gone = (mix - _FADES) / (_FADED - _FADES)
        if gone <= 0:
            return
        for part in percussion.LAYOUT.parts:
            # Spread evenly over eight phrases, so that every set loses the share of drums that the mix asks for.
            place = (5 * (bar // BARS_PER_PHRASE) + 8 * chance(self._seed, "fade", part.name)) % 8 / 8
            if gone >= 1 or place < gone:
                levels.update(dict.fromkeys((slot.name for slot in part.slots), 0))

    def _draws(self, what: str, section: Section, share: float) -> bool:
        return chance(self._seed, what, section.start_bar) < share
