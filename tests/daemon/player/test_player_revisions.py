"""Revisions of ticks that the player holds already, and voices that are muted at once."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.link.player import Mute, Quit, Refused, Revise, Taken, TickNotes, Transport, Underrun
from models.notes import PULSES_PER_TICK, VOICES
from tests.daemon.player.test_player import TICK_SECONDS, play_for, start_of
from tests.daemon.rig import Anew, Cue, Rig, at_tick, sounding, tick


def long_notes(number: int) -> TickNotes:
    return tick(number, [at_tick(number, 110, voice, 48 + 3 * n) for n, voice in enumerate(VOICES)])


def ons(rig: Rig, voice: str) -> list[tuple[int, int]]:
    """The (tick, pitch) of the note-ons of a voice."""
    return [
        (pulse // PULSES_PER_TICK, pitch)
        for pulse, of, is_on, pitch, *_ in rig.link.rows()
        if is_on and of == voice
    ]


def test_a_revision_takes_the_place_of_what_was_sent_from_its_first_tick_on() -> None:
    pitches = [60]
    rig = Rig(play_for(3.0, Cue(1.0, Anew())), lambda n: tick(n, [at_tick(n, pitch=pitches[-1])]), ahead=8)
    recv = rig.link.recv

    def change() -> object:
        if rig.clock.now() >= 1.0:
            pitches.append(72)
        return recv()

    rig.link.recv = change  # type: ignore[method-assign, assignment]
    rig.run()
    heard = ons(rig, "lead")
    first = next(number for number, pitch in heard if pitch == 72)
    assert first * TICK_SECONDS + start_of(rig) - 1.0 < TICK_SECONDS
    assert heard == [(n, 60 if n < first else 72) for n in range(len(heard))]
    assert [*rig.link.told_of(Underrun), *rig.link.told_of(Refused)] == []


def test_a_revision_takes_back_tempo_release_and_notes_of_the_very_next_tick() -> None:
    def compose(n: int) -> TickNotes:
        return tick(
            n, [at_tick(n, 5000, pitch=40 + n)], 60.0 if n == 8 else 120.0, ("lead",) if n == 8 else ()
        )

    again = tuple(tick(n) for n in range(8, 20))
    rig = Rig(play_for(3.0, Cue(0.13 + 7.5 * TICK_SECONDS, Anew(again))), compose, ahead=4).run()
    assert rig.link.told_of(Refused) == []
    assert [number for number, _ in ons(rig, "lead")][:8] == list(range(8))
    assert 8 not in [number for number, _ in ons(rig, "lead")]
    ends = {pitch: pulse for pulse, _, is_on, pitch, *_ in rig.link.rows() if not is_on}
    stopped = rig.named("fc")[0]
    assert all((ends[40 + n] / 960) + start_of(rig) == pytest.approx(stopped, abs=2e-3) for n in range(8))


def test_a_shorter_revision_takes_back_the_ticks_after_it() -> None:
    rig = Rig(
        play_for(3.0, Cue(1.0, Anew((tick(10, [at_tick(10, pitch=72)]),)))),
        lambda n: long_notes(n) if n < 20 else None,
        ahead=20,
    )
    rig.link.hang = (0.5, 9.0)
    rig.run()
    assert [pitch for _, pitch in ons(rig, "lead")] == [48] * 10 + [72]
    assert rig.link.told_of(Underrun)[0] == Underrun(11)


@pytest.mark.parametrize(
    ("course", "base", "from_tick"),
    [
        (2, "last", 12),
        (0, "last", 12),
        (1, "older", 12),
        (1, "unknown", 12),
        (1, "last", 200),
        (1, "last", 0),
    ],
)
def test_a_revision_that_does_not_fit_is_refused_and_changes_nothing(
    course: int, base: str, from_tick: int
) -> None:
    bases = {"last": 2, "older": 1, "unknown": 7}
    wrong = Revise(course, 9, bases[base], from_tick, (tick(from_tick, [at_tick(from_tick, pitch=72)]),))
    rig = Rig(play_for(2.0, Cue(0.5, wrong)), lambda n: long_notes(n) if n < 40 else None, ahead=40).run()
    assert rig.link.told_of(Refused) == [Refused(9)]
    assert Taken(2) in rig.link.told
    assert 72 not in [pitch for _, pitch in ons(rig, "lead")]
    assert rig.link.told_of(Underrun) == []


def test_a_revision_that_builds_on_a_refused_one_is_refused_too() -> None:
    late = Revise(1, 8, 2, 0, (tick(0),))
    following = Revise(1, 9, 8, 20, (tick(20, [at_tick(20, pitch=72)]),))
    again = Revise(1, 10, 2, 20, (tick(20, [at_tick(20, pitch=74)]),))
    cues = [Cue(0.5, late), Cue(0.5, following), Cue(0.5, again)]
    rig = Rig(play_for(4.0, *cues), lambda n: long_notes(n) if n < 40 else None, ahead=40).run()
    assert rig.link.told_of(Refused)[:2] == [Refused(8), Refused(9)]
    assert Taken(10) in rig.link.told
    assert (20, 74) in ons(rig, "lead")


def test_a_mute_ends_the_voice_at_once_and_lasts_until_its_tick() -> None:
    """The voices that are not muted go on; from the tick on the ticks themselves say who plays."""
    rig = Rig(play_for(3.0, Cue(1.0, Mute(("bass", "drums"), 16))), long_notes, ahead=16).run()
    muted = round((1.0 - start_of(rig)) / TICK_SECONDS + 0.5)
    for voice in VOICES:
        expected = [n for n in range(20) if voice in ("lead", "chords") or n < muted or n >= 16]
        assert [number for number, _ in ons(rig, voice)][: len(expected)] == expected
    offs = {m[1] for at, m in (*rig.notes(), *rig.notes("edmd percussion")) if at == 1.0 and m[0] >> 4 == 8}
    assert offs == {48 + 3 * n for n, voice in enumerate(VOICES) if voice in ("bass", "drums")}
    assert sounding(rig.sent()) == sounding(rig.sent("edmd percussion")) == set()


def test_a_mute_of_the_ticks_that_are_held_is_forgotten_with_them() -> None:
    cues = [Cue(1.0, Mute(("lead",), 1000)), Cue(1.5, Transport("play"))]
    rig = Rig(play_for(3.0, *cues), long_notes).run()
    assert not [at for at, message in rig.notes() if message[0] == 0x90 and 1.0 < at < 1.5]
    assert [at for at, message in rig.notes() if message[0] == 0x90 and at > 1.5]


@st.composite
def rewritten(draw: st.DrawFn) -> tuple[list[Cue], dict[tuple[int, int], TickNotes], list[float], int]:
    """Draw the moments of revisions, and each tick's music before and after each of them."""
    moments = sorted(draw(st.lists(st.floats(0.15, 3.0), max_size=6)))
    notes = st.tuples(st.integers(0, 110), st.integers(1, 300), st.sampled_from(VOICES))
    music = {}
    for version in range(len(moments) + 1):
        for number in range(draw(st.integers(8, 32))):
            drawn = draw(st.lists(notes, max_size=2))
            played = [
                at_tick(number, length, voice, 20 + 2 * version + n, late)
                for n, (late, length, voice) in enumerate(drawn)
            ]
            release = draw(st.sampled_from([(), (), ("lead",), VOICES]))
            music[version, number] = tick(
                number, played, draw(st.sampled_from([120.0, 120.0, 200.0])), release
            )
    cues = [Cue(seconds, Anew((tick(0),))) for seconds in moments]
    return cues, music, moments, draw(st.integers(1, 12))


