from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.link.player import (
    Mute,
    PortNames,
    Quit,
    Received,
    Revise,
    SendPrograms,
    Silence,
    TakeOver,
    Tempo,
    TickNotes,
    ToPlayer,
    Transport,
)
from daemon.link.timeline import Timeline
from daemon.player.link import NewComposer
from models.notes import MELODIC_VOICES, PULSES_PER_TICK, VOICES, Note, Voice
from tests.daemon.rig import Anew, Cue, Rig, at_tick, sounding, tick

PLAY = Transport("play")
QUIT = Quit()


@st.composite
def revisions(draw: st.DrawFn) -> Revise:
    """Draw a revision at random; most are refused."""
    first, count = draw(st.integers(0, 50)), draw(st.integers(0, 5))
    ticks = tuple(tick(n, [at_tick(n, 3000)]) for n in range(first, first + count))
    return Revise(draw(st.integers(0, 2)), 10**6, draw(st.integers(0, 60)), first, ticks)


MESSAGES: st.SearchStrategy[ToPlayer | NewComposer | Anew] = st.one_of(
    st.builds(Transport, st.sampled_from(["play", "stop", "continue", "panic"])),
    st.builds(PortNames, st.sampled_from([(), ("synth:in",), ("synth:in", "the drum box")])),
    st.builds(Tempo, st.sampled_from([20.0, 300.0])),
    st.integers(58, 63).map(lambda pitch: Silence(((1, pitch),))),
    st.builds(Mute, st.sampled_from([("lead",), VOICES]), st.integers(0, 60)),
    revisions(),
    st.just(Anew()),
    st.just(NewComposer()),
    st.builds(Received, st.integers(0, 60)),
    st.just(SendPrograms(("edmd melody",))),
)


@st.composite
def performances(draw: st.DrawFn) -> tuple[list[Cue], dict[int, TickNotes], float, int]:
    """Draw the script of messages, the ticks by number (a gap is an underrun), the compose time, and the ticks ahead."""
    moments = draw(st.lists(st.floats(0.2, 6.0), max_size=12))
    timeline = draw(st.sampled_from([None, Timeline(0, -0.3, 120.0)]))
    begins = draw(st.sampled_from([PLAY, PLAY, TakeOver(0, 3, timeline)]))
    script = [Cue(0.1, begins), *(Cue(seconds, draw(MESSAGES)) for seconds in moments)]  # type: ignore[arg-type]
    last = draw(st.sampled_from([QUIT, None]))
    notes = st.builds(
        lambda late, length, voice, pitch: (late, length, voice, pitch),
        st.integers(-15, 110),
        st.integers(0, 2000),
        st.sampled_from(VOICES),
        st.integers(58, 62),
    )
    ticks = {}
    for number in draw(st.sets(st.integers(0, 50), min_size=10)):
        drawn = draw(st.lists(notes, max_size=4))
        tempo = draw(st.sampled_from([120.0, 120.0, 300.0, 20.0]))
        release = draw(st.sampled_from([(), (), ("lead",), VOICES]))
        music = [at_tick(number, length, voice, pitch, late) for late, length, voice, pitch in drawn]
        ticks[number] = tick(number, music, tempo, release)
    ahead = draw(st.sampled_from([1, 2, 16]))
    return [*script, Cue(6.5, last)], ticks, draw(st.sampled_from([0.0, 0.01, 0.2])), ahead


@given(performances(), st.booleans(), st.sampled_from(["", "synth", "drum box"]))
@settings(max_examples=150, deadline=None)
def test_whatever_happens_each_note_on_gets_its_note_off(
    performance: tuple[list[Cue], dict[int, TickNotes], float, int], on_one_channel: bool, route: str
) -> None:
    script, ticks, compose_seconds, ahead = performance
    channels = (
        dict.fromkeys(VOICES, 1) if on_one_channel else {"lead": 1, "chords": 2, "bass": 3, "drums": 10}
    )
    rig = Rig(script, ticks.get, {"lead": route}, ahead=ahead, channels=channels)
    rig.link.compose_seconds = compose_seconds
    rig.run()
    silences = [cue.message for cue in script if isinstance(cue.message, Silence)]
    strangers = {pitch for message in silences for _, pitch in message.notes}
    for port in rig.driver.ports:
        heard = rig.notes(port)
        if strangers:  # their note-offs end note-ons of another player
            heard = [(seconds, message) for seconds, message in heard if message[1] not in strangers]
        assert sounding(heard) == set()


@given(performances())
@settings(max_examples=50, deadline=None)
def test_rows_are_what_the_ports_were_sent(
    performance: tuple[list[Cue], dict[int, TickNotes], float, int],
) -> None:
    script, ticks, _, ahead = performance
    others = Silence | PortNames | Received | NewComposer
    safe = [cue for cue in script if cue.message and not isinstance(cue.message, others)]
    rig = Rig([*safe, Cue(6.6, QUIT)], ticks.get, ahead=ahead).run()
    rows = rig.link.rows()
    told = [bytes(((0x8F if on else 0x7F) + ch, pitch)) for _, _, on, pitch, _, ch, _ in rows]
    heard = sorted(rig.notes() + rig.notes("edmd percussion"), key=lambda pair: pair[0])
    assert sorted(told) == sorted(message[:2] for _, message in heard)


@st.composite
def scores(draw: st.DrawFn) -> tuple[dict[int, tuple[list[Note], tuple[Voice, ...]]], float]:
    """Draw ticks of notes and releases without repeated keys, and how many seconds each takes: some come too late."""
    notes = st.tuples(st.integers(0, 90), st.integers(1, 500), st.sampled_from(MELODIC_VOICES))
    score = {}
    for number in range(16):
        drawn = draw(st.lists(notes, max_size=4))
        music = [
            at_tick(number, size, voice, 4 * number + i, late) for i, (late, size, voice) in enumerate(drawn)
        ]
        score[number] = (music, draw(st.sampled_from([(), ("lead",), MELODIC_VOICES])))
    return score, draw(st.sampled_from([0.0, 0.025, 0.12, 0.124, 0.126, 0.131]))


@given(scores())
@settings(max_examples=100, deadline=None)
def test_only_the_release_of_a_later_tick_shortens_a_note(
    drawn: tuple[dict[int, tuple[list[Note], tuple[Voice, ...]]], float],
) -> None:
    score, compose_seconds = drawn
    ticks = {number: tick(number, music, 120.0, release) for number, (music, release) in score.items()}
    rig = Rig([Cue(0.1, PLAY), Cue(5.0, QUIT)], ticks.get)
    rig.link.compose_seconds = compose_seconds
    rig.run()
    rows = rig.link.rows()
    begun = {pitch: pulse for pulse, _, is_on, pitch, *_ in rows if is_on}
    ended = {pitch: pulse for pulse, _, is_on, pitch, *_ in rows if not is_on}
    assert begun.keys() == ended.keys()
    for number, (music, _) in score.items():
        for note in music:
            if note.pitch not in begun:
                continue
            end = ended[note.pitch]
            releases = [later for later in range(number + 1, 16) if note.voice in score[later][1]]
            is_released = any(end >= later * PULSES_PER_TICK for later in releases)
            assert end == begun[note.pitch] + note.length or is_released
