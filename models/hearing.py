"""Any music as the networks hear it: four voices in the common key, as tokens a tick."""

from typing import Final, NamedTuple

import numpy as np

from models.codecs.base import Tokens
from models.grid import Song
from models.notes import TICKS_PER_BAR
from models.voicing import key_shift, melody_tokens, percussion_tokens

MOST_BARS: Final = 4096


class TokenisedMusic(NamedTuple):
    """Music as tokens: (T, 10) and (T, 9) tokens, T whole bars; `shift` semitones led to the common key."""

    melody: Tokens
    percussion: Tokens
    shift: int

    @property
    def bars(self) -> int:
        """How many bars."""
        return len(self.melody) // TICKS_PER_BAR

    def part(self, first_bar: int, bars: int) -> "TokenisedMusic":
        """Those bars of it that there are."""
        ticks = slice(first_bar * TICKS_PER_BAR, (first_bar + bars) * TICKS_PER_BAR)
        return TokenisedMusic(self.melody[ticks], self.percussion[ticks], self.shift)

    def filled(self, bars: int) -> "TokenisedMusic":
        """Return the music repeated until it has at least `bars` bars."""
        times = -(-bars // self.bars)
        return TokenisedMusic(
            np.tile(self.melody, (times, 1)), np.tile(self.percussion, (times, 1)), self.shift
        )


def hear(song: Song) -> TokenisedMusic:
    """Return `song` as tokens from its first note's bar on. ValueError for no notes, and for too many bars."""
    if not song.ticks:
        raise ValueError("there are no notes")
    first = min(int(track.onset.min()) for track in song.tracks) // TICKS_PER_BAR * TICKS_PER_BAR
    ticks = -(-(song.ticks - first) // TICKS_PER_BAR) * TICKS_PER_BAR
    if ticks > MOST_BARS * TICKS_PER_BAR:
        raise ValueError(f"there are more than {MOST_BARS} bars")
    song = song._replace(tracks=tuple(track._replace(onset=track.onset - first) for track in song.tracks))
    shift = key_shift([track for track in song.tracks if not track.is_drum])
    return TokenisedMusic(melody_tokens(song, ticks), percussion_tokens(song, ticks), shift)
