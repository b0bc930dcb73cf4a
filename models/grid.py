"""Music on the sixteenth grid, in bars of 4/4."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.music import Metre, Music, Part, Sound
from models.notes import PULSES_PER_BAR, PULSES_PER_BEAT, PULSES_PER_TICK, VOICES
from models.take import Take

# Bars of these lengths in beats can be combined into, or split into, bars of four beats.
_BINARY_BEATS: Final = (1, 2, 4, 8, 16)
# An onset is on the grid if it is at most this far from a sixteenth, in ticks.
_NEAR_TICKS: Final = 0.125

Rows = NDArray[np.int64]


class Track(NamedTuple):
    """Notes of one instrument as arrays of equal length.

    `onset` and `length` are whole ticks; `pitch` and `velocity` are MIDI numbers; `late` is the time from the tick to
    the note's real beginning, in ticks (-0.5..0.5).
    """

    name: str
    is_drum: bool
    onset: Rows
    length: Rows
    pitch: Rows
    velocity: Rows
    late: NDArray[np.float64]

    def only(self, keep: NDArray[np.bool_]) -> "Track":
        """Return the track with only the notes marked in `keep`."""
        onset, length, pitch, velocity = (column[keep] for column in self[2:6])
        return Track(self.name, self.is_drum, onset, length, pitch, velocity, self.late[keep])


class Song(NamedTuple):
    """Music on the grid. If the music has other metres than 4/4, only its longest stretch in 4/4, and `whole` is False.

    Tick 0 is the pulse `start` of the music.
    """

    tracks: tuple[Track, ...]
    whole: bool = True
    start: int = 0

    @property
    def residual(self) -> NDArray[np.float64]:
        """The distance of each onset from the grid before it was moved, in ticks."""
        late: NDArray[np.float64] = np.concatenate([track.late for track in self.tracks])
        return np.abs(late)

    @property
    def on_grid(self) -> float:
        """The share of onsets that were on a sixteenth before they were moved."""
        return float((self.residual <= _NEAR_TICKS).mean())

    @property
    def ticks(self) -> int:
        """The number of ticks up to and including the last onset."""
        return max((int(track.onset.max()) + 1 for track in self.tracks), default=0)


class Stretch(NamedTuple):
    """The pulses from `start` to `stop`, which can be counted in bars of 4/4 from `start` on."""

    start: int
    stop: int

    @property
    def pulses(self) -> int:
        """The length."""
        return self.stop - self.start


def in_four(metres: Sequence[Metre], end_pulse: int) -> Stretch | None:
    """Return the longest stretch in 4/4 before `end_pulse`, or None if there is none."""
    stops = [*(min(metre.pulse, end_pulse) for metre in metres[1:]), end_pulse]
    stretches: list[Stretch] = []
    for metre, stop in zip(metres, stops, strict=True):
        if metre.bar_pulses / PULSES_PER_BEAT not in _BINARY_BEATS or stop <= metre.pulse:
            continue
        before = stretches[-1] if stretches else None
        if before and before.stop == metre.pulse and before.pulses % PULSES_PER_BAR == 0:
            stretches[-1] = before._replace(stop=stop)
        else:
            stretches.append(Stretch(metre.pulse, stop))
    return max(stretches, key=lambda stretch: stretch.pulses, default=None)


def on_grid(music: Music, *, any_metre: bool = False) -> Song:
    """Move every note to its nearest sixteenth. Music without a stretch in 4/4 gives a song without tracks.

    With `any_metre`, such music is counted in bars of four beats from its beginning instead.
    """
    parts = [part for part in music.without_effects().parts if part.notes]
    end = max((part.notes[-1].pulse for part in parts), default=0) + PULSES_PER_TICK
    stretch = in_four(music.metres, end)
    if stretch is None:
        if not any_metre:
            return Song(())
        stretch = Stretch(0, end)
    tracks = [_within(track, stretch) for track in tracks_of(parts, stretch.start)]
    return Song(tuple(track for track in tracks if len(track.onset)), stretch.pulses >= end, stretch.start)


def tracks_of(parts: Sequence[Part], start: int = 0) -> list[Track]:
    """Return a track for each part that has notes, with onsets counted from the pulse `start`."""
    return [_track(part, start) for part in parts if part.notes]


def _track(part: Part, start: int) -> Track:
    pulse, length, pitch, velocity = np.array(part.notes, dtype=np.int64).T
    exact = (pulse - start) / PULSES_PER_TICK
    onset = np.round(exact).astype(np.int64)
    ticks = np.maximum(np.round(length / PULSES_PER_TICK), 1).astype(np.int64)
    return Track(part.name, part.is_drums, onset, ticks, pitch, velocity, exact - onset)


def _within(track: Track, stretch: Stretch) -> Track:
    ticks = round(stretch.pulses / PULSES_PER_TICK)
    return track.only((track.onset >= 0) & (track.onset < ticks))


def song_of_take(take: Take) -> Song:
    """Return a take on the grid, with a track for each voice that has notes."""
    notes = {voice: [note for note in take.notes if note.voice == voice] for voice in VOICES}
    parts = [
        Part(
            voice,
            1,
            0,
            tuple(Sound(n.pulse, n.length, n.pitch, n.velocity) for n in own),
            (),
            voice == "drums",
        )
        for voice, own in notes.items()
    ]
    return Song(tuple(tracks_of(parts)))
