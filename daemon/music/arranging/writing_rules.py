"""What the plan network may write in a bar: the director's decisions, and rules for what may repeat what."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from daemon.music.arranging.barplan import BarPlan
from daemon.music.arranging.chance import chance
from daemon.music.arranging.character import Levels, levels_of
from daemon.music.arranging.looping import LEARNED
from daemon.music.arranging.set_form import Section
from daemon.music.arranging.written import Past, WrittenBar, sounds
from models.chords import Halves
from models.codecs import bars
from models.codecs.bars import LAGS, LAYOUT, PARTS, VOICES
from models.codecs.base import LOOKBACK_BARS, Floats, Tokens
from models.notes import BARS_PER_PHRASE

_FORBIDDEN: Final = -1e4
_BASS, _CHORDS = 0, 1
_HALF_PHRASE: Final = BARS_PER_PHRASE // 2
FREE_CHOICE: Final = -1
_NEW: Final = 0
# The highest level of bass and lead in a simple track. A lead's greatest span in others and in simple tracks, and within
# how many heights it stays in eight bars of a section.
_SIMPLE_LEVEL: Final = 3
_SPANS: Final = (3, 2)
# How many rhythms bass, chords and lead of a simple track have in eight bars of a section.
_SIMPLE_RHYTHMS: Final = (1, 2, 2)
_RANGES: Final = (3, 2)
# The least height of a lead in a drop, where it would be lost among the chords, and the greatest.
_ABOVE_CHORDS, _HIGHEST = 6, 10
# The places in a row of each part's form and of each voice's rhythm and level.
_FORMS: Final = tuple(start for start, _ in LAYOUT.part_ranges)
_RHYTHMS: Final = tuple(start + 1 for start in _FORMS[:VOICES])
_LEVELS: Final = tuple(start + 2 for start in _FORMS[:VOICES])
_LEAD = VOICES - 1
_PLACES: Final = {slot.name: place for place, slot in enumerate(LAYOUT.slots)}
_HEIGHTS: Final = (_PLACES["lead height"], _PLACES["lead height after"])
_SPAN, _STRIKE = _PLACES["lead span"], _PLACES["chords strike"]
_DRUMS: Final = tuple(
    place for place, slot in enumerate(LAYOUT.slots) if place > _FORMS[VOICES] and " form" not in slot.name
    and slot.name != "beat"
)  # fmt: skip


class Brief(NamedTuple):
    """What the director decides about a bar before the plan network writes it.

    `voices` (3), `drums` (9) and `strike` are levels and a strike that it prescribes, -1 for those that the network
    chooses. `may_rest`: whether voices of which the network chooses the level may be silent. `is_simple`: whether the
    track is as simple as a club track. `loops` (7): after how many bars of the section a part must repeat itself, 0 if it
    need not.
    """

    section: Section
    harmony: Halves
    energy: float
    voices: tuple[int, ...]
    drums: tuple[int, ...]
    strike: int
    may_rest: bool
    is_classical: bool
    is_simple: bool
    loops: tuple[int, ...]


class Situation(NamedTuple):
    """All that decides what the network may write in bar `number`. `plans` are those of the lookbacks, None without one."""

    seed: int
    number: int
    brief: Brief
    past: Past
    plans: Sequence[BarPlan | None]
    repetition: float

    @property
    def place(self) -> int:
        """The bar's place in its section."""
        return self.number - self.brief.section.start_bar


def possible(now: Situation) -> NDArray[np.bool_]:
    """Return (V,) tokens that the network may write in a bar.

    A part may repeat an earlier bar in which it sounded with the levels that the director prescribes; the bass needs the
    same roots, the chords the same chords. In mid-phrase drums do not change, and no bar repeats a fill. A `repetition`
    below 0.6 forbids repeats, as in `Forms`.
    """
    allowed = np.ones(LAYOUT.vocabulary, bool)
    prescribed = (*now.brief.voices, *now.brief.drums, now.brief.strike)
    for place, level in zip((*_LEVELS, *_DRUMS, _STRIKE), prescribed, strict=True):
        if level != FREE_CHOICE:
            _only(allowed, place, level)
        elif place in _LEVELS and not now.brief.may_rest:
            allowed[LAYOUT.offsets[place]] = False
    genre = levels_of(now.brief.section.genre) if now.brief.section.name == "drop" else {}
    _keep_character(allowed, now, genre)
    _keep_singable(allowed, now, genre)
    for part in range(PARTS):
        _restrict(allowed, part, now)
    return allowed


