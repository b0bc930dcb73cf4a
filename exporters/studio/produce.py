"""Play edmd's own music with the instruments of the panel, each voice into a track, block by block."""

import bisect
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

import numpy as np

from exporters.loudness import RATE
from exporters.studio.drums import drum_of, rate_of, root_of
from exporters.studio.filters import Stereo
from exporters.studio.notes import played_at, tone_note
from exporters.studio.riser import riser
from exporters.studio.sounds import Sounds, sounds
from exporters.studio.sources import hit
from exporters.studio.strip import BLOCK, Channel, gain_of
from exporters.tracks import Track
from models.effects import EFFECTS, FILTER, IMPACT
from models.music import Music, Part

Advance = Callable[[int], None]
_CHOKE: Final = 0.02  # the time constant with which a closed hat ends an open one, in seconds
_A_MINOR: Final = 9


class Played(NamedTuple):
    """Sound that begins at a sample."""

    start: int
    sound: Stereo


class Producer:
    """Plays the parts of one piece of music."""

    def __init__(self, music: Music) -> None:
        self._music = music
        self._sounds: Sounds = sounds()
        programs = {part.name: part.program for part in music.parts if part.name != EFFECTS}
        self._genre = self._sounds.genre_of(programs)
        self._tempo = music.tempos[0][1] if music.tempos else 120.0
        pulses, seconds = zip(*music.tempo_map(), strict=True)
        self._pulses, self._seconds = np.array(pulses, float), np.array(seconds, float)
        self._kicks = [
            (self._at(note.pulse), (note.velocity / 127) ** 2)
            for part in music.parts
            if part.is_drums
            for note in part.notes
            if drum_of(note.pitch) == "kick"
        ]

    def play(self, part: Part, track: Track, advance: Advance) -> None:
        """Add a part, as it is in the mix, to a track. `advance` is called with the number of samples just played."""
        strip = self._sounds.strip(self._genre, part.name)
        sweeps = [
            (self._at(pulse), message[2])
            for pulse, message in part.controls
            if message[0] & 0xF0 == 0xB0 and message[1] == FILTER
        ]
        channel = Channel(strip, self._sounds.space, self._tempo, self._kicks, sweeps)
        kinds = {"drums": self._drums, EFFECTS: self._effects}
        pieces = kinds.get(part.name, self._tones)(part)
        sounding: list[Played] = []
        waiting = next(pieces, None)
        for start in range(0, track.length, BLOCK):
            end = min(start + BLOCK, track.length)
            while waiting is not None and waiting.start < end:
                sounding.append(waiting)
                waiting = next(pieces, None)
            track.add(start, channel.process(_mixed(sounding, start, end)).T)
            sounding = [each for each in sounding if each.start + each.sound.shape[1] > end]
            advance(end - start)

    def _at(self, pulse: int) -> float:
        """Return the time of a pulse. After the end, the last tempo goes on."""
        if pulse <= self._pulses[-1]:
            return float(np.interp(pulse, self._pulses, self._seconds))
        tempo = self._music.tempos[-1][1] if self._music.tempos else 120.0
        return float(self._seconds[-1] + (pulse - self._pulses[-1]) / 480 * 60 / tempo)

    def _tones(self, part: Part) -> Iterator[Played]:
        strip = self._sounds.strip(self._genre, part.name)
        tone = self._sounds.tones[strip.tone]
        for note in part.notes:
            at = self._at(note.pulse)
            held = self._at(note.pulse + note.length) - at
            yield Played(
                round(at * RATE), tone_note(tone, note.pitch, note.velocity / 127, held, self._tempo)
            )

    def _drums(self, part: Part) -> Iterator[Played]:
        kit = self._sounds.kit(self._sounds.strip(self._genre, "drums").kit)
        closed = [self._at(n.pulse) for n in part.notes if drum_of(n.pitch) == "closed hat"]
        for note in part.notes:
            drum, at = drum_of(note.pitch), self._at(note.pulse)
            sound = played_at(hit(kit[drum]), rate_of(drum, note.pitch, self._root(note.pulse)))
            sound = sound * np.float32(gain_of(self._sounds.levels[drum]) * (note.velocity / 127) ** 2)
            if drum == "open hat":
                sound = _choked(sound, at, closed)
            yield Played(round(at * RATE), sound)

    def _effects(self, part: Part) -> Iterator[Played]:
        impact = hit(self._sounds.hits["impact"])
        for note in part.notes:
            at = self._at(note.pulse)
            if note.pitch == IMPACT.pitch:
                yield Played(round(at * RATE), impact * np.float32((note.velocity / 127) ** 2))
                continue
            end = self._at(note.pulse + note.length)
            heights = _heights(part, note.pulse, note.pulse + note.length)
            steps = [(self._at(pulse) - at, height) for pulse, height in heights]
            yield Played(round(at * RATE), riser(self._sounds.riser, steps, end - at))

    def _root(self, pulse: int) -> int:
        keys = self._music.keys
        number = bisect.bisect_right([at for at, _ in keys], pulse) - 1
        return root_of(keys[max(number, 0)][1]) if keys else _A_MINOR


def _heights(part: Part, start: int, end: int) -> list[tuple[int, int]]:
    """Return (pulse, height) of a riser's note, from the controller for expression."""
    steps = [
        (max(pulse, start), message[2])
        for pulse, message in part.controls
        if message[0] & 0xF0 == 0xB0 and message[1] == 11 and pulse < end
    ]
    before = [height for pulse, height in steps if pulse <= start]
    return [(start, before[-1] if before else 127), *((p, h) for p, h in steps if p > start)]


def _choked(sound: Stereo, at: float, closed: Sequence[float]) -> Stereo:
    """Let the first closed hat after `at` end an open one."""
    number = bisect.bisect_right(closed, at)
    if number == len(closed):
        return sound
    late = np.maximum(np.arange(sound.shape[1]) / RATE - (closed[number] - at), 0)
    return sound * np.exp(-late / _CHOKE).astype(np.float32)


def _mixed(sounding: Sequence[Played], start: int, end: int) -> Stereo:
    mix = np.zeros((2, end - start), np.float32)
    for each in sounding:
        first, last = max(each.start, start), min(each.start + each.sound.shape[1], end)
        if first < last:
            mix[:, first - start : last - start] += each.sound[:, first - each.start : last - each.start]
    return mix
