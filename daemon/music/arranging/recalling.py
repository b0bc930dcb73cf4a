"""Decide which bars of a track return to its hook, and plan them like the bars that they recall."""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from daemon.music.arranging.barplan import TOGETHER, BarPlan, Repeats
from daemon.music.arranging.blend import classical_share
from daemon.music.arranging.chance import chance
from daemon.music.arranging.looping import LEARNED
from daemon.music.arranging.overrides import overridden_drums, overridden_voices
from daemon.music.arranging.set_form import FREE, Section
from daemon.music.arranging.track_memory import DROP, NEW, RECALL, TrackMemory
from daemon.parameters import AUTO, Parameters
from models.codecs import melody, percussion
from models.codecs.base import LAGS, LOOKBACK_BARS
from models.codecs.recall import RECALL_BARS
from models.notes import BARS_PER_PHRASE

_VOICES: Final = len(melody.LAYOUT.parts)
_PARTS: Final = _VOICES + len(percussion.LAYOUT.parts)
BASS, CHORDS, LEAD = range(_VOICES)
_EVERY_VOICE: Final = frozenset({BASS, CHORDS, LEAD})
# At the learned `repetition`: how often a phrase returns to the hook in a later drop, in the last one of a track and in
# another later section, and a lead that comes back after a rest does; how often a voice of a phrase after primed music
# repeats it: the others have its rhythms.
_IN_DROPS, _IN_LAST_DROP, _ELSEWHERE, _AFTER_REST = 0.55, 0.95, 0.06, 0.9
_PRIMED_REPEATS: Final = 0.75
# Below this energy a voice that is planned silent stays silent.
_THIN_BELOW: Final = 0.45
# From this energy and density on, a later drop is at least as busy as the first.
_FULL_FROM: Final = 0.5


class Return(NamedTuple):
    """What a bar recalls: the bar so many bars before, which is at a place in its hook.

    `repeats` are the voices that repeat that bar, `rhythms` those that keep its rhythm. With `is_primed` chords and key
    are those of primed music.
    """

    lag: int
    place: int
    repeats: frozenset[int]
    rhythms: frozenset[int]
    is_primed: bool = False


class Past(NamedTuple):
    """The music before a bar: its seed, the memory of the track, and the plan of each bar at its number modulo 192."""

    seed: int
    track: TrackMemory
    plans: Sequence[BarPlan | None]


def remembering(
    past: Past, bar: int, section: Section, plan: BarPlan, parameters: Parameters
) -> tuple[BarPlan, TrackMemory]:
    """Return the plan of a bar with what it recalls of its track, and the memory of the track with this bar."""
    track = past.track.at(bar, section, parameters, has_lead=plan.voices[LEAD] > 0)
    plan = plan._replace(reach=bar - track.began)
    chosen: tuple[BarPlan, Return] | None = None
    for find in (returns, line_returns):
        found = find(past.seed, bar, section, track, parameters)
        old = past.plans[(bar - found.lag) % RECALL_BARS] if found else None
        # The lead of a hook may rest where another line of the track has something to bring back.
        if found and old and (chosen is None or old.voices[LEAD]):
            chosen = old, found
        if chosen and (chosen[0].voices[LEAD] or not track.is_back(bar)):
            break
    if chosen:
        plan = recalled(plan, *chosen, parameters)
    return _as_full(plan, _stated(past, bar, section, track), parameters), track


def _stated(past: Past, bar: int, section: Section, track: TrackMemory) -> BarPlan | None:
    """Return the plan of the bar of the hook at the same place as a bar of a later drop, None for other bars."""
    hook = track.hook
    if hook is None or hook.is_primed or section.name != DROP or hook.is_stated_in(section):
        return None
    source = hook.source(section.start_bar, bar)
    return past.plans[source % RECALL_BARS] if 0 < bar - source < RECALL_BARS else None


def _as_full(plan: BarPlan, stated: BarPlan | None, parameters: Parameters) -> BarPlan:
    """Return the plan of a bar in which no part is less busy than where the hook was stated.

    Levels that the performer sets by hand, a low energy or density, and Classical music in drops stay.
    """
    is_thinned = min(parameters.energy, parameters.density) < _FULL_FROM
    if stated is None or is_thinned or classical_share(DROP, parameters.classical_mix):
        return plan
    bass, chords, lead = (max(pair) for pair in zip(plan.voices, stated.voices, strict=True))
    if plan.strike == TOGETHER:
        bass = chords = max(bass, chords)
    drums = tuple(max(pair) for pair in zip(plan.drums, stated.drums, strict=True))
    return plan._replace(
        voices=overridden_voices((bass, chords, lead), parameters), drums=overridden_drums(drums, parameters)
    )


def returns(
    seed: int, bar: int, section: Section, memory: TrackMemory, parameters: Parameters
) -> Return | None:
    """Return what a bar recalls of its track; None if it recalls nothing."""
    hook = memory.hook
    if hook is None or parameters.hook == NEW or parameters.repetition == 0:
        return None
    by_hand = parameters.hook == RECALL
    since = memory.asked_bar if by_hand else section.start_bar
    lag = bar - hook.source(since, bar)
    if not 0 < lag < RECALL_BARS or (hook.is_stated_in(section) and not by_hand):
        return None
    voices = _recalling(seed, bar, section, memory, parameters)
    found = Return(lag, (bar - since) % hook.bars, *voices, hook.is_primed)
    return found if any(voices) or hook.is_primed else None


