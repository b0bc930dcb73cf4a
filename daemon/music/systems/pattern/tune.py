"""Bass figures, chord rhythms and arpeggios over the harmony of the plan."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

from daemon.music.arranging.barplan import BarPlan
from daemon.music.arranging.chance import chance
from daemon.music.systems.pattern.rhythm import euclidean, turn
from daemon.music.systems.played import Played, of_sounds
from daemon.music.systems.system import Cue
from models.codecs.melody import Sound
from models.codecs.plan import HARMONY_TICKS
from models.notes import TICKS_PER_BAR, TICKS_PER_BEAT, Voice

_VOICES: Final[tuple[Voice, ...]] = ("bass", "chords", "lead")
# The notes of a bar at the levels 1 to 5 of the plan.
_NOTES: Final = (2, 4, 6, 9, 14)
# The lowest pitch of the octave in which a root lies, and of the octave in which a chord's lowest note lies.
_BASS_LOW, _CHORDS_LOW = 33, 55
# The lowest pitch of the lead by the plan's register, the first one if the plan has none.
_LEAD_LOW: Final = (64, 52, 64, 72, 76)
_LENGTHS: Final[Mapping[int, float]] = {0: 1.0, 1: 0.5, 2: 1.0, 3: 2.0}
_LONGEST: Final = 8
# If no harmony is planned, A minor (in the common key) is used.
_USUAL: Final = 1 << 0 | 1 << 4 | 1 << 9
_USUAL_ROOT: Final = 9
# The intervals above the root in the order in which a chord needs them.
_BY_IMPORTANCE: Final = (0, 7, 4, 3, 10, 11, 2, 9, 5, 8, 6, 1)
_MOST_TONES: Final = 4
# The order of an arpeggio's steps; the steps are the chord's tones, then the same an octave higher.
_ARPEGGIOS: Final = ((0, 1, 2, 3), (3, 2, 1, 0), (0, 1, 2, 3, 2, 1), (0, 2, 1, 3), (0, 0, 2, 1, 3, 2))
# Bass figures: semitones above the root, played in turn.
_BASS_FIGURES: Final = ((0,), (0, 0, 12), (0, 12), (0, 0, 7, 12), (0, 0, 0, 10))


def sounds(seed: int, cue: Cue) -> Played:
    """Return the notes that begin at a tick."""
    bar, place = divmod(cue.tick, TICKS_PER_BAR)
    half = place // HARMONY_TICKS
    root = _root(cue.plan, half)
    tones = _tones(cue.plan.harmony[half], root)
    found: list[Sound] = []
    for voice, level in zip(_VOICES, cue.plan.voices, strict=True):
        rhythm = _rhythm(voice, level, cue.plan, seed) if level else ()
        if place not in rhythm:
            continue
        number, length = rhythm.index(place), _length(rhythm, place, cue.plan, voice)
        words = (seed, cue.plan.section, cue.plan.key)
        match voice:
            case "bass":
                pitches = [_bass(root, number, *words)]
            case "chords":
                pitches = _chord(tones, cue.plan.thickness or 3)
            case _:
                variation = turn(bar, cue.parameters.repetition)
                pitches = [_lead(tones, number, cue.plan.register, variation, *words)]
        found += [Sound(voice, pitch, length) for pitch in pitches]
    return of_sounds(tuple(found))


def _rhythm(voice: Voice, level: int, plan: BarPlan, seed: int) -> tuple[int, ...]:
    """Return the ticks of a bar at which a voice begins a note: the same for the same section and level."""
    return _placed(voice, level, chance(seed, plan.section, plan.key, voice, "rhythm"))


@lru_cache(maxsize=1024)
def _placed(voice: Voice, level: int, draw: float) -> tuple[int, ...]:
    count = _NOTES[level - 1]
    match voice:
        case "bass":  # between the kicks, or evenly from the first beat on
            rotation = 2 if count <= TICKS_PER_BEAT and draw < 0.5 else 0
        case "chords":  # at low levels one or two long chords, else off the beat or spread evenly
            count = max(count // 2, 1)
            rotation = 2 if count >= TICKS_PER_BEAT and draw < 0.5 else 0
        case _:
            rotation = int(draw * 3)
    return tuple(sorted(euclidean(count, rotation)))


def _length(rhythm: Sequence[int], place: int, plan: BarPlan, voice: Voice) -> int:
    """Return a length in ticks: up to the next note, or half of that if the plan has short notes."""
    index = rhythm.index(place)
    following = rhythm[index + 1] if index + 1 < len(rhythm) else rhythm[0] + TICKS_PER_BAR
    planned = plan.lengths[_VOICES.index(voice)]
    gap = following - place
    return max(1, min(gap, round(gap * min(_LENGTHS[planned], 1.0)), _LONGEST))


@lru_cache(maxsize=1024)
def _tones(harmony: int, root: int) -> tuple[int, ...]:
    """Return up to four pitch classes of the harmony, the root's fifth and third first, no two a semitone apart."""
    mask, tones = harmony or _USUAL, list[int]()
    for tone in ((root + interval) % 12 for interval in _BY_IMPORTANCE):
        if mask >> tone & 1 and all((tone - other) % 12 not in (1, 11) for other in tones):
            tones.append(tone)
    return tuple(tones[:_MOST_TONES])


def _root(plan: BarPlan, half: int) -> int:
    """Return the planned root, else the lowest pitch class of the harmony."""
    if plan.roots[half] >= 0:
        return plan.roots[half]
    mask = plan.harmony[half]
    return (mask & -mask).bit_length() - 1 if mask else _USUAL_ROOT


def _at_least(pitch_class: int, low: int) -> int:
    """Return the lowest pitch of a class that is not below `low`."""
    return low + (pitch_class - low) % 12


def _bass(root: int, number: int, *words: object) -> int:
    figure = _BASS_FIGURES[int(chance(*words, "bass") * len(_BASS_FIGURES))]
    return _at_least(root, _BASS_LOW) + figure[number % len(figure)]


def _chord(tones: Sequence[int], thickness: int) -> list[int]:
    """Return a chord in close position, in the inversion that lies lowest."""
    return sorted(_at_least(tone, _CHORDS_LOW) for tone in tones[: max(thickness, 2)])


def _lead(tones: Sequence[int], number: int, register: int, variation: int, *words: object) -> int:
    """Return a step of the section's arpeggio; every fourth variation begins another tone higher."""
    steps = _ARPEGGIOS[int(chance(*words, "arpeggio") * len(_ARPEGGIOS))]
    ladder = sorted(_at_least(tone, _LEAD_LOW[register]) for tone in tones)
    ladder += [pitch + 12 for pitch in ladder]
    step = steps[number % len(steps)] + (1 if variation % 4 == 3 else 0)
    return ladder[step % len(ladder)]
