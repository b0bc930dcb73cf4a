"""The systems that play symbols, on networks whose choices the tests make: time, ends, memory, voices, hearing."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.music.arranging.barplan import BarPlan
from daemon.music.deck.savedstate import decoder, encoder
from daemon.music.ensemble.articulation import melodic_notes
from daemon.music.ensemble.drive import run
from daemon.music.systems.chance import MELODY_TOUCH, Chance
from daemon.music.systems.played import NOTHING, Played, Timed, of_sounds
from daemon.music.systems.symbols import Memory
from daemon.music.systems.symbols.audible import is_kept, voices_heard
from daemon.music.systems.symbols.symbol_system import STREAM, WINDOW, SymbolSystem
from daemon.music.systems.system import Cue
from daemon.parameters import Parameters, change
from models.codecs import sequences
from models.codecs.melody import Sound
from models.codecs.performance import OFF, ON, SHIFT, VOICE, VOICES
from models.codecs.symbols import LONGEST_PULSES, Reading, SymbolCodec
from models.notes import PULSES_PER_BAR, PULSES_PER_TICK, TICKS_PER_BAR, Note, Voice
from tests.daemon.music.systems.chosen_symbols import ChosenSession, Feeds, system_of
from tests.daemon.music.systems.symbol_bundles import WINDOW as WIDTH
from tests.daemon.music.systems.symbol_bundles import vocabulary_of

PLAN = BarPlan("drop", (0, 0), (3, 3, 4), (2, 0, 1, 2, 2, 0, 0, 0, 1), 0.8)
ALL = change(Parameters(), {"density": 1.0})
SYSTEMS = st.sampled_from(sequences.NAMES)


def codec_of(system: str) -> SymbolCodec:
    return sequences.symbols_of(vocabulary_of(system))


def cue_of(tick: int, parameters: Parameters = ALL, plan: BarPlan = PLAN, seed: int = 1) -> Cue:
    return Cue(tick, parameters, (plan,), plan, Chance().at(seed, tick), NOTHING, NOTHING)


def played(made: SymbolSystem, first: int, end: int, **cue: Any) -> list[Played]:
    return [run(made.compose(cue_of(tick, **cue))) for tick in range(first, end)]


def likely(codec: SymbolCodec) -> Callable[[int, Feeds], int]:
    """A network that draws evenly from the symbols that the mask allows; every second time it copies, if it may."""

    def choose(_: int, feeds: Feeds) -> int:
        if "valid" in feeds and feeds["valid"][0] and feeds["uniform"][0] < 0.5:
            return int(feeds["recalled"][0])
        allowed = np.flatnonzero(feeds["mask"] > -1)
        return int(allowed[int(feeds["uniform"][1] * len(allowed))])

    return choose


@given(SYSTEMS, st.lists(st.integers(0, 1 << 20), min_size=1, max_size=6))
def test_no_network_stops_the_music_and_every_note_begins_in_its_tick_and_ends(
    system: str, symbols: list[int]
) -> None:
    size = codec_of(system).size
    session = ChosenSession(system, lambda count, _: symbols[count % len(symbols)] % size)
    made = system_of(session, system)
    for tick in range(3 * TICKS_PER_BAR):
        before = session.asked
        (music,) = played(made, tick, tick + 1)
        assert session.asked - before <= STREAM.most_symbols
        for note in music.timed:
            assert 0 <= note.late < PULSES_PER_TICK
            assert 0 < note.length <= LONGEST_PULSES
            assert note.voice in music.begun


@pytest.mark.parametrize("system", sequences.NAMES)
@pytest.mark.parametrize("is_window", [False, True])
def test_what_is_played_is_what_the_symbols_mean(system: str, is_window: bool) -> None:
    codec, chosen = codec_of(system), list[int]()

    def choose(count: int, feeds: Feeds) -> int:
        # Random events are denser than those of music; a sixteenth after each second one makes them slower.
        passes = system == "performance" and count % 2 and feeds["mask"][SHIFT + 11] > -1
        chosen.append(SHIFT + 11 if passes else likely(codec)(count, feeds))
        return chosen[-1]

    made = system_of(ChosenSession(system, choose, is_window=is_window), system)
    music = played(made, 0, 8 * TICKS_PER_BAR)
    assert sum(len(each.timed) for each in music) > 8
    heard = sorted(
        Note(tick * PULSES_PER_TICK + note.late, note.length, note.voice, note.pitch, note.velocity)
        for tick, each in enumerate(music)
        for note in each.timed
    )
    # A window needs time to get ahead. Until then, notes that become known too late are left out.
    begins = 2 * PULSES_PER_BAR if is_window else 0
    assert [note for note in heard if note.pulse >= begins] == [
        note for note in codec.decode(chosen) if begins <= note.pulse < 8 * PULSES_PER_BAR
    ]


def test_a_network_that_chooses_no_symbol_fails() -> None:
    made = system_of(ChosenSession("folk", lambda *_: 9999), "folk")
    with pytest.raises(ValueError, match="symbol 9999"):
        played(made, 0, 1)


@given(SYSTEMS, st.integers(0, 40), st.booleans(), st.integers(0, 3))
def test_a_restored_memory_plays_the_same_notes_also_bars_later(
    system: str, tick: int, is_window: bool, bars: int
) -> None:
    def fresh() -> SymbolSystem:
        return system_of(ChosenSession(system, likely(codec_of(system)), is_window=is_window), system)

    made, other = fresh(), fresh()
    played(made, 0, tick)
    saved = decoder(Memory).decode(encoder.encode(made.save()))
    onward = played(made, tick, tick + 24)
    played(other, 0, 5, seed=7)
    other.restore(saved)
    assert played(other, tick, tick + 24) == onward
    made.restore(saved)
    assert played(made, tick, tick + 24) == onward
    # The random numbers belong to the tick; with a network that needs none the music only moves.
    made.restore(saved)
    moved = made.save().moved(bars * TICKS_PER_BAR)
    assert (moved.reading, moved.ready) == (saved.reading, saved.ready)
    assert moved.origin == saved.origin + bars * TICKS_PER_BAR


@given(SYSTEMS, st.integers(0, 99))
def test_no_tick_of_a_window_takes_long_and_it_gets_a_bar_ahead(system: str, seed: int) -> None:
    session = ChosenSession(system, likely(codec_of(system)), is_window=True)
    made = system_of(session, system)
    for tick in range(4 * TICKS_PER_BAR):
        before = session.asked
        played(made, tick, tick + 1, seed=seed)
        assert session.asked - before <= WINDOW.most_symbols
    ahead = made.save().reading.pulse - 4 * PULSES_PER_BAR
    assert made.extra_ticks == TICKS_PER_BAR
    # The events of random performances are so dense that four a tick let less time pass.
    assert ahead >= PULSES_PER_BAR or system == "performance"


@pytest.mark.parametrize("place", [0, 5])
def test_music_begins_at_its_place_in_the_bar(place: int) -> None:
    seen = list[Feeds]()

    def choose(count: int, feeds: Feeds) -> int:
        seen.append(feeds)
        return likely(codec_of("folk"))(count, feeds)

    made = system_of(ChosenSession("folk", choose), "folk")
    made.begin(1, 160 + place)
    played(made, 160 + place, 161 + place)
    assert seen[0]["features"][place] == 1
    assert seen[0]["previous"] == [codec_of("folk").size]
    assert not seen[0]["valid"].any()


def test_a_stream_gets_what_followed_before_and_the_parameters() -> None:
    seen = list[Feeds]()

    def choose(count: int, feeds: Feeds) -> int:
        seen.append(feeds)
        return 63 + count % 4 * 2

    made = system_of(ChosenSession("folk", choose), "folk")
    settings = {"melody.temperature": 0.5, "melody.top_p": 0.7, "repetition": 0.6}
    played(made, 0, 2 * TICKS_PER_BAR, parameters=change(ALL, settings))
    last = seen[-1]
    expected = 63 + len(seen) % 4 * 2
    assert last["recalled"].tolist() == [expected, expected]
    assert last["valid"].all()
    assert last["previous"][0] == 63 + (len(seen) - 1) % 4 * 2
    assert (last["temperature"][0], last["top_p"][0]) == pytest.approx((0.8 * 0.5, 0.7))
    assert last["copy_bias"][0] == 0


@pytest.mark.parametrize(("repetition", "sign"), [(1.0, 1), (0.3, -1), (0.6, 0)])
def test_a_window_is_led_to_what_followed_before(repetition: float, sign: int) -> None:
    seen = list[Feeds]()

    def choose(count: int, feeds: Feeds) -> int:
        seen.append(feeds)
        return 63 + count % 4 * 2

    made = system_of(ChosenSession("folk", choose, is_window=True), "folk")
    played(made, 0, 2 * TICKS_PER_BAR, parameters=change(ALL, {"repetition": repetition}))
    expected, other = 63 + len(seen) % 4 * 2, 100
    mask = seen[-1]["mask"]
    assert np.sign(mask[expected] - mask[other]) == sign
    chosen = [63 + count % 4 * 2 for count in range(1, len(seen))]
    assert seen[-1]["window"].tolist() == chosen[-WIDTH:]
    opening = vocabulary_of("folk").openings[0]
    assert seen[0]["window"].tolist() == list(opening[-WIDTH:])


@given(
    st.lists(st.sampled_from(["lead", "chords", "bass"]), min_size=1, unique=True),
    st.tuples(*[st.integers(0, 5)] * 3),
)
def test_the_plan_chooses_the_voices(own: list[Voice], levels: tuple[int, int, int]) -> None:
    heard = voices_heard(own, PLAN._replace(voices=levels))
    planned = {voice for voice, level in zip(("bass", "chords", "lead"), levels, strict=True) if level}
    assert set(heard) <= set(own)
    assert bool(heard) == bool(planned)
    assert set(heard) == planned & set(own) or heard == (own[0],)


def test_a_voice_that_rests_goes_on_unheard() -> None:
    session = ChosenSession("folk", likely(codec_of("folk")))
    made = system_of(session, "folk")
    assert not any(each.timed for each in played(made, 0, 16, plan=PLAN._replace(voices=(0, 0, 0))))
    assert session.asked >= 16
    assert any(each.timed for each in played(made, 16, 32))


def test_all_voices_are_heard_until_one_of_the_plan_has_a_note() -> None:
    """The plan wants the bass; the network plays the lead on each beat, and from the fifth bar on the bass too."""
    beat = (VOICE + 0, ON + 72, SHIFT + 47, OFF + 72)
    both = (VOICE + 2, ON + 40, *beat, OFF + 40)
    symbols = [*beat * 16, *both * 16]
    made = system_of(ChosenSession("performance", lambda count, _: symbols[count - 1]), "performance")
    music = played(made, 0, 6 * TICKS_PER_BAR, plan=PLAN._replace(voices=(3, 0, 0)))
    heard = [
        {note.voice for each in music[bar : bar + 16] for note in each.timed} for bar in range(0, 96, 16)
    ]
    assert heard == [{"lead"}] * 4 + [{"bass"}] * 2


@given(
    st.integers(0, PULSES_PER_BAR - 1), st.floats(0, 1, exclude_max=True), st.floats(0, 1), st.floats(0, 1)
)
def test_more_density_never_takes_a_note_away(pulse: int, draw: float, one: float, two: float) -> None:
    low, high = sorted((one, two))
    assert is_kept(pulse, draw, high) >= is_kept(pulse, draw, low)
    assert is_kept(pulse, draw, 0.5)
    assert is_kept(0, draw, low) >= is_kept(PULSES_PER_TICK, draw, low), "notes off the beat go first"


def test_without_density_a_quarter_of_the_notes_stay() -> None:
    rng = np.random.default_rng(1)
    places = [tick * PULSES_PER_TICK for tick in range(TICKS_PER_BAR)] * 200
    kept = np.mean([is_kept(place, float(rng.random()), 0.0) for place in places])
    assert kept == pytest.approx(0.25, abs=0.03)


def test_fewer_notes_of_the_same_music_are_heard_at_low_density() -> None:
    def music(density: float) -> list[Timed]:
        made = system_of(ChosenSession("folk", lambda count, _: 60 + count % 7), "folk")
        parameters = change(Parameters(), {"density": density})
        return [note for each in played(made, 0, 128, parameters=parameters) for note in each.timed]

    thin, half, full = music(0.0), music(0.25), music(0.5)
    assert 0 < len(thin) < len(half) < len(full) == 128
    assert music(1.0) == full


@given(
    st.integers(0, 63),
    st.lists(st.integers(0, PULSES_PER_TICK - 1), min_size=1, max_size=8, unique=True),
    st.floats(0, 0.75),
    st.floats(0, 1),
)
def test_a_note_with_its_own_time_stays_in_its_tick_in_order(
    tick: int, late: Sequence[int], swing: float, humanize: float
) -> None:
    notes = [Timed("lead", 60 + n, pulses, 200, 70) for n, pulses in enumerate(sorted(late))]
    parameters = change(Parameters(), {"swing": swing, "humanize": humanize, "gate": 1.0})
    spread = Chance().at(1, tick)[MELODY_TOUCH]
    made = list(melodic_notes(tick, notes, parameters, 0.5, spread))
    start = tick * PULSES_PER_TICK
    assert all(start <= note.pulse < start + PULSES_PER_TICK for note in made)
    exact = list(melodic_notes(tick, notes, change(parameters, {"swing": 0.0, "humanize": 0.0}), 0.5, spread))
    assert [note.pulse - start for note in exact] == sorted(late)
    assert all(note.length == 200 for note in exact)
    if humanize == 0:
        assert [note.pulse for note in made] == sorted(note.pulse for note in made)


def bar_of(*notes: tuple[int, Voice, int, int]) -> list[Played]:
    """Return a bar of (tick, voice, pitch, ticks)."""
    return [
        of_sounds(tuple(Sound(voice, pitch, ticks) for at, voice, pitch, ticks in notes if at == tick))
        for tick in range(TICKS_PER_BAR)
    ]


def heard_by(system: str, *bars: list[Played], is_window: bool = False) -> tuple[SymbolSystem, ChosenSession]:
    session = ChosenSession(system, lambda *_: 0, is_window=is_window)
    made = system_of(session, system)
    for bar, music in enumerate(bars):
        for place, each in enumerate(music):
            run(made.hear(cue_of(bar * TICKS_PER_BAR + place), each))
    return made, session


TUNE = bar_of((0, "lead", 60, 4), (4, "lead", 64, 2), (8, "lead", 67, 12))
WHOLE = bar_of((0, "bass", 36, 4), (0, "lead", 60, 4), (8, "chords", 55, 8), (8, "bass", 43, 4))
BASS = bar_of((0, "bass", 36, 4), (8, "bass", 43, 8))


@pytest.mark.parametrize("system", sequences.NAMES)
@pytest.mark.parametrize("music", [TUNE, WHOLE, BASS])
def test_it_continues_from_what_it_heard(system: str, music: list[Played]) -> None:
    made, session = heard_by(system, music, music)
    memory, codec = made.save(), codec_of(system)
    symbols = memory.symbols[memory.symbols >= 0][::-1].tolist()
    assert session.asked == len(symbols)
    assert (memory.reading.pulse, memory.reading.sounding) == (2 * PULSES_PER_BAR, ())
    assert not memory.ready
    assert not memory.heard
    notes = codec.decode(symbols)
    assert [note._replace(pulse=note.pulse + PULSES_PER_BAR) for note in notes if note.pulse < 1920] == [
        note for note in notes if note.pulse >= PULSES_PER_BAR
    ]
    wanted = {sound.pitch for each in music for sound in each.sounds if sound.voice == "lead"}
    assert wanted <= {note.pitch for note in notes} or system == "jazz"
    if music is BASS and "bass" not in codec.voices:
        assert {note.voice for note in notes} == {"lead"}


def test_what_was_read_ahead_is_forgotten_before_it_hears() -> None:
    made = system_of(ChosenSession("folk", lambda count, _: 63 + count % 4), "folk")
    played(made, 0, TICKS_PER_BAR)
    assert made.save().reading.pulse > PULSES_PER_BAR
    for tick in range(TICKS_PER_BAR, 2 * TICKS_PER_BAR):
        run(made.hear(cue_of(tick), NOTHING))
    reading = made.save().reading
    assert (reading.pulse, reading.struck) == (2 * PULSES_PER_BAR, PULSES_PER_BAR)


def test_a_window_hears_without_a_step() -> None:
    made, session = heard_by("folk", TUNE, is_window=True)
    assert session.asked == 0
    assert made.save().symbols[:16].tolist()[::-1][:5] == [63, 1, 1, 1, 67]


def test_events_continue_with_the_right_voice() -> None:
    notes = [Note(0, 240, "lead", 60, 82)]
    symbols = VOICES.continued(Reading(voice="bass"), notes, PULSES_PER_BAR)
    reading, ended = Reading(voice="bass"), list[Note]()
    for symbol in symbols:
        reading, more = VOICES.read(reading, symbol)
        ended += more
    assert ended == notes