def line_returns(
    seed: int, bar: int, section: Section, memory: TrackMemory, parameters: Parameters
) -> Return | None:
    """Return the bar that a lead recalls when it comes back after a long rest: one of its line before the rest."""
    source = memory.line_source(bar)
    if source is None or parameters.hook == NEW or section.name == FREE or bar - source >= RECALL_BARS:
        return None
    if chance(seed, "line", memory.back_bar) >= _AFTER_REST * min(parameters.repetition / LEARNED, 1.0):
        return None
    return Return(bar - source, bar - memory.back_bar, frozenset({LEAD}), frozenset())


def _recalling(
    seed: int, bar: int, section: Section, memory: TrackMemory, parameters: Parameters
) -> tuple[frozenset[int], frozenset[int]]:
    """Return the voices that repeat the recalled bar, and those that keep its rhythm only."""
    none: frozenset[int] = frozenset()
    if parameters.hook == RECALL:
        return _EVERY_VOICE, none
    phrase = (bar - section.start_bar) // BARS_PER_PHRASE
    willing = min(parameters.repetition / LEARNED, 1.0)

    def draws(what: str, share: float) -> bool:
        return chance(seed, what, section.start_bar, phrase) < share * willing

    if memory.hook and memory.hook.is_primed:
        # Never two voices at once, which would be a replay.
        turn = int(chance(seed, "primed voice", section.start_bar, phrase) * _VOICES)
        repeating = frozenset({turn}) if draws("primed", _PRIMED_REPEATS) else none
        return repeating, _EVERY_VOICE - repeating
    if section.name == DROP:
        is_last = section.follows in ("outro", "intro")
        return (_EVERY_VOICE if draws("hook", _IN_LAST_DROP if is_last else _IN_DROPS) else none), none
    if section.name == FREE:
        return none, none
    quotes = draws("quote", _ELSEWHERE) or (memory.is_back(bar) and draws("back", _AFTER_REST))
    return (frozenset({LEAD}) if quotes else none), none


def recalled(plan: BarPlan, old: BarPlan, found: Return, parameters: Parameters) -> BarPlan:
    """Return the plan of a bar that recalls an earlier one: its voices that return are planned as they were then.

    Levels that the performer sets by hand, and silence at a low energy, stay.
    """
    by_hand = (parameters.bass.level, parameters.chords.level, parameters.lead.level)
    repeats = frozenset(
        voice
        for voice in found.repeats
        if old.voices[voice] and _sounds(plan, voice, by_hand[voice], parameters)
    )
    rhythms = found.rhythms | repeats
    keeps_chords = parameters.chord_loop == AUTO and (found.is_primed or bool(repeats))
    pick = _picker(repeats)
    levels = tuple(
        old.voices[voice] if voice in repeats and by_hand[voice] == AUTO else level
        for voice, level in enumerate(plan.voices)
    )
    return plan._replace(
        harmony=old.harmony if keeps_chords else plan.harmony,
        roots=old.roots if keeps_chords else plan.roots,
        voices=(levels[BASS], levels[CHORDS], levels[LEAD]),
        lengths=(
            pick(BASS, old.lengths[BASS], plan.lengths[BASS]),
            pick(CHORDS, old.lengths[CHORDS], plan.lengths[CHORDS]),
            pick(LEAD, old.lengths[LEAD], plan.lengths[LEAD]),
        ),
        thickness=pick(CHORDS, old.thickness, plan.thickness),
        register=pick(LEAD, old.register, plan.register),
        heights=old.heights if LEAD in repeats else plan.heights,
        span=pick(LEAD, old.span, plan.span),
        strike=old.strike if {BASS, CHORDS} <= repeats else plan.strike,
        key=old.key if found.is_primed and parameters.key == AUTO else plan.key,
        recall=tuple(found.lag if part in rhythms else 0 for part in range(_PARTS)),
        tune_form=_with_recall(_within_phrase(plan, found, repeats), old.tune_form, repeats, found.place),
        rhythms=_with_recall(plan.rhythms, old.rhythms, rhythms, found.place),
    )


def _within_phrase(plan: BarPlan, found: Return, repeats: frozenset[int]) -> tuple[Repeats, ...] | None:
    """Return a plan's form. In it voices that vary primed music repeat only bars of their phrase: others may repeat it."""
    if plan.tune_form is None or not found.is_primed:
        return plan.tune_form
    place = found.place % BARS_PER_PHRASE
    inside = tuple(bars <= place for bars in LOOKBACK_BARS)
    varies = found.rhythms - repeats
    return tuple(
        (*(was and here for was, here in zip(row, inside, strict=False)), *row[len(inside) :])
        if voice in varies
        else row
        for voice, row in enumerate(plan.tune_form)
    )


def _sounds(plan: BarPlan, voice: int, by_hand: str, parameters: Parameters) -> bool:
    """Return whether a voice that recalls a bar sounds."""
    if by_hand != AUTO:
        return bool(plan.voices[voice])
    return bool(plan.voices[voice]) or parameters.energy >= _THIN_BELOW


def _picker(repeats: frozenset[int]) -> Callable[[int, int, int], int]:
    def pick(voice: int, old: int, new: int) -> int:
        return old if voice in repeats else new

    return pick


def _with_recall(
    form: tuple[Repeats, ...] | None, old: tuple[Repeats, ...] | None, voices: frozenset[int], place: int
) -> tuple[Repeats, ...]:
    """Return a form in which some voices repeat the recalled bar, and the bars that it repeated since its hook began."""
    unstated = ((False,) * LAGS,) * _VOICES
    rows = []
    for voice, (now, then) in enumerate(zip(form or unstated, old or unstated, strict=True)):
        if voice not in voices:
            rows.append(now)
            continue
        rows.append((*(was and bars <= place for was, bars in zip(then, LOOKBACK_BARS, strict=False)), True))
    return tuple(rows)
