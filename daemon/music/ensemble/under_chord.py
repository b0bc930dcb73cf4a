"""Bass and chords under a chord that somebody plays in: whatever the systems compose, they play that chord."""

from collections.abc import Iterable, Sequence
from typing import Final

from daemon.music.systems.played import Played, Timed
from models.chords import Chord
from models.codecs.melody import REGISTERS, Sound
from models.notes import TICKS_PER_BAR, Voice

# Where the chord begins if the systems play nothing there: the lowest pitches of bass and chords.
_LOW: Final[dict[Voice, int]] = {"bass": 33, "chords": 55}
_LAST: Final = {register.voice: register for register in REGISTERS}
_LENGTH: Final = TICKS_PER_BAR // 2


def led(played: Played, chord: Chord, tick: int, silent: Iterable[Voice]) -> Played:
    """Return what is played at a tick with the pitches of `chord`, which is in the common key.

    Struck chords have all of its pitch classes, and other notes of bass and chords the nearest one; a bar begins with the
    chord's bass and with the chord, except in `silent` voices.
    """
    is_first = tick % TICKS_PER_BAR == 0
    wanted = [voice for voice in _LOW if voice not in silent] if is_first else []
    missing = tuple(voice for voice in wanted if voice not in _striking(played))
    sounds = (
        *(each for each in played.sounds if each.voice == "lead"),
        *_bass([each for each in played.sounds if each.voice == "bass"], chord, is_first=is_first),
        *_chords([each for each in played.sounds if each.voice == "chords"], chord),
        *(each for voice in missing for each in _added(voice, chord)),
    )
    timed = tuple(_nearest(each, chord) for each in played.timed)
    return played._replace(sounds=sounds, timed=timed, begun=tuple(dict.fromkeys((*played.begun, *missing))))


def _striking(played: Played) -> set[Voice]:
    return {each.voice for each in played.sounds} | {each.voice for each in played.timed if not each.late}


def _bass(sounds: Sequence[Sound], chord: Chord, *, is_first: bool) -> list[Sound]:
    mask = 1 << chord[1] if is_first else chord[0]
    return [each._replace(pitch=_near(each.pitch, mask, "bass")) for each in sounds]


def _chords(sounds: Sequence[Sound], chord: Chord) -> list[Sound]:
    """Return a single note moved, and a struck chord as the played one, around the same pitch."""
    if len(sounds) < 2:
        return [each._replace(pitch=_near(each.pitch, chord[0], "chords")) for each in sounds]
    low, length = min(each.pitch for each in sounds), max(each.length for each in sounds)
    return [Sound("chords", pitch, length) for pitch in _voiced(low, chord[0])]


def _added(voice: Voice, chord: Chord) -> list[Sound]:
    mask = 1 << chord[1] if voice == "bass" else chord[0]
    return [Sound(voice, pitch, _LENGTH) for pitch in _voiced(_LOW[voice], mask)]


def _voiced(low: int, mask: int) -> list[int]:
    """Return every pitch class of a mask once, in the octave above the pitch of it that is nearest to `low`."""
    first = _near(low, mask, "chords") if mask.bit_count() > 1 else low
    return [pitch for pitch in range(first, first + 12) if mask >> pitch % 12 & 1]


def _nearest(note: Timed, chord: Chord) -> Timed:
    if note.voice == "lead":
        return note
    return note._replace(pitch=_near(note.pitch, chord[0], note.voice))


def _near(pitch: int, mask: int, voice: Voice) -> int:
    """Return the pitch of the mask that is nearest, within the register of the voice; of two the lower one."""
    register = _LAST[voice]
    inside = [each for each in range(register.low, register.high + 1) if mask >> each % 12 & 1]
    return min(inside, key=lambda each: (abs(each - pitch), each))