@given(rewritten(), st.sampled_from([0.0, 0.05, 0.3]))
@settings(max_examples=60, deadline=None)
def test_of_each_tick_only_what_was_held_when_it_began_is_heard(
    drawn: tuple[list[Cue], dict[tuple[int, int], TickNotes], list[float], int], compose_seconds: float
) -> None:
    """Nothing of an older revision sounds, nothing of the last one in time is lost, nothing sounds twice."""
    _, music, moments, ahead = drawn

    def compose(number: int) -> TickNotes | None:
        version = sum(seconds <= rig.clock.now() for seconds in moments)
        return music.get((version, number)) or tick(number)

    cues = [Cue(seconds, Anew()) for seconds in moments]
    rig = Rig([Cue(0.1, Transport("play")), *cues, Cue(4.0, Quit())], compose, ahead=ahead)
    rig.link.compose_seconds = compose_seconds
    rig.run()
    last = max(rig.link.heard, default=0)
    heard = Counter(
        (pulse, voice, pitch)
        for pulse, voice, is_on, pitch, *_ in rig.link.rows()
        if is_on and pulse < last * PULSES_PER_TICK
    )
    held = Counter(
        (note.pulse, note.voice, note.pitch)
        for number, each in rig.link.heard.items()
        if number < last
        for note in each.notes
    )
    assert heard == held
