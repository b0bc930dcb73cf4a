"""Read the part list of a MusicXML score: names, programs, channels, drums."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.etree.ElementTree import Element

from models.reading.drumkits import is_drum_name
from models.reading.notation.instruments import is_drum_set, program_named
from models.reading.notation.kit import drum_named
from models.reading.notation.texts import plain, whole

_DRUM_CHANNEL: Final = 10


@dataclass(frozen=True)
class Sounding:
    """An instrument of a part. `drum` is the drum that its unpitched notes play, or None if it is not known.

    `is_unpitched` means that the score states the drum; otherwise `drum` comes from the name.
    """

    name: str
    channel: int | None
    program: int
    drum: int | None
    is_unpitched: bool = False


@dataclass(frozen=True)
class Listed:
    """A part: its name, and its instruments by id."""

    name: str
    instruments: Mapping[str, Sounding] = field(default_factory=dict)

    @property
    def first(self) -> Sounding:
        """The instrument of notes that name no instrument."""
        return next(
            iter(self.instruments.values()), Sounding(self.name, None, program_named(self.name), None)
        )

    @property
    def is_percussion(self) -> bool:
        """Whether pitched notes are drums too: the part has a drum name, or plays on channel 10."""
        return is_drum_name(self.name) or any(
            each.channel == _DRUM_CHANNEL for each in self.instruments.values()
        )

    @property
    def is_drum_set(self) -> bool:
        """Whether the part's name is one of percussion without pitch."""
        return is_drum_set(self.name)


def listed(part_list: Element) -> dict[str, Listed]:
    """Return the parts of a score by id."""
    return {part.get("id", ""): _listed(part) for part in part_list.iter("score-part")}


def _listed(part: Element) -> Listed:
    name = plain(part.findtext("part-name")) or plain(part.findtext("part-abbreviation"))
    midi = {each.get("id", ""): each for each in part.findall("midi-instrument")}
    named = {each.get("id", ""): each for each in part.findall("score-instrument")}
    return Listed(
        name,
        {key: _sounding(name, named.get(key), midi.get(key)) for key in dict.fromkeys([*named, *midi])},
    )


def _sounding(part_name: str, named: Element | None, midi: Element | None) -> Sounding:
    name = sound = ""
    if named is not None:
        name = plain(named.findtext("instrument-name"))
        sound = (named.findtext("instrument-sound") or "").replace(".", " ").replace("-", " ")
    channel = program = drum = None
    if midi is not None:
        channel = whole(midi.findtext("midi-channel"), 1, 16)
        program = whole(midi.findtext("midi-program"), 1, 128)
        drum = whole(midi.findtext("midi-unpitched"), 1, 128)
    if program is None:
        program = program_named(name, sound, part_name) + 1
    by_name = drum_named(name)
    if by_name is None:
        by_name = drum_named(sound)
    return Sounding(name, channel, program - 1, by_name if drum is None else drum - 1, drum is not None)
