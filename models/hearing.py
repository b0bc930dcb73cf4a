"""Turn any music into the tokens that the networks read: four voices in the common key."""

from typing import Final, NamedTuple

import numpy as np

from models.codecs.base import Tokens
from models.grid import Song
from models.notes import TICKS_PER_BAR
from models.voicing import key_shift, melody_tokens, percussion_tokens

MOST_BARS: Final = 4096


class TokenisedMusic(NamedTuple):
    """Music as tokens (T, 10) and (T, 9), in whole bars. It was transposed by `shift` semitones to the common key."""

    melody: Tokens
    percussion: Tokens
    shift: int

    @property
    def bars(self) -> int:
        """The number of bars."""
        return len(self.melody) // TICKS_PER_BAR

    def part(self, first_bar: int, bars: int) -> "TokenisedMusic":
        """Return up to `bars` bars from `first_bar` on; fewer if the music ends before."""
        ticks = slice(first_bar * TICKS_PER_BAR, (first_bar + bars) * TICKS_PER_BAR)
        return TokenisedMusic(self.melody[ticks], self.percussion[ticks], self.shift)

    def filled(self, bars: int) -> "TokenisedMusic":
        """Return the music repeated until it has at least `bars` bars."""
        times = -(-bars // self.bars)
        return TokenisedMusic(
            np.tile(self.melody, (times, 1)), np.tile(self.percussion, (times, 1)), self.shift
        )


def hear(song: Song) -> TokenisedMusic:
    """Return `song` as tokens, from the bar of its first note on.

    Raises ValueError if there are no notes, or more than 4096 bars.
    """
    if not song.ticks:
        raise ValueError("there are no notes")
    first = min(int(track.onset.min()) for track in song.tracks) // TICKS_PER_BAR * TICKS_PER_BAR
    ticks = -(-(song.ticks - first) // TICKS_PER_BAR) * TICKS_PER_BAR
    if ticks > MOST_BARS * TICKS_PER_BAR:
        raise ValueError(f"there are more than {MOST_BARS} bars")
    song = song._replace(tracks=tuple(track._replace(onset=track.onset - first) for track in song.tracks))
    shift = key_shift([track for track in song.tracks if not track.is_drum])
    return TokenisedMusic(melody_tokens(song, ticks), percussion_tokens(song, ticks), shift)
