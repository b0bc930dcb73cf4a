import pytest

from daemon.player.timing.schedule import (
    Action,
    BeginTick,
    ClockPulse,
    Cue,
    EndNote,
    Held,
    Key,
    Release,
    Schedule,
    SetEffects,
    SetTempo,
    SoundingNotes,
    StartNote,
)
from models.effects import Effects
from models.notes import Note

KEY = Key("edmd melody", 1, 60)


def test_one_pulse_goes_tempo_ends_clock_starts_next_tick() -> None:
    schedule = Schedule()
    start = StartNote(Note(120, 10, "lead", 60, 100))
    actions: list[Action] = [
        BeginTick(1),
        SetEffects(Effects(riser=1)),
        start,
        ClockPulse(),
        Cue((b"\xfa",)),
        Release("lead"),
        EndNote(KEY, 1),
        SetTempo(99.0),
    ]
    for action in actions:
        schedule.add(120, action)
    names = [type(schedule.pop().action).__name__ for _ in actions]
    assert names == [
        *("SetTempo", "Release", "EndNote", "Cue", "ClockPulse", "StartNote", "SetEffects", "BeginTick")
    ]


def test_pulses_go_before_ranks_and_equals_in_order_of_arrival() -> None:
    schedule = Schedule()
    schedule.add(20, ClockPulse())
    schedule.add(10, BeginTick(1))
    schedule.add(10, BeginTick(2))
    assert schedule.next_pulse() == 10
    assert [schedule.pop().action for _ in range(3)] == [BeginTick(1), BeginTick(2), ClockPulse()]


def test_a_cut_takes_away_what_was_composed_and_leaves_ends_and_clocks() -> None:
    schedule = Schedule()
    note = StartNote(Note(120, 10, "lead", 60, 100))
    composed: list[Action] = [note, Release("lead"), SetTempo(99.0), SetEffects(Effects(riser=1))]
    for action in (*composed, EndNote(KEY, 1), ClockPulse(), BeginTick(1)):
        schedule.add(120, action)
    for early in (note, Release("bass"), SetTempo(98.0)):
        schedule.add(119, early)
    schedule.cut(120)
    left = [schedule.pop() for _ in range(len(schedule))]
    assert [(event.pulse, event.action) for event in left] == [
        (119, SetTempo(98.0)),
        (119, Release("bass")),
        (119, note),
        (120, EndNote(KEY, 1)),
        (120, ClockPulse()),
        (120, BeginTick(1)),
    ]


def test_a_cleared_schedule_holds_nothing() -> None:
    schedule = Schedule()
    schedule.add(20, ClockPulse())
    schedule.clear()
    with pytest.raises(IndexError):
        schedule.next_pulse()


def test_sounding_notes_know_who_began_them() -> None:
    notes = SoundingNotes()
    notes.begin(KEY, Held("lead", 7))
    assert KEY in notes
    assert notes.serial_of(KEY) == 7
    assert notes.of(["lead"]) == [KEY]
    assert notes.of(["bass"]) == []
    assert notes.end(KEY) == Held("lead", 7)
    assert notes.serial_of(KEY) == 0
    assert list(notes) == []
