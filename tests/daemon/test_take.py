"""A take is built from the messages that were sent."""

from models.effects import ControlRow
from models.notes import PULSES_PER_BAR, Note, Voice
from models.take import Key, SentRow, TakeBuilder


def on(pulse: int, pitch: int = 60, voice: Voice = "lead", channel: int = 1) -> SentRow:
    return (pulse, voice, True, pitch, 100, channel, 0)


def off(pulse: int, pitch: int = 60, voice: Voice = "lead", channel: int = 1) -> SentRow:
    return (pulse, voice, False, pitch, 0, channel, 0)


def lead(pulse: int, length: int, pitch: int = 60) -> Note:
    return Note(pulse, length, "lead", pitch, 100)


def test_notes_tempos_sections_and_channels() -> None:
    builder = TakeBuilder()
    for tick in range(8):
        builder.add_tick(tick * 120, 120.0 if tick < 4 else 90.0, "intro" if tick < 2 else "drop")
    builder.add_rows([on(0), off(60), on(480, 36, "drums", 10), off(500, 36, "drums", 10)])
    take = builder.finish()
    assert take.notes == (lead(0, 60), Note(480, 20, "drums", 36, 100))
    assert take.tempos == ((0, 120.0), (480, 90.0))
    assert take.sections == ((0, "intro"), (240, "drop"))
    assert take.channels == {"lead": 1, "drums": 10}


def test_it_begins_at_the_bar_line_before_its_first_message() -> None:
    builder = TakeBuilder()
    builder.add_rows([off(5000), on(5 * PULSES_PER_BAR + 7), off(5 * PULSES_PER_BAR + 9)])
    assert builder.finish().notes == (lead(7, 2),)


def test_what_still_sounds_ends_with_the_take() -> None:
    builder = TakeBuilder()
    builder.add_rows([on(0), on(100, 64), off(400, 64)])
    assert builder.finish().notes == (lead(0, 400), lead(100, 300, 64))
    assert builder.finish(300).notes == (lead(0, 300), lead(100, 200, 64))


def test_an_end_cuts_off_what_lies_behind_it() -> None:
    builder = TakeBuilder()
    builder.add_tick(0, 120.0, "intro")
    builder.add_tick(1920, 90.0, "drop")
    builder.add_rows([on(0), off(1930), on(1925, 62), off(1930, 62)])
    take = builder.finish(PULSES_PER_BAR)
    assert take.notes == (lead(0, PULSES_PER_BAR),)
    assert take.tempos == ((0, 120.0),)
    assert take.sections == ((0, "intro"),)


def test_a_key_struck_again_ends_the_note_before() -> None:
    builder = TakeBuilder()
    builder.add_rows([on(0), on(50), off(80)])
    assert builder.finish().notes == (lead(0, 50), lead(50, 30))


def test_playing_from_the_start_again_goes_on_behind_what_was() -> None:
    builder = TakeBuilder()
    builder.add_tick(0, 120.0, "intro")
    builder.add_rows([on(0), off(2000)])
    builder.add_tick(6000, 99.0, "drop")  # composed ahead, never played
    builder.start_over()
    builder.add_tick(0, 120.0, "intro")
    builder.add_rows([on(10), off(20)])
    take = builder.finish(PULSES_PER_BAR)
    again = 2 * PULSES_PER_BAR
    assert take.notes == (lead(0, 2000), lead(again + 10, 10))
    assert take.tempos == ((0, 120.0),)
    assert take.sections == ((0, "intro"),)


def test_a_tick_given_again_replaces_what_was_composed_ahead() -> None:
    builder = TakeBuilder()
    for tick in range(10):
        builder.add_tick(tick * 120, 120.0 if tick < 8 else 90.0, "intro" if tick < 9 else "drop")
    for tick in range(8, 12):  # after a stop before tick 8, with the tempo changed back
        builder.add_tick(tick * 120, 120.0, "intro" if tick < 11 else "build")
    builder.add_rows([on(0), off(1500)])
    take = builder.finish()
    assert take.tempos == ((0, 120.0),)
    assert take.sections == ((0, "intro"), (1320, "build"))


def test_keys_lie_where_they_change_and_those_composed_ahead_in_vain_do_not() -> None:
    builder = TakeBuilder()
    for tick in range(8):
        builder.add_tick(tick * 120, 120.0, "intro", Key(0 if tick < 4 else 2))
    builder.add_tick(6 * 120, 120.0, "intro", Key(-3))
    builder.add_tick(6000, 120.0, "intro", Key(5))
    builder.add_rows([on(0), off(900)])
    assert builder.finish(PULSES_PER_BAR).keys == ((0, Key(0)), (480, Key(2)), (720, Key(-3)))


def test_an_empty_take() -> None:
    builder = TakeBuilder()
    builder.start_over()
    take = builder.finish()
    assert (take.notes, take.tempos, take.sections, take.keys) == ((), (), (), ())


def test_effects_lie_where_they_were_sent_and_count_from_the_take_s_beginning() -> None:
    builder = TakeBuilder()
    sweep: ControlRow = (2 * PULSES_PER_BAR + 120, "lead", b"\xb0\x4a\x18")
    riser: ControlRow = (3 * PULSES_PER_BAR, "effects", b"\x9f\x3c\x50")
    late: ControlRow = (4 * PULSES_PER_BAR + 1, "lead", b"\xb0\x4a\x40")
    builder.add_tick(2 * PULSES_PER_BAR, 120.0, "build")
    builder.add_rows([on(2 * PULSES_PER_BAR), off(2 * PULSES_PER_BAR + 90)])
    builder.add_controls([sweep, riser, late])
    assert builder.finish(4 * PULSES_PER_BAR).controls == (
        (120, "lead", sweep[2]),
        (PULSES_PER_BAR, "effects", riser[2]),
    )
    assert builder.finish().controls[-1][0] == 2 * PULSES_PER_BAR + 1
