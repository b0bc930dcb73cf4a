"""A MIDI file as music that can be exported: every track and channel a part, to the pulse."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

import mido

from exporters.midi import key_named
from models.midifile import open_midi
from models.music import Metre, Music, Part, Sound
from models.notes import CHANNELS, PULSES_PER_BEAT, PULSES_PER_TICK

Value = TypeVar("Value")

_TOLD: Final = ("set_tempo", "time_signature", "key_signature", "marker")
_CONTROLS: Final = {"control_change", "program_change", "pitchwheel", "aftertouch", "polytouch"}
_COMMON_TIME: Final = Metre(0, 4, 4)
# As many as `edmd render` writes. A file of a few bytes can say that it lasts for years.
_MOST_BARS: Final = 100_000


class ReadError(Exception):
    """The file cannot be read as music; the text names it and says why."""


@dataclass
class _Player:
    """What one channel of a track has played so far."""

    notes: list[Sound] = field(default_factory=list)
    controls: list[tuple[int, bytes]] = field(default_factory=list)
    sounding: dict[int, tuple[int, int]] = field(default_factory=dict)
    program: int | None = None

    def hear(self, pulse: int, message: Any) -> None:
        """Take in one message of the channel."""
        if message.type == "program_change" and self.program is None:
            self.program = message.program
        elif message.type in _CONTROLS:
            self.controls.append((pulse, bytes(message.bytes())))
        elif message.type in {"note_on", "note_off"}:
            self.end(message.note, pulse)
            if message.type == "note_on" and message.velocity:
                self.sounding[message.note] = pulse, message.velocity

    def end(self, pitch: int, pulse: int) -> None:
        """End a sounding note."""
        if pitch in self.sounding:
            begun, velocity = self.sounding.pop(pitch)
            self.notes.append(Sound(begun, max(pulse - begun, 1), pitch, velocity))


def read_midi(path: Path) -> Music:
    """Read a standard MIDI file of type 0 or 1; ReadError for what is none, or has no notes."""
    try:
        file = open_midi(path, "utf-8")
    except OSError as error:
        raise ReadError(f"cannot read {path}: {error.strerror or 'it is no MIDI file'}") from error
    except Exception:  # noqa: BLE001 - mido raises whatever its reading of strange bytes meets
        file = _read_latin(path)
    if file.ticks_per_beat <= 0 or file.type == 2:
        raise ReadError(f"cannot read {path}: it counts no beats")
    tracks = [list(_timed(track, file.ticks_per_beat)) for track in file.tracks]
    parts = tuple(part for track in tracks for part in _parts(track))
    if not parts:
        raise ReadError(f"cannot read {path}: it has no notes")
    music = _music(
        _title(tracks) or _printable(path.stem), parts, [event for track in tracks for event in track]
    )
    if music.bars > _MOST_BARS:
        raise ReadError(f"cannot read {path}: it has {music.bars:,} bars; {_MOST_BARS:,} are read")
    return music


def _read_latin(path: Path) -> mido.MidiFile:
    try:
        return open_midi(path)
    except Exception as error:
        raise ReadError(f"cannot read {path}: it is no MIDI file") from error


def _timed(track: Iterable[Any], ticks_per_beat: int) -> Iterable[tuple[int, Any]]:
    now = 0
    for message in track:
        now += message.time
        yield round(now * PULSES_PER_BEAT / ticks_per_beat), message


def _parts(track: list[tuple[int, Any]]) -> list[Part]:
    players: dict[int, _Player] = {}
    for pulse, message in track:
        if not message.is_meta and hasattr(message, "channel"):
            players.setdefault(message.channel, _Player()).hear(pulse, message)
    for player in players.values():
        for pitch in list(player.sounding):
            player.end(pitch, track[-1][0])
    name = _name(track)
    return [
        Part(
            name or f"channel {channel + 1}",
            channel + 1,
            player.program or 0,
            tuple(sorted(player.notes)),
            tuple(player.controls),
            channel + 1 == CHANNELS["drums"] or name.lower() == "drums",
        )
        for channel, player in players.items()
        if player.notes
    ]


def _name(track: list[tuple[int, Any]]) -> str:
    names = (_printable(message.name) for _, message in track if message.type == "track_name")
    return next(names, "")


def _printable(text: str) -> str:
    """Words as they can be written anywhere: XML knows no control characters, UTF-8 no halves of surrogates."""
    return "".join(each for each in text if each.isprintable()).strip()


def _title(tracks: list[list[tuple[int, Any]]]) -> str:
    """In a file of several tracks, the first one's name is the title where it plays nothing."""
    conducts = len(tracks) > 1 and not any(message.type == "note_on" for _, message in tracks[0])
    return _name(tracks[0]) if conducts else ""


def _music(title: str, parts: tuple[Part, ...], events: list[tuple[int, Any]]) -> Music:
    events.sort(key=lambda event: event[0])
    told: dict[str, list[tuple[int, Any]]] = {kind: [] for kind in _TOLD}
    for pulse, message in events:
        if message.type in told:
            told[message.type].append((pulse, message))
    # No time a beat and no length a bar are nothing that can be played.
    tempos = ((at, mido.tempo2bpm(message.tempo)) for at, message in told["set_tempo"] if message.tempo)
    metres = [Metre(at, message.numerator, message.denominator) for at, message in told["time_signature"]]
    return Music(
        title,
        parts,
        tuple(tempos),
        tuple((at, _printable(message.text)) for at, message in told["marker"]),
        events[-1][0],
        _on_bar_lines((each for each in metres if each.bar_pulses >= PULSES_PER_TICK), events[-1][0]),
        _changes((at, key_named(message.key)) for at, message in told["key_signature"] if message.key),
    )


def _changes(entries: Iterable[tuple[int, Value]]) -> tuple[tuple[int, Value], ...]:
    """The last word of each pulse, where it is another than the one before: every track may say the same."""
    last = dict(entries)
    values = list(last.values())
    return tuple(
        each for each, before in zip(last.items(), [None, *values], strict=False) if each[1] != before
    )


def _on_bar_lines(metres: Iterable[Metre], end: int) -> tuple[Metre, ...]:
    """Time signatures that begin where a bar does; common time until the first."""
    kept = [_COMMON_TIME]
    for metre in metres:
        before = kept[-1]
        bars = round((metre.pulse - before.pulse) / before.bar_pulses)
        if bars == 0:
            kept.pop()
        if metre[1:] != before[1:] or bars == 0:
            kept.append(metre._replace(pulse=before.pulse + bars * before.bar_pulses))
    return tuple(each for each in kept if not each.pulse or each.pulse <= end)
