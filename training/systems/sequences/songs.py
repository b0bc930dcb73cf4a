"""One song as notes with their own timing, in the common key, for the codecs of symbols."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.grid import Stretch, Track, in_four, tracks_of
from models.music import Metre, Music, Part
from models.notes import MELODIC_VOICES, PULSES_PER_BAR, PULSES_PER_BEAT, PULSES_PER_TICK, VOICES, Note, Voice
from models.reading.limits import RefusedError
from models.reading.reader import read_music
from models.voicing import CENTRES, deal, key_shift
from training.piece import split_of
from training.recipe import Source
from training.songs import warped_to_beats
from training.systems.sequences.recipe import MusicRules

_MOST_BARS: Final = 600
_MINOR_THIRD: Final = 3
# The unit of metres such as 4/2.
_HALF: Final = 2
_LONGEST_BAR: Final = 2 * PULSES_PER_BAR
# A part of a song that is silent for longer is shortened to this.
_SILENT_BARS_KEPT: Final = 1
Rows = NDArray[np.int32]


class NoteSong(NamedTuple):
    """The notes of a song (N, 5): pulse, length, number of the voice, pitch, velocity. Its bars last `bar_pulses`."""

    rows: Rows
    bar_pulses: int

    @property
    def notes(self) -> list[Note]:
        """The notes in order."""
        return [
            Note(pulse, length, VOICES[voice], pitch, velocity)
            for pulse, length, voice, pitch, velocity in self.rows.tolist()
        ]

    @property
    def end(self) -> int:
        """The pulse of the bar line after the last note."""
        end = int((self.rows[:, 0] + self.rows[:, 1]).max())
        return -(-end // self.bar_pulses) * self.bar_pulses


@dataclass(frozen=True)
class NotePiece:
    """A song of a corpus; `key` is its path within the corpus."""

    key: str
    source: str
    style: str
    song: NoteSong

    is_used = True
    synthetic = False

    @property
    def ticks(self) -> int:
        """Length in sixteenths."""
        return self.song.end // PULSES_PER_TICK

    @property
    def split(self) -> str:
        """`test`, `validation` or `train`, by the MD5 of the path within the corpus."""
        return split_of(self.key)


def read(path: Path, source: Source, rules: MusicRules) -> NoteSong:
    """Read a file. Raises RefusedError if it cannot be used."""
    music = read_music(path)
    if source.beats:
        music = warped_to_beats(music, path.parent / source.beats)
    return song_of(music, rules)


def song_of(music: Music, rules: MusicRules) -> NoteSong:
    """Return the wanted voices of some music. Raises RefusedError if it has too few notes, or times that do not fit."""
    music = _in_quarters(music) if rules.any_metre else music
    parts = [part for part in music.without_effects().parts if part.notes]
    bar, stretch = _bars(music, parts, any_metre=rules.any_metre)
    notes = [
        note
        for note in _voiced(music, parts, stretch, is_line=rules.any_metre)
        if note.voice in rules.voices and 0 <= note.pulse < stretch.pulses
    ]
    if rules.exact and any(time % PULSES_PER_TICK for note in notes for time in (note.pulse, note.length)):
        raise RefusedError("has durations that are no whole sixteenths")
    notes = without_long_rests(sorted(notes), bar)
    if len(notes) < rules.least_notes:
        raise RefusedError(f"has fewer than {rules.least_notes} notes of {' and '.join(rules.voices)}")
    rows = [(n.pulse, n.length, VOICES.index(n.voice), n.pitch, n.velocity) for n in notes]
    return NoteSong(np.array(rows, np.int32), bar)


def _in_quarters(music: Music) -> Music:
    """Return music whose beats are half notes at twice the speed: 4/2 becomes 4/4, as such songs are sung."""
    if sum(metre.unit == _HALF for metre in music.metres) * 2 <= len(music.metres):
        return music
    parts = tuple(
        part._replace(notes=tuple(n._replace(pulse=n.pulse // 2, length=n.length // 2) for n in part.notes))
        for part in music.parts
    )
    metres = tuple(Metre(metre.pulse // 2, metre.beats, 2 * metre.unit) for metre in music.metres)
    return replace(music, parts=parts, metres=metres, end_pulse=music.end_pulse // 2)


def _bars(music: Music, parts: Sequence[Part], *, any_metre: bool) -> tuple[int, Stretch]:
    """Return the length of a bar, and the time that has such bars. An upbeat lies at the end of a bar of its own."""
    end = max((note.pulse + note.length for part in parts for note in part.notes), default=0)
    if not any_metre:
        stretch = in_four(music.metres, end)
        if stretch is None:
            raise RefusedError("is not in 4/4")
        return PULSES_PER_BAR, stretch
    bar, first = _usual_bar(music.metres, end)
    return bar, Stretch(-(-first % bar) if 0 < first < bar else 0, end)


def _usual_bar(metres: Sequence[Metre], end: int) -> tuple[int, int]:
    """Return the length of most bars, and the pulse of the first bar line after an upbeat, 0 without one.

    Transcribers leave out bar lines: two bars in one are no change of metre. Raises RefusedError if the metre changes.
    """
    starts = [*(metre.pulse for metre in metres[1:]), end]
    spans = [(metre.bar_pulses, stop - metre.pulse) for metre, stop in zip(metres, starts, strict=True)]
    bar = max({bar for bar, _ in spans}, key=lambda bar: sum(span for own, span in spans if own == bar))
    first = spans[0][1] if len(spans) > 1 and spans[0][1] < bar else 0
    if any(span % bar for _, span in spans[bool(first) : -1]):
        raise RefusedError("changes its metre")
    while bar > PULSES_PER_BAR and bar % (2 * PULSES_PER_BEAT) == 0:
        bar //= 2  # 6/4 as two bars of 3/4
    if bar > _LONGEST_BAR:
        raise RefusedError("has no regular bars")
    return bar, first % bar


def _voiced(music: Music, parts: Sequence[Part], stretch: Stretch, *, is_line: bool) -> list[Note]:
    """Return the notes of the melodic voices from the start of the stretch, in the common key and their registers.

    A line has the key that its file states; the key of other music is estimated.
    """
    tracks = tracks_of(parts, stretch.start)
    pitched = [track for track in tracks if not track.is_drum]
    if not pitched:
        raise RefusedError("has no pitched notes")
    shift = _stated_shift(music, pitched) if is_line and music.keys else key_shift(pitched)
    found: dict[Voice, list[Note]] = {}
    for part, voicing in zip(parts, deal(tracks), strict=True):
        for sound, number in zip(part.notes, voicing.tolist(), strict=True):
            voice: Voice = "lead" if is_line and not part.is_drums else VOICES[number]
            at = sound.pulse - stretch.start
            found.setdefault(voice, []).append(
                Note(at, max(sound.length, 1), voice, sound.pitch + shift, sound.velocity)
            )
    return [note for voice in MELODIC_VOICES for note in _centred(found.get(voice, []), voice)]


def _stated_shift(music: Music, tracks: Sequence[Track]) -> int:
    """Return the shift from the tonic that the file states to C, or to A if the third above it is mostly minor.

    The Essen files state tonics: songs in minor have accidentals instead of a signature.
    """
    key = music.keys[0][1]
    tonic = 7 * key.sharps + (9 if key.is_minor else 0)
    classes = np.concatenate([(track.pitch - tonic) % 12 for track in tracks])
    is_minor = np.count_nonzero(classes == _MINOR_THIRD) > np.count_nonzero(classes == _MINOR_THIRD + 1)
    return (6 + (9 if is_minor else 0) - tonic) % 12 - 6


def _centred(notes: list[Note], voice: Voice) -> list[Note]:
    """Move a voice by whole octaves, so that its median is near that of its register."""
    if not notes:
        return []
    octaves = 12 * round((CENTRES[voice] - float(np.median([note.pitch for note in notes]))) / 12)
    return [note._replace(pitch=note.pitch + octaves) for note in notes if 0 <= note.pitch + octaves <= 127]


def without_long_rests(notes: list[Note], bar: int) -> list[Note]:
    """Leave out silent bars before the first note and all but the first of those in a row."""
    if not notes:
        return []
    last = min(notes[-1].pulse // bar + 1, _MOST_BARS)
    sounding = np.zeros(last + 1, bool)
    for note in notes:
        sounding[note.pulse // bar : min(-(-(note.pulse + note.length) // bar), last)] = True
    first = notes[0].pulse // bar
    removed, silent, gone = np.zeros(last + 1, int), 0, 0
    for number in range(last):
        silent = 0 if sounding[number] else silent + 1
        gone += number < first or silent > _SILENT_BARS_KEPT
        removed[number] = gone
    return [
        note._replace(pulse=note.pulse - int(removed[note.pulse // bar]) * bar)
        for note in notes
        if note.pulse // bar < last
    ]
