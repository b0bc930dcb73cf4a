"""What is played in, as values: notes and held chords, calls, touches, turns; and bass and chords under a played chord."""

import numpy as np
import pytest

from daemon.link.gateway import SUSTAINED
from daemon.music.arranging.answer import answer_plans
from daemon.music.arranging.barplan import UNSTATED
from daemon.music.arranging.given import is_whole
from daemon.music.arranging.harmony import key_of, played_chord, with_chords
from daemon.music.arranging.set_form import Section
from daemon.music.ensemble.priming import plans_of
from daemon.music.ensemble.under_chord import led
from daemon.music.listening.calls import call_of
from daemon.music.listening.listening import Listening
from daemon.music.listening.notes import Ear, PlayedNote
from daemon.music.listening.touch import accented, following, touch_of
from daemon.music.systems.played import Played, Timed, of_sounds
from daemon.parameters import Parameters, change
from models.chords import Chord, PlayedChords, mask_of, rotated
from models.codecs import percussion
from models.codecs.melody import Sound
from models.codecs.percussion import Hit
from models.notes import PULSES_PER_BAR, TICKS_PER_BAR, Note

F_MINOR: Chord = (mask_of(5, "m"), 5)
A_MINOR: Chord = (mask_of(9, "m"), 9)
C_MAJOR: Chord = (mask_of(0, ""), 0)
LED = change(Parameters(), {"chord_loop": "played"})


def ear_of(*pitches: int) -> Ear:
    ear = Ear()
    for pitch in pitches:
        ear.hear(0, pitch, 90)
    return ear


@pytest.mark.parametrize(
    ("pitches", "chord"),
    [
        ((53, 56, 60), F_MINOR),
        ((56, 60, 65), (F_MINOR[0], 8)),
        ((41, 53, 68, 72), F_MINOR),
        ((48, 55), (1 | 1 << 7, 0)),
        ((55, 60), (1 | 1 << 7, 7)),
        ((60,), None),
        ((60, 62), None),
        ((48, 60, 72), None),
        ((), None),
    ],
)
def test_three_pitch_classes_or_a_fifth_are_a_chord(pitches: tuple[int, ...], chord: Chord | None) -> None:
    assert ear_of(*pitches).chord == chord


@pytest.mark.parametrize(
    ("melody", "is_chord"),
    [((74,), False), ((77, 79), False), ((63,), True), ((65, 69, 72), True)],
)
def test_a_melody_over_a_held_triad_changes_nothing(melody: tuple[int, ...], is_chord: bool) -> None:
    ear = ear_of(53, 56, 60)
    before = ear.chord
    for number, pitch in enumerate(melody):
        ear.hear(480 * (number + 1), pitch, 90)
    assert (ear.chord != before) == is_chord


def test_the_chord_under_the_fingers_has_priority_over_what_the_pedal_holds() -> None:
    ear = ear_of(48, 52, 55)
    for pitch in (48, 52, 55):
        ear.hear(100, pitch, SUSTAINED)
    assert ear.chord == C_MAJOR, "the pedal alone holds a chord"
    for pitch in (53, 57, 60):
        ear.hear(200, pitch, 90)
    assert ear.chord == (mask_of(5, ""), 5)
    for pitch in (48, 52, 55):
        ear.hear(210, pitch, 0)
    assert (ear.chord, ear.held) == ((mask_of(5, ""), 5), [53, 57, 60])


def test_a_chord_of_which_one_key_is_let_go_has_its_notes_in_order() -> None:
    ear = ear_of(60, 53, 56)
    ear.hear(100, 56, 0)
    assert [(note.pitch, note.length) for note in ear.notes(0, 16)] == [(53, None), (56, 100), (60, None)]


def test_keys_struck_one_after_another_are_one_chord() -> None:
    ear = Ear()
    for number, pitch in enumerate((41, 53, 56, 60, 75)):
        ear.hear(20 * number, pitch, 90)
    assert ear.chord == (1 << 5 | 1 << 8 | 1 << 0 | 1 << 3, 5)


def test_notes_have_their_lengths_and_a_key_that_is_struck_twice_ends_first() -> None:
    ear = ear_of(60)
    ear.hear(100, 60, 80)
    ear.hear(250, 60, 0)
    ear.hear(260, 61, 0)
    assert ear.notes(0, 99) == [PlayedNote(0, 100, 60, 90), PlayedNote(100, 150, 60, 80)]
    ear.hear(300, 64, 70)
    ear.let_go()
    assert (ear.held, ear.last_tick) == ([], 2)
    assert [note.length for note in ear.notes(2, 3)] == [1]


