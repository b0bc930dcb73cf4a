"""A network that falls behind the tick."""

from hypothesis import given
from hypothesis import strategies as st

from daemon.music.systems.symbols.behind import caught_up
from daemon.music.systems.symbols.symbol_system import WINDOW
from models.codecs.performance import OFF, ON, SHIFT, VELOCITY, VOICE
from models.codecs.symbols import Reading, Sounding
from models.notes import PULSES_PER_BAR, TICKS_PER_BAR
from tests.daemon.music.systems.chosen_symbols import ChosenSession, system_of
from tests.daemon.music.systems.test_symbols import played


def test_half_of_the_notes_of_a_slow_window_are_heard_in_their_places_in_the_bar() -> None:
    # Four sixteenths, each with a note of half its length: six symbols a tick, one more than are read.
    beat = [
        symbol
        for pitch in (60, 62, 64, 65)
        for symbol in (VOICE, VELOCITY + 20, ON + pitch, SHIFT + 5, OFF + pitch, SHIFT + 5)
    ]
    assert len(beat) // 4 == WINDOW.most_symbols + 1
    session = ChosenSession("performance", lambda count, _: beat[(count - 1) % 24], is_window=True)
    made = system_of(session, "performance")
    music = played(made, 0, 32 * TICKS_PER_BAR)
    assert sum(len(each.timed) for each in music) >= 16 * TICKS_PER_BAR
    for tick, each in enumerate(music):
        for note in each.timed:
            assert (note.pitch, note.late, note.length) == ((60, 62, 64, 65)[tick % 4], 0, 60)
    assert session.asked == 32 * TICKS_PER_BAR * WINDOW.most_symbols


@given(st.integers(0, 9999), st.integers(0, 9999))
def test_a_reading_that_is_behind_moves_by_whole_bars(pulse: int, start: int) -> None:
    sounding = (Sounding("lead", 60, pulse - 100, 80),)
    before = Reading(pulse=pulse, sounding=sounding, struck=pulse - 100)
    after = caught_up(before, start)
    moved = after.pulse - pulse
    assert moved % PULSES_PER_BAR == 0
    assert after.pulse >= start
    assert moved == 0 or after.pulse < start + PULSES_PER_BAR
    assert after.struck == after.sounding[0].pulse == after.pulse - 100
