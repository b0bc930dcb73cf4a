"""Write a standard MIDI file of type 1: a named track for each part, tempo map, metres, keys, markers, exact pulses."""

import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import mido

from exporters.barlines import writable
from exporters.channels import Place, places
from exporters.music import of_take
from exporters.writing import place_bytes, writing
from models.music import Metre, Music, Part
from models.notes import PULSES_PER_BEAT
from models.take import Key, Take

# mido's names of key signatures, from seven flats to seven sharps.
_MAJORS: Final = ("Cb", "Gb", "Db", "Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#", "C#")
_MOST_BEATS: Final = 255
_MOST_MICROSECONDS: Final = 2**24 - 1
_MOST_PORTS: Final = 127
_MINORS: Final = tuple(f"{tonic}m" for tonic in (*_MAJORS[3:], "G#", "D#", "A#"))


def write_midi(take: Take, path: Path) -> None:
    """Write a take, completely or not at all. Raises WriteError if the file cannot be written."""
    with writing(path) as partial:
        partial.write_bytes(midi_bytes(take))


def write_new_midi(take: Take, path: Path) -> None:
    """Write a take to a new file, completely or not at all.

    Raises TakenError if the file exists, and WriteError if it cannot be written.
    """
    place_bytes(path, midi_bytes(take))


def midi_bytes(take: Take) -> bytes:
    """Return the content of a MIDI file. The same take gives the same bytes."""
    return file_bytes(of_take(take))


def file_bytes(music: Music) -> bytes:
    """Return the content of a MIDI file. The same music gives the same bytes."""
    tracks = [
        _conductor(music),
        *(_track(part, place) for part, place in zip(music.parts, places(music.parts), strict=True)),
    ]
    header = struct.pack(">4sIHHH", b"MThd", 6, 1, len(tracks), PULSES_PER_BEAT)
    return header + b"".join(struct.pack(">4sI", b"MTrk", len(track)) + track for track in tracks)


def key_name(key: Key) -> str:
    """Return a key signature's name, such as Eb or F#m."""
    return (_MINORS if key.is_minor else _MAJORS)[key.sharps + len(_MAJORS) // 2]


def key_named(name: str) -> Key:
    """Return the key signature with this name. Raises ValueError for an unknown name."""
    is_minor = name.endswith("m")
    return Key((_MINORS if is_minor else _MAJORS).index(name) - len(_MAJORS) // 2, is_minor)


def _conductor(music: Music) -> bytes:
    events: list[tuple[int, mido.MetaMessage]] = [
        (0, mido.MetaMessage("track_name", name=_text(music.title))),
        *((metre.pulse, _time_signature(metre)) for metre in music.metres),
        *((pulse, mido.MetaMessage("key_signature", key=key_name(key))) for pulse, key in music.keys),
        *((pulse, _set_tempo(tempo)) for pulse, tempo in music.tempos),
        *((pulse, mido.MetaMessage("marker", text=_text(text))) for pulse, text in music.markers),
    ]
    events.sort(key=lambda event: event[0])
    # The end of this track is the end of the music, rests included.
    end = max(music.end_pulse, events[-1][0])
    return _meta_bytes([*events, (end, mido.MetaMessage("end_of_track"))])


def _time_signature(metre: Metre) -> mido.MetaMessage:
    """Return a metre as a MIDI message: the unit is a power of two, and one byte holds the beats."""
    _, beats, unit = writable(metre)
    while beats > _MOST_BEATS and beats % 2 == 0 and unit > 1:
        beats, unit = beats // 2, unit // 2
    return mido.MetaMessage("time_signature", numerator=min(beats, _MOST_BEATS), denominator=unit)


def _set_tempo(tempo: float) -> mido.MetaMessage:
    """Return a tempo as a MIDI message. Three bytes hold the microseconds of a beat, so 3.6 BPM is the slowest."""
    return mido.MetaMessage("set_tempo", tempo=min(max(mido.bpm2tempo(tempo), 1), _MOST_MICROSECONDS))


def _text(text: str) -> str:
    """Replace halves of surrogate pairs, which UTF-8 cannot encode, by question marks."""
    return text.encode("utf-8", "replace").decode()


def _meta_bytes(events: Iterable[tuple[int, mido.MetaMessage]]) -> bytes:
    data, before = bytearray(), 0
    with mido.midifiles.meta.meta_charset("utf-8"):
        for pulse, message in events:
            data += _variable(pulse - before) + bytes(message.bytes())
            before = pulse
    return bytes(data)


def _track(part: Part, place: Place) -> bytes:
    """Return a part's track, written directly as bytes, because hours of music have too many messages for objects."""
    events = [(0, mido.MetaMessage("track_name", name=_text(part.name)))]
    if place.port:
        events.append((0, mido.MetaMessage("midi_port", port=min(place.port, _MOST_PORTS))))
    data = bytearray(_meta_bytes(events))
    before, status_before = 0, 0
    for pulse, message in _messages(part, place):
        data += _variable(pulse - before)
        before = pulse
        # Running status: a status byte is written only when it changes.
        data += message if message[0] != status_before else message[1:]
        status_before = message[0]
    return bytes(data) + b"\x00\xff\x2f\x00"


def _messages(part: Part, place: Place) -> list[tuple[int, bytes]]:
    """Return all messages of a part in order. At one pulse: programs and controls, then note-offs, then note-ons."""
    on, off = 0x90 | part.channel - 1, 0x80 | part.channel - 1
    keyed = [(pulse, 0, message) for pulse, message in place.messages]
    for pulse, length, pitch, velocity in part.notes:
        keyed.append((pulse, 2, bytes((on, pitch, velocity))))
        keyed.append((pulse + max(length, 1), 1, bytes((off, pitch, 0))))
    keyed.sort(key=lambda each: each[:2])
    return [(pulse, message) for pulse, _, message in keyed]


def _variable(value: int) -> bytes:
    """Return a delta time: seven bits in each byte, with the high bit set in all but the last. ValueError below 0."""
    if value < 0x80:
        return bytes((value,))
    data = [value & 0x7F]
    while value := value >> 7:
        data.append(value & 0x7F | 0x80)
    return bytes(reversed(data))
