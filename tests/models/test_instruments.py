"""The sounds of the genres: each has its own, at the place of its voice in the mix."""

import pytest

from models.genres import NAMES
from models.instruments import INSTRUMENTS, instruments_of
from models.notes import VOICES

_KITS = {0, 8, 16, 24, 25, 32, 40, 48}


@pytest.mark.parametrize("genre", NAMES)
def test_a_genre_has_a_sound_for_each_voice(genre: str) -> None:
    instruments = instruments_of(genre)
    assert tuple(instruments) == VOICES
    for voice, instrument in instruments.items():
        assert (instrument.level, instrument.pan) == (INSTRUMENTS[voice].level, INSTRUMENTS[voice].pan)
        assert 0 <= instrument.program <= 127
        assert 1 <= instrument.volume <= 127
        if voice != "drums":
            assert instrument.live_program == instrument.program
    assert instruments["drums"].program in _KITS
    assert instruments["drums"].live_program == 0, "General MIDI guarantees no other kit"


def test_no_two_genres_sound_alike_and_none_is_the_default() -> None:
    programs = [tuple(each.program for each in instruments_of(genre).values()) for genre in (*NAMES, "auto")]
    assert len(set(programs)) == len(programs)
    assert instruments_of("auto") == INSTRUMENTS
