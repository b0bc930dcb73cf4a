"""Play parts into tracks, each with its own synthesiser."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from exporters.loudness import RATE
from exporters.studio.produce import Producer
from exporters.synthesiser import Synthesiser
from exporters.tracks import BLOCK, Track
from models.music import Music, Part
from models.notes import CHANNELS

Advance = Callable[[int], None]

_FADE_SECONDS: Final = 0.01
_LOOP_TAIL_SECONDS: Final = 4.0
_NOTHING: Final = 1e-6  # -120 dB, the level of a reverb's noise without sound


class Sounding(NamedTuple):
    """How music is played: FluidSynth plays `font`, or the built-in synthesiser plays if it is None.

    After the end, notes ring for `tail_seconds`. In a loop they ring into its beginning instead. If it is produced, the
    instruments of the panel play instead; all parts must be voices of edmd, or its effects.
    """

    font: Path | None
    tail_seconds: float = 0.0
    is_loop: bool = False
    is_produced: bool = False


def samples_of(music: Music, sounding: Sounding) -> int:
    """Return the number of samples to play, with the ringing after the end."""
    tail = _LOOP_TAIL_SECONDS if sounding.is_loop else sounding.tail_seconds
    return round(music.seconds * RATE) + round(tail * RATE)


def play(music: Music, sounding: Sounding, tracks: Sequence[Track], advance: Advance) -> None:
    """Play each part into its track, or all into one track if there is only one.

    `advance` is called with the number of samples just played.
    """
    producer = Producer(music) if sounding.is_produced else None
    for number, part in enumerate(music.parts):
        track = tracks[number % len(tracks)]
        if producer is not None:
            producer.play(part, track, advance)
        else:
            _play_part(part, music, sounding.font, track, advance)
    for track in tracks:
        if sounding.is_loop:
            track.fold(round(music.seconds * RATE))
        else:
            track.fade_out(round(_FADE_SECONDS * RATE))


def _play_part(part: Part, music: Music, font: Path | None, track: Track, advance: Advance) -> None:
    synthesiser = _synthesiser(font)
    try:
        at = 0
        for sample, message in _timed(part, music):
            at = _play_until(min(sample, track.length), at, track, synthesiser, advance)
            synthesiser.send(message)
        _play_until(track.length, at, track, synthesiser, advance)
    finally:
        synthesiser.close()


def _synthesiser(font: Path | None) -> Synthesiser:
    """Return a new synthesiser. Each kind is imported only when used, because the other may not be installed."""
    if font is None:
        from exporters.builtin import BuiltIn  # noqa: PLC0415

        return BuiltIn(RATE)
    from exporters.fluid import FluidSynth  # noqa: PLC0415

    return FluidSynth(font, RATE)


def _play_until(end: int, at: int, track: Track, synthesiser: Synthesiser, advance: Advance) -> int:
    while at < end:
        count = min(end - at, BLOCK)
        samples = synthesiser.play(count)
        if np.abs(samples).max() > _NOTHING:
            track.add(at, samples)
        at += count
        advance(count)
    return at


def _timed(part: Part, music: Music) -> list[tuple[int, bytes]]:
    """Return the part's messages with their sample positions. Drums always use the drum channel."""
    channel = CHANNELS["drums"] - 1 if part.is_drums else 0
    messages = [(0, 0, bytes((0xC0, part.program)))]
    messages += [(pulse, 0, message) for pulse, message in part.controls]
    for pulse, length, pitch, velocity in part.notes:
        messages.append((pulse, 2, bytes((0x90, pitch, velocity))))
        messages.append((pulse + length, 1, bytes((0x80, pitch, 0))))
    messages.sort(key=lambda each: each[:2])
    pulses, seconds = zip(*music.tempo_map(), strict=True)
    messages = list(_without_cuts(messages))
    samples = np.rint(np.interp([pulse for pulse, _, _ in messages], pulses, seconds) * RATE)
    return [
        (int(sample), bytes((message[0] & 0xF0 | channel,)) + message[1:])
        for sample, (_, _, message) in zip(samples, messages, strict=True)
    ]


def _without_cuts(messages: Sequence[tuple[int, int, bytes]]) -> Iterator[tuple[int, int, bytes]]:
    """Leave out note-offs while another note of the same pitch sounds, because a note-off would end both."""
    sounding: Counter[int] = Counter()
    for each in messages:
        status, pitch = each[2][0] & 0xF0, each[2][1]
        if status == 0x80:
            sounding[pitch] -= 1
        elif status == 0x90:
            sounding[pitch] += 1
        if status != 0x80 or sounding[pitch] == 0:
            yield each
