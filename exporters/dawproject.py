"""Write music as a DAWproject: a track for each part, a clip for each section, markers, tempo and metre.

The format is open (github.com/bitwig/dawproject, version 1.0): a zip with `project.xml` and `metadata.xml`. Times are
beats.
"""

import io
import re
import zipfile
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from models.music import Music, Part
from models.notes import PULSES_PER_BEAT

_VERSION: Final = "1.0"
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_USUAL_TEMPO: Final = 120.0
_CONTROL_CHANGE: Final = 0xB0
_HIGHEST: Final = 127
# Characters that XML cannot contain.
_IMPOSSIBLE: Final = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MASTER, _TEMPO, _METRE = "master", "tempo", "metre"


class Span(NamedTuple):
    """A section: its name, and its pulses."""

    name: str
    start: int
    end: int


def dawproject(music: Music) -> bytes:
    """Return the content of a `.dawproject` file. The same music gives the same bytes."""
    files = {"project.xml": _project(music), "metadata.xml": _metadata(music)}
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, root in files.items():
            indent(root)
            document = tostring(root, encoding="UTF-8", xml_declaration=True)
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), document, zipfile.ZIP_DEFLATED)
    return content.getvalue()


def spans_of(music: Music) -> list[Span]:
    """Return the sections between the markers; music before the first marker is one without a name."""
    named = {pulse: text for pulse, text in music.markers if pulse < music.end_pulse}
    starts = sorted({0, *named})
    return [
        Span(named.get(start, ""), start, end) for start, end in pairwise([*starts, max(music.end_pulse, 1)])
    ]


def _project(music: Music) -> Element:
    root = Element("Project", version=_VERSION)
    SubElement(root, "Application", name="edmd", version=_VERSION)
    tempo, metre = music.tempos[0][1] if music.tempos else _USUAL_TEMPO, music.metres[0]
    transport = SubElement(root, "Transport")
    SubElement(transport, "Tempo", id=_TEMPO, name="Tempo", unit="bpm", value=_number(tempo))
    facts = {"numerator": str(metre.beats), "denominator": str(metre.unit)}
    SubElement(transport, "TimeSignature", {"id": _METRE, **facts})
    structure = SubElement(root, "Structure")
    for index, part in enumerate(music.parts):
        _add_track(structure, f"track-{index}", part.name, "notes", "regular")
    _add_track(structure, _MASTER, "Master", "audio notes", _MASTER)
    _add_arrangement(root, music)
    SubElement(root, "Scenes")
    return root


def _add_track(structure: Element, track_id: str, name: str, content: str, role: str) -> None:
    track = SubElement(structure, "Track", id=track_id, name=_text(name), contentType=content, loaded="true")
    own = f"{track_id}-channel"
    to = {} if track_id == _MASTER else {"destination": f"{_MASTER}-channel"}
    facts = {"id": own, "role": role, "audioChannels": "2", "solo": "false", **to}
    channel = SubElement(track, "Channel", facts)
    SubElement(channel, "Mute", id=f"{own}-mute", name="Mute", value="false")
    level = {"min": "0", "max": "1", "unit": "normalized", "value": "0.5"}
    SubElement(channel, "Pan", {"id": f"{own}-pan", "name": "Pan", **level})
    level = {"min": "0", "max": "2", "unit": "linear", "value": "1"}
    SubElement(channel, "Volume", {"id": f"{own}-volume", "name": "Volume", **level})


def _add_arrangement(root: Element, music: Music) -> None:
    arrangement, spans = SubElement(root, "Arrangement", id="arrangement"), spans_of(music)
    lanes = SubElement(arrangement, "Lanes", id="lanes", timeUnit="beats")
    for index, part in enumerate(music.parts):
        lane = SubElement(lanes, "Lanes", id=f"lane-{index}", track=f"track-{index}")
        clips = SubElement(lane, "Clips", id=f"clips-{index}")
        for span in spans:
            _add_clip(clips, part, span)
    if named := [span for span in spans if span.name]:
        markers = SubElement(arrangement, "Markers", id="markers", timeUnit="beats")
        for span in named:
            SubElement(markers, "Marker", time=_beats(span.start), name=_text(span.name))
    if len(music.tempos) > 1:
        points = SubElement(arrangement, "TempoAutomation", id="tempos", timeUnit="beats", unit="bpm")
        SubElement(points, "Target", parameter=_TEMPO)
        for pulse, tempo in music.tempos:
            value = _number(tempo)
            SubElement(points, "RealPoint", time=_beats(pulse), value=value, interpolation="hold")
    if len(music.metres) > 1:
        points = SubElement(arrangement, "TimeSignatureAutomation", id="metres", timeUnit="beats")
        SubElement(points, "Target", parameter=_METRE)
        for metre in music.metres:
            facts = {"numerator": str(metre.beats), "denominator": str(metre.unit)}
            SubElement(points, "TimeSignaturePoint", {"time": _beats(metre.pulse), **facts})


def _add_clip(clips: Element, part: Part, span: Span) -> None:
    """Add the notes and controllers of a section, unless there are none. Notes end with their clip at the latest."""
    notes = [note for note in part.notes if span.start <= note.pulse < span.end]
    sweeps = [*_sweeps(part.controls, span)]
    if not notes and not any(points for _, points in sweeps):
        return
    length = _beats(span.end - span.start)
    clip = SubElement(
        clips,
        "Clip",
        name=_text(span.name or part.name),
        time=_beats(span.start),
        duration=length,
        playStart="0",
    )
    lanes = SubElement(clip, "Lanes")
    written = SubElement(lanes, "Notes")
    for note in notes:
        SubElement(
            written,
            "Note",
            time=_beats(note.pulse - span.start),
            duration=_beats(min(note.length, span.end - note.pulse)),
            channel=str(part.channel - 1),
            key=str(note.pitch),
            vel=_number(note.velocity / _HIGHEST),
        )
    for controller, points in sweeps:
        line = SubElement(lanes, "Points", unit="normalized")
        target = {"controller": str(controller), "channel": str(part.channel - 1)}
        SubElement(line, "Target", {"expression": "channelController", **target})
        for pulse, value in points:
            SubElement(
                line, "RealPoint", time=_beats(pulse), value=_number(value / _HIGHEST), interpolation="hold"
            )


def _sweeps(controls: Sequence[tuple[int, bytes]], span: Span) -> Iterator[tuple[int, list[tuple[int, int]]]]:
    """Yield each controller with its values in a section, by pulses from its start; the first is the one before it."""
    changes = [
        (pulse, message[1], message[2])
        for pulse, message in controls
        if len(message) == 3 and message[0] & 0xF0 == _CONTROL_CHANGE
    ]
    for controller in sorted({each for _, each, _ in changes}):
        own = [(pulse, value) for pulse, each, value in changes if each == controller and pulse < span.end]
        first = max(bisect_right([pulse for pulse, _ in own], span.start) - 1, 0)
        yield controller, [(max(pulse - span.start, 0), value) for pulse, value in own[first:]]


def _metadata(music: Music) -> Element:
    root = Element("MetaData")
    SubElement(root, "Title").text = _text(music.title)
    return root


def _beats(pulses: int) -> str:
    return _number(pulses / PULSES_PER_BEAT)


def _number(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _text(text: str) -> str:
    return _IMPOSSIBLE.sub("", text)
