"""The codecs of symbols: exact both ways, never stuck, and each symbol does what its name says."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.codecs import folk, jazz, performance, pop, sequences
from models.codecs.jazz import JazzCodec, values_of
from models.codecs.matching import HISTORY, LENGTHS, SymbolMemory, recalled_along
from models.codecs.pop import PopCodec
from models.codecs.symbols import GRADES, LONGEST_PULSES, MOST_AT_ONCE, STALL_PULSES, Reading, SymbolCodec
from models.codecs.vocabulary import Vocabulary, dumps, loads
from models.notes import MELODIC_VOICES, PULSES_PER_BAR, PULSES_PER_BEAT, PULSES_PER_TICK, TICKS_PER_BAR, Note

NOTES: Final = st.lists(
    st.builds(
        Note,
        st.integers(0, 20 * PULSES_PER_BAR),
        st.integers(1, 3 * PULSES_PER_BAR),
        st.sampled_from(MELODIC_VOICES),
        st.integers(0, 127),
        st.integers(1, 127),
    ),
    max_size=60,
).map(sorted)
VALUES: Final = tuple(
    sorted(
        {(duration,) for duration in jazz.DURATIONS}
        | {(duration, pitch) for duration in (1, 3, 4, 6, 12) for pitch in (60, 64, 67, 72)}
        | {(6, 60, 64, 67)}
    )
)
CHORDS: Final = ((0, 4, 7), (2, 5, 9), (0, 7), (4, 7, 9, 11))
# What is added to the logit of a symbol that is allowed lies above this.
UNLIKELY: Final = -100
FOLK: Final = folk.FolkCodec()
CODECS: Final[tuple[SymbolCodec, ...]] = (
    performance.LINE,
    performance.VOICES,
    JazzCodec(VALUES),
    JazzCodec([(duration,) for duration in jazz.DURATIONS]),
    PopCodec(CHORDS),
    PopCodec([]),
    FOLK,
)
every_codec = pytest.mark.parametrize("codec", CODECS, ids=lambda codec: f"{codec.name}-{codec.size}")


def bar_line(notes: Sequence[Note]) -> int:
    return -(-max((note.pulse + note.length for note in notes), default=0) // PULSES_PER_BAR) * PULSES_PER_BAR


@every_codec
@given(notes=NOTES)
def test_fitted_notes_survive_their_symbols(codec: SymbolCodec, notes: list[Note]) -> None:
    fitted = codec.fitted(notes)
    assert codec.fitted(fitted) == fitted
    symbols = codec.encode(fitted, bar_line(fitted))
    assert all(0 <= symbol < codec.size for symbol in symbols)
    assert codec.decode(symbols) == fitted
    assert {note.voice for note in fitted} <= set(codec.voices)


@every_codec
@given(notes=NOTES)
def test_symbols_end_at_the_given_time(codec: SymbolCodec, notes: list[Note]) -> None:
    end = bar_line(codec.fitted(notes))
    reading = Reading()
    for symbol in codec.encode(codec.fitted(notes), end):
        reading, _ = codec.read(reading, symbol)
    assert reading.pulse == end


@every_codec
@pytest.mark.parametrize("seed", range(4))
def test_allowed_symbols_never_get_stuck(codec: SymbolCodec, seed: int) -> None:
    """Whatever a network chooses among the allowed symbols, time goes on, and notes end."""
    reading, at_once, chance = Reading(), 0, np.random.default_rng(seed)
    for _ in range(1000):
        allowed = np.flatnonzero(codec.allowed(reading) > UNLIKELY)
        assert len(allowed)
        before = reading
        reading, ended = codec.read(reading, int(chance.choice(allowed)))
        at_once = at_once + 1 if reading.pulse == before.pulse else 0
        assert at_once <= MOST_AT_ONCE + 1
        assert all(0 < note.length <= LONGEST_PULSES for note in ended)
        assert all(reading.pulse - each.pulse < LONGEST_PULSES for each in reading.sounding)


@every_codec
@given(notes=NOTES)
def test_what_a_song_has_is_allowed(codec: SymbolCodec, notes: list[Note]) -> None:
    """A network may play whatever it has learned, but for long silence and, in folk songs, long notes in a row."""
    fitted = codec.fitted(notes)
    reading = Reading()
    for symbol in codec.encode(fitted, bar_line(fitted)):
        waits = reading.is_stalled or (
            codec is FOLK and reading.pulse - reading.struck >= 2 * PULSES_PER_BEAT
        )
        assert waits or codec.allowed(reading)[symbol] > UNLIKELY
        reading, _ = codec.read(reading, symbol)


def test_folk_songs_do_not_end_in_long_notes_for_ever() -> None:
    """Whoever chooses to hold or to rest wherever it may hears a note after three beats, then after two."""
    reading, onsets = Reading(), []
    for _ in range(64):
        symbol = int(np.flatnonzero(FOLK.allowed(reading) > UNLIKELY)[0])
        if symbol >= folk.PITCH:
            onsets.append(reading.pulse // PULSES_PER_BEAT)
        reading, _ = FOLK.read(reading, symbol)
    assert np.diff([0, *onsets])[:5].tolist() == [3, 2, 3, 2, 3]


def test_a_voice_that_rests_becomes_likelier() -> None:
    """After a bar of rest, the token of the bass gains; once the bass has its turn, its pitches do."""
    token = performance.VOICE + performance.VOICES.voices.index("bass")
    reading = Reading(
        pulse=4 * PULSES_PER_BAR, struck=4 * PULSES_PER_BAR, last=(4 * PULSES_PER_BAR,) * 2 + (0,)
    )
    played = reading._replace(last=(reading.pulse,) * 3)
    codec = performance.VOICES
    assert codec.allowed(reading)[token] > codec.allowed(played)[token] == 0
    turned, _ = codec.read(reading, token)
    assert codec.allowed(turned)[token] == 0
    assert codec.allowed(turned)[performance.ON + 36] > 0
    begun, _ = codec.read(turned, performance.ON + 36)
    assert codec.allowed(begun)[performance.ON + 40] == 0
    assert codec.allowed(reading._replace(is_alone=True)).max() == 0


def test_a_lead_of_pop_that_rests_for_bars_is_called_back() -> None:
    codec, chord = PopCodec(CHORDS), CHORDS.index((0, 4, 7))
    rests = list[float]()
    reading = Reading()
    for tick in range(5 * TICKS_PER_BAR):
        if tick % TICKS_PER_BAR == 0:
            reading, _ = codec.read(reading, pop.CHORD + chord)
        rests.append(float(codec.allowed(reading)[pop.NOTHING]))
        reading, _ = codec.read(reading, pop.NOTHING)
    assert rests[:TICKS_PER_BAR] == [0] * TICKS_PER_BAR
    assert rests == sorted(rests, reverse=True)
    assert rests[4 * TICKS_PER_BAR - 1] > UNLIKELY > rests[4 * TICKS_PER_BAR]


@every_codec
def test_silence_is_broken(codec: SymbolCodec) -> None:
    if all(len(value) == 1 for value in getattr(codec, "values", [(0, 0)])):
        pytest.skip("has rests only")
    reading = Reading(pulse=STALL_PULSES)
    for symbol in np.flatnonzero(codec.allowed(reading) > UNLIKELY):
        after, _ = codec.read(reading, int(symbol))
        assert reading.pulse in (after.struck, after.pulse)  # a note, or a chord before it


@every_codec
@given(notes=NOTES)
def test_features_fit_into_bytes(codec: SymbolCodec, notes: list[Note]) -> None:
    fitted = codec.fitted(notes)
    reading = Reading()
    for symbol in codec.encode(fitted, bar_line(fitted))[:200]:
        grades = codec.describe(reading) * GRADES
        assert grades.shape == (codec.features,)
        assert (grades == np.round(grades)).all()
        assert grades.min() >= 0
        assert grades.max() < 256
        reading, _ = codec.read(reading, symbol)


def test_values_are_pitches_with_durations() -> None:
    notes = [Note(0, 240, "lead", 60, 90), Note(240, 160, "lead", 62, 90), Note(400, 320, "lead", 64, 90)]
    notes.append(Note(400, 320, "lead", 67, 90))
    assert values_of(notes, 960) == [(6, 60), (4, 62), (8, 64, 67), (6,)]


def test_a_sixteenth_lasts_twelve_time_shifts() -> None:
    note = Note(PULSES_PER_TICK, PULSES_PER_TICK, "lead", 60, 66)
    shift, velocity, on, length, off = performance.LINE.encode([note], 2 * PULSES_PER_TICK)
    assert shift == length == performance.SHIFT + 11
    assert (velocity, on, off) == (
        performance.VELOCITY + 66 // 4,
        performance.ON + 60,
        performance.OFF + 60,
    )


def test_a_rare_value_keeps_its_pitch() -> None:
    codec = JazzCodec(VALUES)
    assert codec.known((15, 64)) == [(12, 64), (3,)]
    assert codec.known((2, 61)) == [(1, 60), (1,)]
    assert codec.known((8, 50, 67)) == [(6, 67), (2,)]


@given(st.integers(0, 127))
def test_a_register_keeps_the_pitch_class(pitch: int) -> None:
    for register in performance.REGISTERS.values():
        folded = register.folded(pitch)
        assert register.low <= folded <= register.high
        assert (folded - pitch) % 12 == 0
        assert register.low <= pitch <= register.high or folded != pitch


def test_a_chord_takes_no_time() -> None:
    codec = PopCodec(CHORDS)
    assert codec.decode([pop.CHORD, pop.PITCH + 72, pop.NOTHING]) == sorted(
        [
            *(Note(0, 2 * PULSES_PER_TICK, "chords", pitch, 0) for pitch in (55, 60, 64)),
            Note(0, 2 * PULSES_PER_TICK, "lead", 72, 0),
        ]
    )


def test_a_new_folk_song_begins_at_a_bar_line() -> None:
    codec = folk.FolkCodec()
    notes = codec.decode([folk.PITCH + 60, folk.HOLD, folk.SEPARATOR, folk.PITCH + 62])
    assert [note.pulse for note in notes] == [0, PULSES_PER_BAR]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), max_size=200))
def test_a_whole_song_recalls_what_its_memory_does(song: list[tuple[int, int]]) -> None:
    memory = SymbolMemory()
    columns = np.array(song, np.int16).reshape(-1, 2)
    whole = recalled_along(columns[:, 0], columns[:, 1])
    for number, (symbol, place) in enumerate(song):
        symbols, lengths = memory.recall(place)
        assert symbols.tolist() == whole.symbols[number].tolist()
        assert lengths.tolist() == whole.lengths[number].tolist()
        memory.add(symbol, place)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2)), max_size=80))
def test_the_memory_finds_the_longest_match(song: list[tuple[int, int]]) -> None:
    memory = SymbolMemory()
    for symbol, place in song:
        memory.add(symbol, place)
    here = 1
    recalled = memory.recall(here)
    symbols = [symbol for symbol, _ in song]

    def run(lag: int) -> int:
        count = 0
        while count + lag < len(symbols) and symbols[-1 - count] == symbols[-1 - count - lag]:
            count += 1
        return count

    for number, lags in enumerate(
        (range(1, len(song) + 1), [lag for lag in range(1, len(song) + 1) if song[-lag][1] == here])
    ):
        best = max((run(lag) for lag in lags), default=0)
        found = int(recalled.symbols[number])
        assert (found < 0) == (best == 0)
        assert found < 0 or found in {symbols[-lag] for lag in lags if run(lag) == best}
        assert 0 <= recalled.lengths[number] < LENGTHS


def test_the_memory_is_bounded() -> None:
    memory = SymbolMemory()
    for number in range(3 * HISTORY):
        memory.add(number % 7, number % 16)
    assert memory.symbols.shape == (HISTORY,)
    assert memory.recall(0).lengths.tolist() == [LENGTHS - 1, LENGTHS - 1]
    memory.clear()
    assert memory.recall(0).symbols.tolist() == [-1, -1]


def test_a_vocabulary_survives_its_file() -> None:
    table = Vocabulary(JazzCodec.name, VALUES, ((0, 1, 2),))
    assert loads(dumps(table)) == table
    sequences.check_vocabulary(table, {"symbols": len(VALUES)})


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[]", "does not have exactly"),
        (b'{"codec": "folk-kern", "values": [], "openings": [[1, true]]}', "whole numbers"),
        (b'{"codec": "folk-kern", "values": [[1], [1]], "openings": []}', "occurs twice"),
        (b'{"codec": "folk-kern", "values": [], "openings": [[99999999999]]}', "too large"),
        (b'{"codec": "folk-kern", "values": 3, "openings": []}', "not a list"),
        (b'{"codec": ["folk-kern"], "values": [], "openings": []}', "codec is not a text"),
    ],
)
def test_a_broken_vocabulary_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        loads(content)


@pytest.mark.parametrize(
    ("table", "settings", "words"),
    [
        (Vocabulary("polka"), {"symbols": 3}, "no symbols named 'polka'"),
        (Vocabulary("a\n\x1b[2J"), {"symbols": 3}, r"no symbols named 'a\\n\\x1b\[2J'"),
        (Vocabulary("folk-kern"), {"symbols": 3}, "131 symbols"),
        (Vocabulary("jazz-values", (*VALUES, (12, 1 << 30))), {"symbols": 9}, "from 0 to 127"),
        (Vocabulary("jazz-values", (*VALUES, (1 << 30,))), {"symbols": 9}, "no duration"),
        (Vocabulary("jazz-values", (*VALUES, (12, 67, 60))), {"symbols": 9}, "ascending"),
        (Vocabulary("jazz-values", (*VALUES, (12, *range(60, 67)))), {"symbols": 9}, "up to six"),
        (Vocabulary("jazz-values", (*VALUES, ())), {"symbols": 9}, "empty value"),
        (Vocabulary("jazz-values", ((12, 60),)), {"symbols": 1}, "lacks the rest"),
        (Vocabulary("pop-notes", ((0, 12),)), {"symbols": 130}, "pitch classes"),
        (Vocabulary("pop-notes", ((0,),)), {"symbols": 130}, "pitch classes"),
        (Vocabulary("folk-kern"), {"symbols": 131, "features": 2}, "features"),
        (Vocabulary("folk-kern", (), ((131,),)), {"symbols": 131}, "not 0 to 130"),
    ],
)
def test_a_vocabulary_must_fit_its_network(table: Vocabulary, settings: dict[str, int], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        sequences.check_vocabulary(table, settings)