def _keep_character(allowed: NDArray[np.bool_], now: Situation, genre: Levels) -> None:
    """Keep the levels that the network chooses within those of the genre, where the director leaves some of them.

    Drums are free in the last bar of half a phrase, which may be a fill.
    """
    for name, (low, high) in genre.items():
        if _PLACES[name] in _DRUMS and ends_half(now.place):
            continue
        tokens = _tokens(_PLACES[name])
        levels = np.arange(tokens.stop - tokens.start)
        fits = allowed[tokens] & ((levels >= low) & (levels <= high) | (levels == 0) & now.brief.may_rest)
        if fits.any():
            allowed[tokens] = fits


def _keep_singable(allowed: NDArray[np.bool_], now: Situation, genre: Levels) -> None:
    """Keep the lead within a range that a listener can sing, and bass and lead of a simple track from too many notes.

    What the genre says of their notes has priority.
    """
    simple = now.brief.is_simple
    for voice in (_BASS, _LEAD):
        place = _LEVELS[voice]
        if simple and now.brief.voices[voice] == FREE_CHOICE and LAYOUT.slots[place].name not in genre:
            allowed[_tokens(place)][_SIMPLE_LEVEL + 1 :] = False
    allowed[_tokens(_SPAN)][_SPANS[simple] + 1 :] = False
    heard = [height for old in now.past[: now.place] for height in old.bar.heights if height]
    low, high = (_ABOVE_CHORDS if now.brief.section.name == "drop" else 1), _HIGHEST
    if heard:
        low, high = max(low, max(heard) - _RANGES[simple]), min(high, min(heard) + _RANGES[simple])
        low, high = min(low, *heard), max(high, *heard)
    for place in _HEIGHTS:
        heights = np.arange(LAYOUT.slots[place].size)
        allowed[_tokens(place)] &= (heights == 0) | ((heights >= low) & (heights <= high))


def _restrict(allowed: NDArray[np.bool_], part: int, now: Situation) -> None:
    """Forbid the forms and rhythms that a part cannot have."""
    first = LAYOUT.offsets[_FORMS[part]]
    is_new = chance(now.seed, "new", now.number, part) >= now.repetition / LEARNED
    for lag, (ago, plan) in enumerate(zip(LOOKBACK_BARS, now.plans, strict=True), 1):
        old = now.past[ago - 1] if ago <= len(now.past) else None
        fits = old is not None and not is_new and _fits(allowed, part, old)
        if part < VOICES:
            allowed[LAYOUT.offsets[_RHYTHMS[part]] + lag] &= fits
        allowed[first + lag] &= fits and old is not None and _may_repeat(part, now, ago, old, plan)
    if part < VOICES and now.brief.is_simple:
        _keep_rhythms(allowed, part, now)
    loop = now.brief.loops[part]
    looping = [
        lag
        for lag, ago in enumerate(LOOKBACK_BARS, 1)
        if loop and ago <= now.place and ago % loop == 0 and allowed[first + lag]
    ]
    if looping:
        allowed[_tokens(_FORMS[part])] = np.isin(np.arange(1 + LAGS), looping)
    if part >= VOICES and not is_new and _in_mid_phrase(now.place):
        _go_on(allowed, part, now)


