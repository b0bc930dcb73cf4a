"""Turn the output of systems into notes: key, scale, octave, swing, humanize and length, as pure functions."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from daemon.music.ensemble.crescendo import swell_of_drum, swell_of_voice
from daemon.music.ensemble.drummer import late_pulses, touched
from daemon.music.systems.played import Timed
from daemon.parameters import Parameters
from models.codecs import percussion
from models.codecs.base import Floats
from models.codecs.melody import Sound
from models.codecs.percussion import Hit
from models.groove import EVEN, Groove
from models.notes import PULSES_PER_TICK, TICKS_PER_BEAT, Note, Voice
from models.scales import key_shift, scale_pitch_classes

_BASE_VELOCITY: Final[dict[Voice, int]] = {"lead": 92, "chords": 74, "bass": 98}
# At `humanize` 1: how late a note may begin, and by how much a melodic note's velocity may differ.
_LATEST_PULSES: Final = 24
_VELOCITY_SPREAD: Final = 24
_SHORTEST_PULSES: Final = 10
_DRUM_PULSES: Final = PULSES_PER_TICK // 2


@lru_cache(maxsize=512)
def snap(pitch: int, scale: str) -> int:
    """Return the scale's pitch nearest to `pitch` within 0..127; of two equally near ones, the lower.

    A pitch outside is moved by octaves.
    """
    allowed = scale_pitch_classes(scale)
    if pitch > 127:
        pitch = 127 - (127 - pitch) % 12
    elif pitch < 0:
        pitch %= 12
    if allowed is None:
        return pitch
    reach = (pitch + step for distance in range(12) for step in (-distance, distance))
    return next(p for p in reach if p % 12 in allowed and 0 <= p <= 127)


def on_tick(sound: Sound) -> Timed:
    """Return a note that begins at its tick as one with a time of its own."""
    return Timed(sound.voice, sound.pitch, 0, sound.length * PULSES_PER_TICK)


def melodic_notes(
    tick: int,
    sounds: Iterable[Timed],
    parameters: Parameters,
    energy: float,
    spread: Floats,
    *,
    key: int = 0,
    rise: float | None = None,
) -> Iterator[Note]:
    """Yield the notes of bass, chords and lead that begin within a tick.

    `spread` (2 N,) holds uniform random numbers for timing and velocity; `key` is the plan's key in semitones
    above the common key, `rise` how far a build has come, see `crescendo`.
    """
    voices = {"lead": parameters.lead, "chords": parameters.chords, "bass": parameters.bass}
    moved = key_shift(parameters.scale) + parameters.transpose + key
    taken: set[tuple[Voice, int, int]] = set()
    for number, sound in enumerate(sounds):
        place = 2 * number % len(spread)
        pitch = snap(sound.pitch + moved + 12 * voices[sound.voice].octave, parameters.scale)
        base = sound.velocity or _BASE_VELOCITY[sound.voice] * _accent(tick)
        loudness = base * swell_of_voice(sound.voice, rise)
        velocity = _velocity(loudness, parameters, energy, float(spread[place + 1]))
        if voices[sound.voice].mute or not velocity or (sound.voice, pitch, sound.late) in taken:
            continue
        taken.add((sound.voice, pitch, sound.late))
        start = tick * PULSES_PER_TICK + sound.late
        lasts = round(_swung(start + sound.length, parameters)) - round(_swung(start, parameters))
        length = max(round(lasts * parameters.gate), min(lasts, _SHORTEST_PULSES), 1)
        # Squared: most notes are near their place, few are late.
        late = parameters.humanize * _LATEST_PULSES * float(spread[place]) ** 2
        onset = _onset(tick, parameters, late, sound.late)
        yield Note(onset, length, sound.voice, pitch, velocity)


def drum_notes(
    tick: int,
    hits: Iterable[Hit],
    parameters: Parameters,
    energy: float,
    spread: Floats,
    *,
    groove: Groove = EVEN,
    rise: float | None = None,
) -> Iterator[Note]:
    """Yield the drum hits of a tick; `spread` (at least 18,) holds uniform random numbers for timing and loudness.

    `rise` is how far a build has come, see `crescendo`.
    """
    if parameters.drums.mute:
        return
    for hit in hits:
        when, how = float(spread[2 * hit.drum]), float(spread[2 * hit.drum + 1])
        played = touched(hit, tick, parameters.humanize, groove, how)
        loudness = percussion.velocity_of(played) * swell_of_drum(hit.drum, rise)
        velocity = _scaled(loudness * _drive(energy), parameters)
        if velocity:
            late = late_pulses(hit.drum, tick, parameters.humanize, groove, when)
            onset = _onset(tick, parameters, late)
            yield Note(onset, _DRUM_PULSES, "drums", percussion.PITCHES[hit.drum], velocity)


def _onset(tick: int, parameters: Parameters, late: float, own: int = 0) -> int:
    """Return the pulse at which a note begins, always within its tick: before it, the tick may not be composed yet.

    `own` are the pulses after the tick at which the note is written.
    """
    start = tick * PULSES_PER_TICK
    swing = _swung(start, parameters) - start
    place = round(_swung(start + own, parameters) - start + min(max(late, -swing), _LATEST_PULSES))
    return start + min(place, PULSES_PER_TICK - 1)


def _swung(pulse: int, parameters: Parameters) -> float:
    """Return where swing puts a time: every second tick begins later and has less time for what is in it.

    The beginnings and the ends of notes move alike, so notes that touch still touch.
    """
    tick, place = divmod(pulse, PULSES_PER_TICK)
    share = parameters.swing * (tick % 2)
    return pulse + share * (PULSES_PER_TICK - place)


def _accent(tick: int) -> float:
    return 1.06 if tick % TICKS_PER_BEAT == 0 else 0.98 if tick % 2 == 0 else 0.92


def _velocity(base: float, parameters: Parameters, energy: float, chance: float) -> int:
    strayed = base * _drive(energy) + parameters.humanize * _VELOCITY_SPREAD * (2 * chance - 1)
    return _scaled(strayed, parameters)


def _drive(energy: float) -> float:
    return 0.88 + 0.24 * energy


def _scaled(velocity: float, parameters: Parameters) -> int:
    """Return a MIDI velocity; 0 only if the parameter `velocity` is 0."""
    return 0 if parameters.velocity == 0 else min(max(round(velocity * parameters.velocity), 1), 127)
