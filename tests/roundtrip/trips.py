"""The round trip of one song: what is written, and what every reader returns."""

import hashlib
import importlib.util
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple

from exporters.grid import swing_of
from exporters.layout import Layout, laid_out
from exporters.limits import check_extent, extent_of
from exporters.midi import file_bytes
from exporters.music import gathered
from exporters.score import musicxml
from exporters.writing import WriteError
from models.music import Music
from models.reading.limits import RefusedError
from models.reading.reader import read_music
from tests.roundtrip import midireaders, scorereaders
from tests.roundtrip.facts import Facts, Note, changes, differing, facts_of, of_kind

Tally = Counter[str]
"""The counts for a song by name; those of several songs are added up."""

_MIDI_READERS: Final[Sequence[Callable[[Path], Facts]]] = (
    midireaders.by_mido,
    midireaders.by_symusic,
    midireaders.by_pretty_midi,
)
# The fields of a note that each reader of scores returns, for pitches and for drums.
_FIELDS: Final[dict[Callable[[bytes], Facts], tuple[Sequence[str], Sequence[str]]]] = {
    scorereaders.by_xml: (
        ("pulse", "pitch", "length", "velocity", "program"),
        ("pulse", "pitch", "velocity", "program"),
    ),
    scorereaders.by_verovio: (("pulse", "pitch", "velocity"), ("pulse", "pitch", "velocity")),
    scorereaders.by_music21: (("pulse", "pitch", "length"), ("pulse",)),
    scorereaders.by_partitura: (("pulse", "pitch", "length"), ()),
}
_SLOW: Final = (scorereaders.by_music21, scorereaders.by_partitura)
_HAS_PARTITURA: Final = importlib.util.find_spec("partitura") is not None
# Names for how far a note is moved onto the grid, each with the most pulses.
_MOVES: Final = (
    ("not at all", 0),
    ("up to 15 pulses", 15),
    ("up to half a sixteenth", 60),
    ("farther", 10**9),
)
# Gaps of at most a quarter of the length count as articulation.
_MUCH_SHORTER: Final = 0.7


class Effort(NamedTuple):
    """One in how many songs is written as a score, and one in how many is also read by the slow readers."""

    scores: int = 1
    slow: int = 1


def trip(path: Path, name: str, effort: Effort) -> tuple[Tally, list[str]]:
    """Write and read a song. Return the counts, and a text about the differences."""
    tally: Tally = Counter({"songs": 1})
    try:
        music = read_music(path)
    except RefusedError as error:
        return Counter({"songs refused": 1}), [f"{name}: {error}"]
    tally["notes"] = sum(len(part.notes) for part in music.parts)
    tally["drum hits"] = sum(len(part.notes) for part in music.parts if part.is_drums)
    told = list(_midi(music, tally))
    if is_one_of(name, effort.scores):
        told += _score(music, tally, is_thorough=is_one_of(name, effort.slow))
    return tally, [f"{name}: {each}" for each in told]


def is_one_of(name: str, every: int) -> bool:
    """Whether a song is one of `every`, by its name."""
    return int(hashlib.md5(name.encode(), usedforsecurity=False).hexdigest(), 16) % every == 0


def _midi(music: Music, tally: Tally) -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "song.mid"
        path.write_bytes(file_bytes(music))
        again = replace(read_music(path), title=music.title, remarks=music.remarks)
        tally["midi: music that is the same to the last message"] += again == music
        if again != music:
            yield f"midi differs in {', '.join(_differing_fields(music, again))}"
        wanted = facts_of(music)
        for reader in _MIDI_READERS:
            read = reader(path)
            of = f"midi, {reader.__name__}"
            fields = ("pulse", "pitch", "velocity", "program", "is_drums")
            wrong = differing(wanted.notes, read.notes, *fields)
            tally[f"{of}: notes that differ"] += wrong
            tally[f"{of}: lengths that differ"] += differing(
                wanted.notes, read.notes, "pulse", "pitch", "length"
            )
            tally[f"{of}: songs whose metres differ"] += wanted.metres != read.metres
            if wrong or wanted.metres != read.metres:
                yield f"{of}: {wrong} notes, metres {wanted.metres[:4]}, {read.metres[:4]}"