def _keep_rhythms(allowed: NDArray[np.bool_], voice: int, now: Situation) -> None:
    """Let a voice of a simple track repeat a rhythm if it can, once it has as many as it may have."""
    rhythms = _tokens(_RHYTHMS[voice])
    heard = {old.rhythms[voice] for old in now.past[: now.place] if sounds(voice, old.bar)}
    if len(heard) >= _SIMPLE_RHYTHMS[voice] and allowed[rhythms][1:].any():
        allowed[rhythms.start] = False


def _go_on(allowed: NDArray[np.bool_], part: int, now: Situation) -> None:
    """Let a part of the kit repeat an earlier bar if it can, and stay silent if it was before the last fill."""
    forms = _tokens(_FORMS[part])
    steady = [old for ago, old in enumerate(now.past, 1) if not _is_fill(part, now, ago, old)]
    if allowed[forms][1:].any():
        allowed[forms.start] = False
    elif steady and not sounds(part, steady[0].bar):
        start, stop = LAYOUT.part_ranges[part]
        for place in _DRUMS:
            if start < place < stop:
                _only(allowed, place, 0)


def _may_repeat(part: int, now: Situation, ago: int, old: WrittenBar, plan: BarPlan | None) -> bool:
    """Return whether a part that fits may repeat the bar `ago` bars before."""
    if part >= VOICES:
        return ends_half(now.place) or not _is_fill(part, now, ago, old)
    return plan is not None and _same_harmony(part, now.brief.harmony, plan)


def _fits(allowed: NDArray[np.bool_], part: int, old: WrittenBar) -> bool:
    """Return whether a part sounds in an old bar with levels that are allowed."""
    start, stop = LAYOUT.part_ranges[part]
    row, first = bars.row_of(old.bar), start + (2 if part < VOICES else 1)
    places = np.arange(first, stop)
    return sounds(part, old.bar) and bool(allowed[np.array(LAYOUT.offsets)[places] + row[places]].all())


def _is_fill(part: int, now: Situation, ago: int, old: WrittenBar) -> bool:
    """Return whether an old bar is the last of half a phrase and new."""
    return ends_half(now.place - ago) and old.origins[part] == now.number - ago


def _same_harmony(part: int, harmony: Halves, plan: BarPlan) -> bool:
    """Return whether a voice may repeat a bar over this harmony: a lead over any, as in `Forms`."""
    if part == _BASS:
        return plan.roots == tuple(root for _, root in harmony)
    return part != _CHORDS or plan.harmony == tuple(mask for mask, _ in harmony)


def _in_mid_phrase(place: int) -> bool:
    """Return whether a bar neither begins a phrase nor ends half of one."""
    return place % BARS_PER_PHRASE != 0 and not ends_half(place)


def ends_half(place: int) -> bool:
    """Return whether a bar at this place of its section is the last of half a phrase."""
    return place % _HALF_PHRASE == _HALF_PHRASE - 1


def _only(allowed: NDArray[np.bool_], place: int, token: int) -> None:
    tokens = _tokens(place)
    allowed[tokens] = np.arange(tokens.stop - tokens.start) == token


def _tokens(place: int) -> slice:
    return slice(LAYOUT.offsets[place], LAYOUT.offsets[place + 1])


def mask_of(allowed: NDArray[np.bool_], repeats: float) -> Floats:
    """Return (V,) values for the network's logits; `repeats` favours bars in which voices repeat others or their rhythms."""
    mask = np.where(allowed, np.float32(0), np.float32(_FORBIDDEN))
    for place in (*_FORMS[:VOICES], *_RHYTHMS):
        mask[_tokens(place)][1:] += repeats
    return mask


def copyable(allowed: NDArray[np.bool_], lookback: Tokens, lived: int) -> NDArray[np.bool_]:
    """Return (P, 4): whether a part may copy its row of each lookback (4, S): all of its tokens must be allowed."""
    offsets = np.array(LAYOUT.offsets[:-1])
    fits = allowed[offsets + lookback] & (np.array(LOOKBACK_BARS) <= lived)[:, None]
    return np.stack([fits[:, start:stop].all(axis=1) for start, stop in LAYOUT.part_ranges])
