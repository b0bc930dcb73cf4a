"""Read ABC's playback directives: program, channel, transposition, drums."""

import re
from typing import Final

from models.reading.abc.voice import NOTE, Voice, spell
from models.reading.notation.kit import drum_named

_DRUM_CHANNEL: Final = 10


def read_midi(voice: Voice, text: str) -> None:
    """Apply a directive such as `MIDI program 40` or `percmap` to a voice. Others are ignored."""
    words = text.replace("=", " ").split()[:8]
    if len(words) < 2:
        return
    numbers = [int(word) for word in words if re.fullmatch(r"[+-]?\d{1,3}", word)]
    kind = words[1].lower() if words[0].upper() == "MIDI" else words[0].lower()
    if kind == "program" and numbers and 0 <= numbers[-1] <= 127:
        voice.set_program(numbers[-1])
    elif kind == "channel" and numbers and 1 <= numbers[0] <= 16:
        voice.staff.channel = numbers[0]
        voice.staff.is_drums |= numbers[0] == _DRUM_CHANNEL
    elif kind == "transpose" and numbers:
        voice.midi_semitones = numbers[0]
    elif kind in {"drummap", "percmap"}:
        at = words.index(words[1] if kind == "drummap" else words[0]) + 1
        _map_drum(voice, words[at:])


def _map_drum(voice: Voice, words: list[str]) -> None:
    """Apply `drummap ^g 42`, or `percmap D pedal-hi-hat`."""
    found = NOTE.match(words[0]) if len(words) > 1 else None
    if found is None:
        return
    pitch = int(words[1]) if re.fullmatch(r"\d{1,3}", words[1]) else drum_named(words[1].replace("-", " "))
    if pitch is not None and 0 <= pitch <= 127:
        voice.drums[spell(found)] = pitch
