from hypothesis import given, settings
from hypothesis import strategies as st

from daemon.player.link import Message
from models.notes import MELODIC_VOICES, PULSES_PER_TICK, VOICES, Note, Voice
from tests.daemon.rig import Cue, Rig, at_tick, sounding, tick

PLAY: Message = ("transport", "play")
QUIT: Message = ("quit",)
KINDS = [
    "play",
    "stop",
    "continue",
    "panic",
    "ports",
    "ports",
    "locate",
    "silence",
    "tempo",
]
CHANNELS = {"lead": 1, "chords": 2, "bass": 3, "drums": 10}


def a_message(draw: st.DrawFn) -> Message:
    """Draw any message that a composer may send at any time."""
    kind = draw(st.sampled_from(KINDS))
    match kind:
        case "ports":
            return ("ports", draw(st.sampled_from([(), ("synth:in",), ("synth:in", "the drum box")])))
        case "tempo":
            return ("tempo", draw(st.sampled_from([20.0, 300.0])))
        case "locate":
            return ("locate", draw(st.integers(0, 40)))
        case "silence":
            return ("silence", ((1, draw(st.integers(58, 63))),))
        case _:
            return ("transport", kind)


@st.composite
def performances(draw: st.DrawFn) -> tuple[list[Cue], dict[int, Message], float]:
    """Draw the script of messages, the tick messages by number (a gap is an underrun), and the compose time."""
    moments = draw(st.lists(st.floats(0.2, 6.0), max_size=12))
    script = [Cue(0.1, PLAY), *(Cue(seconds, a_message(draw)) for seconds in moments)]
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
    return [*script, Cue(6.5, last)], ticks, draw(st.sampled_from([0.0, 0.01, 0.2]))


@given(performances(), st.booleans(), st.sampled_from(["", "synth", "drum box"]))
@settings(max_examples=150, deadline=None)
def test_whatever_happens_each_note_on_gets_its_note_off(
    performance: tuple[list[Cue], dict[int, Message], float], on_one_channel: bool, route: str
) -> None:
    script, ticks, compose_seconds = performance
    channels = (
        dict.fromkeys(VOICES, 1) if on_one_channel else {"lead": 1, "chords": 2, "bass": 3, "drums": 10}
    )
    rig = Rig(script, ticks.get, {"lead": route}, channels=channels)
    rig.link.compose_seconds = compose_seconds
    rig.run()
    strangers = {
        m[1] for cue in script if cue.message and cue.message[0] == "silence" for m in cue.message[1]
    }
    for port in rig.driver.ports:
        heard = rig.notes(port)
        if strangers:  # their note-offs end note-ons of another player
            heard = [(seconds, message) for seconds, message in heard if message[1] not in strangers]
        assert sounding(heard) == set()


@given(performances())
@settings(max_examples=50, deadline=None)
def test_rows_are_what_the_ports_were_sent(
    performance: tuple[list[Cue], dict[int, Message], float],
) -> None:
    script, ticks, _ = performance
    safe = [cue for cue in script if cue.message and cue.message[0] not in {"silence", "ports"}]
    rig = Rig([*safe, Cue(6.6, QUIT)], ticks.get).run()
    rows = [row for message in rig.link.told_of("sent") for row in message[1]]
    told = [bytes(((0x8F if on else 0x7F) + ch, pitch)) for _, _, on, pitch, _, ch, _ in rows]
    heard = sorted(rig.notes() + rig.notes("edmd percussion"), key=lambda pair: pair[0])
    assert sorted(told) == sorted(message[:2] for _, message in heard)


@st.composite
def scores(draw: st.DrawFn) -> tuple[dict[int, tuple[list[Note], tuple[Voice, ...]]], float]:
    """Draw ticks of notes and releases without repeated keys, and how many seconds late every tick is."""
    notes = st.tuples(st.integers(0, 90), st.integers(1, 500), st.sampled_from(MELODIC_VOICES))
    score = {}
    for number in range(16):
        drawn = draw(st.lists(notes, max_size=4))
        music = [
            at_tick(number, size, voice, 4 * number + i, late) for i, (late, size, voice) in enumerate(drawn)
        ]
        score[number] = (music, draw(st.sampled_from([(), ("lead",), MELODIC_VOICES])))
    return score, draw(st.sampled_from([-0.1, 0.001, 0.002, 0.004, 0.006]))


@given(scores())
@settings(max_examples=100, deadline=None)
def test_only_the_release_of_a_later_tick_shortens_a_note(
    drawn: tuple[dict[int, tuple[list[Note], tuple[Voice, ...]]], float],
) -> None:
    score, late_seconds = drawn
    ticks = {number: tick(number, music, 120.0, release) for number, (music, release) in score.items()}
    rig = Rig([Cue(0.1, PLAY), Cue(5.0, QUIT)], ticks.get)
    rig.link.compose_seconds = 0.125 + late_seconds
    rig.run()
    rows = [row for message in rig.link.told_of("sent") for row in message[1]]
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