def _differing_fields(one: Music, other: Music) -> list[str]:
    names = ("parts", "tempos", "markers", "end_pulse", "metres", "keys")
    return [name for name in names if getattr(one, name) != getattr(other, name)]


def _score(music: Music, tally: Tally, *, is_thorough: bool) -> Iterator[str]:
    music = gathered(music)
    try:
        check_extent(Path("song.musicxml"), "score", extent_of(music, "score"))
    except WriteError as error:
        tally["score: songs too long for one"] += 1
        yield str(error)
        return
    laid = laid_out(music)
    wanted = written(laid)
    _moves(laid, tally)
    tally["score: songs"] += 1
    tally["score: notes"] += wanted.notes.total()
    tally["score: songs whose click is gathered into bars of four"] += any(m.beats == 1 for m in music.metres)
    tally["score: songs with bars cut at no place of the grid"] += laid.music.metres != music.metres
    document = musicxml(music)
    for reader, fields in _FIELDS.items():
        if reader == scorereaders.by_partitura and not _HAS_PARTITURA:
            continue
        if is_thorough or reader not in _SLOW:
            yield from _read_score(reader, document, wanted, fields, tally)


def _read_score(
    reader: Callable[[bytes], Facts],
    document: bytes,
    wanted: Facts,
    fields: tuple[Sequence[str], Sequence[str]],
    tally: Tally,
) -> Iterator[str]:
    of = f"score, {reader.__name__}"
    try:
        read = reader(document)
    except Exception as error:  # noqa: BLE001 - a reader that fails is a finding
        tally[f"{of}: songs it cannot read"] += 1
        yield f"{of}: {type(error).__name__}: {str(error)[:160]}"
        return
    tally[f"{of}: songs"] += 1
    for is_drums, known in zip((False, True), fields, strict=True):
        if not known:
            continue
        one, other = (of_kind(facts.notes, is_drums=is_drums) for facts in (wanted, read))
        what = "drum hits" if is_drums else "notes"
        wrong = differing(one, other, *known)
        tally[f"{of}: {what}"] += one.total()
        tally[f"{of}: {what} that differ"] += wrong
        if wrong:
            yield f"{of}: {wrong} {what}"
    if read.metres and read.metres != wanted.metres:
        tally[f"{of}: songs whose metres differ"] += 1
        yield f"{of}: metres {wanted.metres[:4]}, {read.metres[:4]}"


def written(laid: Layout) -> Facts:
    """Return the facts that a score should hold, from its layout."""
    end = laid.bars[-1].start + laid.bars[-1].length
    notes = Counter(
        Note(
            chord.start,
            tone.pitch,
            min(chord.length, end - chord.start),
            tone.velocity,
            tone.program,
            line.part.is_drums,
        )
        for line in laid.lines
        for layer in line.staff.layers
        for chord in layer
        for tone in chord.tones
    )
    return Facts(notes, changes(laid.music.metres))


def _moves(laid: Layout, tally: Tally) -> None:
    """How far each note is moved onto the grid, swing apart, and how many are written much shorter than played."""
    tally["score: songs with swing taken out"] += swing_of(laid.music.parts) > 0
    chords = ((line, chord) for line in laid.lines for layer in line.staff.layers for chord in layer)
    for line, chord in chords:
        for tone in chord.tones:
            moved = abs(chord.start - tone.pulse)
            tally[f"score: notes moved {next(name for name, most in _MOVES if moved <= most)}"] += 1
            is_short = not line.part.is_drums and chord.length < _MUCH_SHORTER * tone.length - _MOVES[2][1]
            tally["score: notes written much shorter, for there are two layers"] += is_short
    played = sum(len(part.notes) for part in laid.music.parts)
    tally["score: notes left out"] += played - written(laid).notes.total()