def test_what_is_kept_is_bounded() -> None:
    ear = Ear()
    for number in range(5000):
        ear.hear(number, 60, 1 + number % 100)
    assert len(ear.notes(0, 10**6)) <= 1025
    ear.forget(16 * PULSES_PER_BAR + 4900)
    assert min(note.pulse for note in ear.notes(0, 10**6)) == 4900


def test_held_chords_are_those_of_their_bars_and_go_round_when_released() -> None:
    chords = PlayedChords()
    for bar, chord in enumerate((F_MINOR, F_MINOR, A_MINOR, C_MAJOR), 4):
        chords = chords.with_chord(chord, bar)
        assert (chords.at(bar), chords.leads_anew(bar)) == (chord, True)
    assert [chords.at(bar) for bar in range(8, 13)] == [F_MINOR, F_MINOR, A_MINOR, C_MAJOR, F_MINOR]
    assert not chords.leads_anew(8)
    assert chords.moved(3).at(11) == chords.at(8)
    assert chords.with_chord(A_MINOR, 9).run == (A_MINOR,), "after a bar without, another loop begins"
    for bar in range(9, 40):
        chords = chords.with_chord(A_MINOR, bar)
    assert len(chords.run) == 8


def led_by(*run: Chord, **values: object) -> Parameters:
    return with_chords(change(LED, values), PlayedChords(run, 0))


def section(key: int) -> Section:
    return Section("drop", 0, 8, 0, key)


@pytest.mark.parametrize(
    ("chords", "usual", "key"),
    [
        ((F_MINOR,), 3, 3),  # the key of the section has the chord
        ((F_MINOR,), 0, -4),  # else one in which it is the tonic
        ((C_MAJOR,), 2, 0),
        ((F_MINOR, (mask_of(1, ""), 1), (mask_of(3, ""), 3)), 0, -4),
    ],
)
def test_the_key_has_the_chords(chords: tuple[Chord, ...], usual: int, key: int) -> None:
    assert key_of(section(usual), led_by(*chords)) == key


def test_a_key_or_scale_of_the_performer_stays() -> None:
    assert key_of(section(0), led_by(F_MINOR, key="D minor")) == 5
    assert key_of(section(0), led_by(F_MINOR, scale="C dorian")) == 0
    assert key_of(section(3), with_chords(Parameters(), PlayedChords((F_MINOR,), 0))) == 3


@pytest.mark.parametrize("transpose", [0, 5])
def test_the_chord_sounds_as_it_is_played(transpose: int) -> None:
    parameters = led_by(F_MINOR, transpose=transpose)
    for key in range(-6, 6):
        found = played_chord(0, key, parameters)
        assert found is not None
        up = key + transpose
        assert (rotated(found[0], up), (found[1] + up) % 12) == F_MINOR


def test_bass_and_chords_play_the_chord_whatever_is_composed() -> None:
    composed = of_sounds(
        (Sound("bass", 40, 4), Sound("chords", 61, 2), Sound("chords", 66, 2), Sound("lead", 73, 1))
    )
    played = led(composed, F_MINOR, 4, ())
    pitches = {
        voice: [s.pitch for s in played.sounds if s.voice == voice] for voice in ("bass", "chords", "lead")
    }
    assert {pitch % 12 for pitch in pitches["chords"]} == {5, 8, 0}
    assert pitches["lead"] == [73]
    assert pitches["bass"][0] % 12 in {5, 8, 0}
    timed = led(Played(timed=(Timed("chords", 61, 30, 60), Timed("lead", 61, 0, 9))), F_MINOR, 4, ())
    assert [note.pitch % 12 for note in timed.timed] == [0, 1]


def test_a_bar_begins_with_the_chord_but_not_in_silent_voices() -> None:
    played = led(Played(), F_MINOR, 32, ())
    assert [s.pitch % 12 for s in played.sounds if s.voice == "bass"] == [5]
    assert {s.pitch % 12 for s in played.sounds if s.voice == "chords"} == {5, 8, 0}
    assert led(Played(), F_MINOR, 32, ("bass", "chords")) == Played()
    assert led(Played(), F_MINOR, 33, ()) == Played()
    bass = led(of_sounds((Sound("bass", 43, 4),)), F_MINOR, 0, ("chords",))
    assert [(s.voice, s.pitch) for s in bass.sounds] == [("bass", 41)]


def notes_at(*ticks: int, velocity: int = 90) -> list[PlayedNote]:
    return [PlayedNote(120 * tick + 11, 100, 60, velocity) for tick in ticks]


