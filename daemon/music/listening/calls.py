"""A call that somebody played, as music to go on from, and the plans of its answer."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from daemon.music.arranging.barplan import BarPlan
from daemon.music.listening.notes import PlayedNote
from daemon.music.systems.symbols.harmonise import chords_of
from models.codecs import melody, percussion
from models.codecs.base import LOOKBACK_BARS, Tokens
from models.codecs.percussion import Hit
from models.grid import Song, Track
from models.hearing import TokenisedMusic
from models.notes import PULSES_PER_BAR, PULSES_PER_TICK, TICKS_PER_BAR, Note
from models.scales import C_MAJOR
from models.voicing import key_shift, melody_tokens

# A call of one bar is heard twice, so that the networks know how it repeats.
_LEAST_BARS: Final = 2
_LONGEST_TICKS: Final = 4 * TICKS_PER_BAR
# From here on in its last bar an answer has a rhythm of its own, so that it is no echo.
_FREE_FROM: Final = 12
UNSTATED: Final = -1
_OUT_OF_FORM: Final = (False,) * (len(LOOKBACK_BARS) + 1)


def call_of(
    notes: Sequence[PlayedNote], first_tick: int, bars: int, hits: Sequence[Sequence[Hit]], key: int | None
) -> TokenisedMusic | None:
    """Return the call of some bars from `first_tick` on with the drums that accompanied it; None if nobody played.

    `hits` are those of each tick, and fewer if not all are known. The pitches are those of the notes in the deck's pitch,
    before it is transposed. `key` is the present key in semitones above the common one; it stays if it has all pitches of
    the call; None stands for a fixed key, in which the pitches are.
    """
    ticks = bars * TICKS_PER_BAR
    inside = [note for note in notes if first_tick <= note.tick < first_tick + ticks]
    if not inside:
        return None
    track = _track(inside, first_tick, ticks)
    shift = 0 if key is None else _shift(track, key)
    drums = [*hits[-ticks:]]
    beats = percussion.encode([[] for _ in range(ticks - len(drums))] + [[*each] for each in drums])
    tune = melody_tokens(Song((track,)), ticks, shift)
    return TokenisedMusic(tune, beats, shift).filled(_LEAST_BARS)


def heard_bars(bars: int) -> int:
    """Return how many bars the networks hear of a call of so many."""
    return max(bars, _LEAST_BARS)


def answer_plans(music: TokenisedMusic, plans: Sequence[BarPlan], bars: int) -> tuple[BarPlan, ...]:
    """Return the plans of the answer to a call of so many bars; `plans` are those of the call, which `music` repeats.

    Its voices have the rhythm of the call, but for its end, and new notes. What the call has not is unstated: drums, and
    silent voices.
    """
    found = plans[:bars]
    played = [any(plan.voices[voice] for plan in found) for voice in range(3)]
    back = LOOKBACK_BARS.index(bars)
    rhythm = tuple(lag == back for lag in range(len(_OUT_OF_FORM)))
    harmonised = None if played[1] else _harmony(music, bars)
    answers = []
    for number, plan in enumerate(found):
        levels = [level if here else UNSTATED for level, here in zip(plan.voices, played, strict=True)]
        answer = plan._replace(
            voices=(levels[0], levels[1], levels[2]),
            drums=(UNSTATED,) * len(plan.drums),
            beat=UNSTATED,
            drum_form=None,
            strike=0,
            tune_form=(_OUT_OF_FORM,) * 3,
            rhythms=tuple(rhythm if here else _OUT_OF_FORM for here in played),
            strikes=_strikes(music, number),
            free_from=_FREE_FROM if number == bars - 1 else TICKS_PER_BAR,
        )
        if harmonised is not None:
            (first, first_root), (second, second_root) = harmonised[number]
            answer = answer._replace(harmony=(first, second), roots=(first_root, second_root))
        answers.append(answer)
    return tuple(answers)


def _strikes(music: TokenisedMusic, bar: int) -> tuple[int, ...]:
    """Return the sixteenths of a bar at which bass, chords and lead begin notes, as 16-bit masks."""
    onsets = melody.onsets(music.melody[bar * TICKS_PER_BAR : (bar + 1) * TICKS_PER_BAR]) > 0
    return tuple(sum(1 << int(place) for place in np.flatnonzero(voice)) for voice in onsets.T)


def _track(notes: Sequence[PlayedNote], first_tick: int, ticks: int) -> Track:
    onset = np.array([note.tick - first_tick for note in notes], np.int64)
    lasts = [
        round(note.length / PULSES_PER_TICK) if note.length is not None else ticks - each
        for note, each in zip(notes, onset.tolist(), strict=True)
    ]
    late = np.array([note.pulse / PULSES_PER_TICK - note.tick for note in notes])
    return Track(
        "",
        False,
        onset,
        np.clip(np.array(lasts, np.int64), 1, _LONGEST_TICKS),
        np.array([note.pitch for note in notes], np.int64),
        np.array([note.velocity for note in notes], np.int64),
        late,
    )


def _shift(track: Track, key: int) -> int:
    """Return the shift to the common key. A short call fits many keys, so the present one has priority."""
    if {int(pitch - key) % 12 for pitch in track.pitch} <= C_MAJOR:
        return -key
    return key_shift([track])


def _harmony(music: TokenisedMusic, bars: int) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Return a chord of the common key for each half bar of a melody without chords."""
    notes = _notes(music.melody[: bars * TICKS_PER_BAR])
    found, before = [], UNSTATED
    for bar in range(bars):
        first, second = chords_of(notes, bar * PULSES_PER_BAR, before)
        before = second.root
        found.append(((first.mask, first.root), (second.mask, second.root)))
    return found


def _notes(tokens: Tokens) -> list[Note]:
    return [
        Note(tick * PULSES_PER_TICK, sound.length * PULSES_PER_TICK, sound.voice, sound.pitch, 90)
        for tick, row in enumerate(tokens)
        for sound in melody.decode(row)
    ]