def test_a_touch_has_density_energy_and_accents() -> None:
    notes = [*notes_at(0, 1, 16, 22, velocity=60), *notes_at(20, velocity=120)]
    touch = touch_of(notes, 32)
    assert touch is not None
    assert [place for place, accent in enumerate(touch.accents) if accent] == [0, 4, 6]
    assert (touch.strikes, touch.accents[4], touch.accents[0]) == (3, 1.0, 0.5)
    assert touch_of(notes, 64) is None
    soft, loud = (touch_of(notes_at(3, velocity=velocity), 16) for velocity in (20, 127))
    assert soft
    assert loud
    assert (soft.energy, loud.energy) == (0.0, 1.0)
    few, many = touch_of(notes_at(0), 16), touch_of(notes_at(*range(14)), 16)
    assert few
    assert many
    assert following(Parameters(), few)["bass.level"] == "1"
    assert following(Parameters(), many) == {"energy": few.energy, "bass.level": "5", "hats.level": "3"}
    assert following(change(Parameters(), {"bass.level": "off", "hats.level": "2"}), many) == {
        "energy": few.energy
    }


def test_drums_and_bass_take_the_accents() -> None:
    touch = touch_of([*notes_at(0, velocity=60), *notes_at(4, velocity=120)], 16)
    assert touch is not None
    kick, lead = Note(0, 60, "drums", 36, 100), Note(0, 60, "lead", 70, 100)
    velocities = [accented([kick, lead], tick, touch)[0].velocity for tick in (0, 4, 5)]
    assert velocities[1] > velocities[0] > velocities[2]
    assert accented([lead], 4, touch) == (lead,)


def test_calls_and_answers_alternate() -> None:
    forever, once = Listening("call", 4, 2), Listening("call", 4, 2, once=True)
    assert [forever.phase(bar) for bar in range(3, 11)] == [
        "off",
        *["call"] * 2,
        *["answer"] * 2,
        *["call"] * 2,
        "answer",
    ]
    assert [once.phase(bar) for bar in range(7, 10)] == ["answer", "off", "off"]
    assert [bar for bar in range(12) if forever.is_answered_at(bar)] == [6, 10]
    assert Listening().phase(3) == "off"
    assert Listening("accompany").phase(3) == "accompany"


CALL = [
    PlayedNote(120 * tick - 20, 200, pitch, 90) for tick, pitch in ((64, 65), (70, 68), (74, 72), (88, 65))
]


def test_a_call_is_music_in_the_common_key_with_the_drums_of_the_deck() -> None:
    hits = [[Hit(0, 1.0)] if tick % 4 == 0 else [] for tick in range(20)]
    call = call_of(CALL, 64, 2, hits, -4)
    assert call is not None
    assert (call.bars, call.shift) == (2, 4)
    tune = plans_of(call)
    assert [bool(level) for level in tune[0].voices] == [False, False, True]
    kicks = [tick for tick, row in enumerate(call.percussion[:32]) if percussion.decode(row)]
    assert kicks == [12, 16, 20, 24, 28], "what is not known of the drums is silent"
    assert call_of(CALL, 640, 2, hits, 0) is None
    short = call_of(CALL, 64, 1, hits, -4)
    assert short is not None
    assert np.array_equal(short.melody[:16], short.melody[16:]), "one bar is heard twice"


def test_the_present_key_stays_if_it_has_the_call() -> None:
    shifts = [call.shift for key in (-4, 3, -6) if (call := call_of(CALL, 64, 2, [], key))]
    assert shifts[:2] == [4, -3]
    assert shifts[2] in {4, -1, -3, 1}, "else the key of the call is found"
    fixed = call_of(CALL, 64, 2, [], None)
    assert fixed is not None
    assert fixed.shift == 0


def test_an_answer_has_the_rhythm_of_the_call_and_leaves_the_rest_to_the_director() -> None:
    call = call_of(CALL, 64, 2, [], -4)
    assert call is not None
    first, second = answer_plans(call, plans_of(call), 2)
    assert [tick for tick in range(TICKS_PER_BAR) if first.strikes[2] >> tick & 1] == [0, 6, 10]
    assert [tick for tick in range(TICKS_PER_BAR) if second.strikes[2] >> tick & 1] == [8]
    assert (first.free_from, second.free_from) == (TICKS_PER_BAR, 12)
    assert first.voices[:2] == (UNSTATED, UNSTATED)
    assert first.voices[2] > 0
    assert not is_whole(first)
    assert first.key == -4
    assert all(mask.bit_count() == 3 for mask in first.harmony), "a melody is given chords"


def test_one_call_that_is_answered_does_not_come_back_when_the_music_begins_anew() -> None:
    once = Listening("call", start_bar=4, bars=2, once=True)
    assert once.restarted(8) == Listening()
    assert once.restarted(7) == Listening("call", start_bar=0, bars=2, once=True)
    assert once._replace(once=False).restarted(8).phase(0) == "call"
