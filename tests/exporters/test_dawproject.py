"""DAWproject files: read back against the music, and against the rules of the format.

The official schema is not part of this repository. Where `$EDMD_DAWPROJECT_SCHEMA` names a folder with Project.xsd and
MetaData.xsd of github.com/bitwig/dawproject, and xmlschema is installed, files are validated against it too.
"""

import importlib
import importlib.util
import io
import os
import re
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple
from xml.etree.ElementTree import Element, fromstring

import pytest
from click.testing import CliRunner

from daemon.cli import cli
from exporters.dawproject import dawproject, spans_of
from exporters.midi import file_bytes
from models.music import Metre, Music, Part, Sound
from models.notes import PULSES_PER_BEAT
from tests.exporters.pieces import BAR, BEAT, music

_SCHEMA: Final = os.environ.get("EDMD_DAWPROJECT_SCHEMA", "")


class Rule(NamedTuple):
    """What the format allows of an element: its attributes (a pattern for each), those it needs, its children in order."""

    attributes: Mapping[str, str] = {}
    needs: tuple[str, ...] = ()
    children: tuple[str, ...] = ()


_INT, _REAL, _ANY, _ID = r"-?\d+", r"-?\d+(\.\d+)?", r".*", r"[A-Za-z_][\w.-]*"
_NAMED = {"id": _ID, "name": _ANY, "color": _ANY, "comment": _ANY}
_LINE = {**_NAMED, "timeUnit": "beats|seconds", "track": _ID}
_UNIT = "linear|normalized|percent|decibel|hertz|semitones|seconds|beats|bpm"
_PARAMETER = {**_NAMED, "parameterID": _INT}
_LEVEL = Rule({**_PARAMETER, "min": _REAL, "max": _REAL, "unit": _UNIT, "value": _REAL}, ("unit",))
_METRE = {"numerator": _INT, "denominator": _INT}
_POINTS = Rule({**_LINE, "unit": _UNIT}, (), ("Target", "RealPoint", "TimeSignaturePoint"))
# As Project.xsd says it, for the elements that we write.
RULES: Final[Mapping[str, Rule]] = {
    "Project": Rule(
        {"version": _ANY}, ("version",), ("Application", "Transport", "Structure", "Arrangement", "Scenes")
    ),
    "Application": Rule({"name": _ANY, "version": _ANY}, ("name", "version")),
    "Transport": Rule(children=("Tempo", "TimeSignature")),
    "Tempo": _LEVEL,
    "TimeSignature": Rule({**_PARAMETER, **_METRE}, ("numerator", "denominator")),
    "Structure": Rule(children=("Track",)),
    "Track": Rule(
        {
            **_NAMED,
            "contentType": "((audio|automation|notes|video|markers|tracks) ?)+",
            "loaded": "true|false",
        },
        (),
        ("Channel", "Track"),
    ),
    "Channel": Rule(
        {**_NAMED, "audioChannels": _INT, "destination": _ID, "role": "regular|master|effect|submix|vca",
         "solo": "true|false"},
        (),
        ("Devices", "Mute", "Pan", "Sends", "Volume"),
    ),
    "Mute": Rule({**_PARAMETER, "value": "true|false"}),
    "Pan": _LEVEL,
    "Volume": _LEVEL,
    "Arrangement": Rule(_NAMED, (), ("Lanes", "Markers", "TempoAutomation", "TimeSignatureAutomation")),
    "Lanes": Rule(_LINE, (), ("Lanes", "Clips", "Notes", "Points")),
    "Clips": Rule(_LINE, (), ("Clip",)),
    "Clip": Rule(
        {"name": _ANY, "time": _REAL, "duration": _REAL, "playStart": _REAL}, ("time",), ("Lanes",)
    ),
    "Notes": Rule(_LINE, (), ("Note",)),
    "Note": Rule(
        {"time": _REAL, "duration": _REAL, "channel": _INT, "key": _INT, "vel": _REAL},
        ("time", "duration", "channel", "key"),
    ),
    "Points": _POINTS,
    "TempoAutomation": _POINTS,
    "TimeSignatureAutomation": _POINTS,
    "Target": Rule(
        {"parameter": _ID, "expression": "channelController", "channel": _INT, "controller": _INT}
    ),
    "RealPoint": Rule({"time": _REAL, "value": _REAL, "interpolation": "hold|linear"}, ("time", "value")),
    "TimeSignaturePoint": Rule({"time": _REAL, **_METRE}, ("time", "numerator", "denominator")),
    "Markers": Rule(_LINE, (), ("Marker",)),
    "Marker": Rule({"name": _ANY, "time": _REAL}, ("time",)),
    "Scenes": Rule(),
}  # fmt: skip
_REFERENCES: Final = ("destination", "track", "parameter")


def files(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def project(of: Music) -> Element:
    return fromstring(files(dawproject(of))["project.xml"])


def problems(root: Element) -> list[str]:
    """Return how a project breaks the rules of the format."""
    found = []
    for each in root.iter():
        rule = RULES.get(each.tag)
        if rule is None:
            found.append(f"unknown element {each.tag}")
            continue
        found += [f"{each.tag} lacks {name}" for name in rule.needs if name not in each.attrib]
        for name, value in each.attrib.items():
            if not re.fullmatch(rule.attributes.get(name, "(?!)"), value, re.DOTALL):
                found.append(f"{each.tag} {name}={value!r}")
        places = [rule.children.index(child.tag) for child in each if child.tag in rule.children]
        found += [f"{each.tag} has {child.tag}" for child in each if child.tag not in rule.children]
        if each.tag != "Lanes" and places != sorted(places):  # lanes are in any order
            found.append(f"the children of {each.tag} are out of order")
    ids = [each.attrib["id"] for each in root.iter() if "id" in each.attrib]
    found += [f"{name} is there twice" for name in {*ids} if ids.count(name) > 1]
    wanted = [each.attrib[name] for each in root.iter() for name in _REFERENCES if name in each.attrib]
    return found + [f"nothing is {name}" for name in wanted if name not in ids]


def sweeping() -> Music:
    """The piece with a filter sweep, another metre, and a title that XML cannot contain as it is."""
    piece = music(4)
    controls = (
        (0, b"\xb0\x4a\x20"),
        (BAR, b"\xb0\x4a\x40"),
        (2 * BAR + BEAT, b"\xb0\x4a\x7f"),
        (BAR, b"\xc0\x07"),
    )
    parts = tuple(part._replace(controls=controls) if part.name == "lead" else part for part in piece.parts)
    metres = (Metre(0, 4, 4), Metre(2 * BAR, 3, 4))
    return replace(piece, title="a < b \x00 & \ud800", parts=parts, metres=metres)


PIECES: Final[Mapping[str, Callable[[], Music]]] = {
    "piece": music,
    "sweeping": sweeping,
    "empty": lambda: Music("", (), (), (), 0),
    "no sections": lambda: replace(music(), markers=(), tempos=()),
    "silent part": lambda: replace(music(), parts=(*music().parts, Part("rest", 5, 0, ()))),
    "a late marker": lambda: replace(music(), markers=((BAR, "drop"), (99 * BAR, "never"))),
}


@pytest.mark.parametrize("name", PIECES)
def test_a_project_keeps_to_the_rules_of_the_format(name: str) -> None:
    assert problems(project(PIECES[name]())) == []


def test_the_rules_notice_what_is_wrong() -> None:
    root = project(music())
    root.find("Structure/Track/Channel").set("role", "loud")  # type: ignore[union-attr]
    next(root.iter("Note")).attrib.pop("key")
    next(each for each in root.iter("Lanes") if "track" in each.attrib).set("track", "gone")
    root.insert(0, Element("Arrangement"))
    assert len(problems(root)) == 4


@pytest.mark.skipif(
    not _SCHEMA or importlib.util.find_spec("xmlschema") is None,
    reason="needs xmlschema, and Project.xsd and MetaData.xsd of github.com/bitwig/dawproject in $EDMD_DAWPROJECT_SCHEMA",
)
@pytest.mark.parametrize("name", PIECES)
def test_a_project_is_valid_by_the_official_schema(name: str) -> None:
    xmlschema: Any = importlib.import_module("xmlschema")
    written = files(dawproject(PIECES[name]()))
    for file, schema in (("project.xml", "Project.xsd"), ("metadata.xml", "MetaData.xsd")):
        xmlschema.XMLSchema(str(Path(_SCHEMA) / schema)).validate(io.BytesIO(written[file]))


def sounds(root: Element) -> dict[str, list[Sound]]:
    """Return the notes of a project by the names of its tracks."""
    names = {each.attrib["id"]: each.attrib["name"] for each in root.iter("Track")}
    found: dict[str, list[Sound]] = {}
    for lane in root.findall("Arrangement/Lanes/Lanes"):
        notes = found.setdefault(names[lane.attrib["track"]], [])
        for clip in lane.iter("Clip"):
            for note in clip.iter("Note"):
                at = float(clip.attrib["time"]) + float(note.attrib["time"])
                lasts, loud = float(note.attrib["duration"]), float(note.attrib["vel"])
                pulses = round(at * PULSES_PER_BEAT), round(lasts * PULSES_PER_BEAT)
                notes.append(Sound(*pulses, int(note.attrib["key"]), round(loud * 127)))
    return found


def test_tracks_and_clips_have_the_notes_of_the_parts() -> None:
    piece = music(4)
    read = sounds(project(piece))
    for part in piece.parts:
        ends = [
            min(note.pulse + note.length, 2 * BAR if note.pulse < 2 * BAR else 4 * BAR) for note in part.notes
        ]
        expected = [n._replace(length=end - n.pulse) for n, end in zip(part.notes, ends, strict=True)]
        assert read[part.name] == expected


def test_clips_are_sections_and_end_with_them() -> None:
    root = project(music(4))
    lead = next(each for each in root.findall("Arrangement/Lanes/Lanes") if each.find(".//Clip") is not None)
    clips = [(c.attrib["name"], c.attrib["time"], c.attrib["duration"]) for c in lead.iter("Clip")]
    assert clips == [("intro", "0", "8"), ("drop", "8", "8")]
    markers = [(m.attrib["name"], m.attrib["time"]) for m in root.iter("Marker")]
    assert markers == [("intro", "0"), ("drop", "8")]
    for clip in root.iter("Clip"):
        for note in clip.iter("Note"):
            end = float(note.attrib["time"]) + float(note.attrib["duration"])
            assert end <= float(clip.attrib["duration"]) + 1e-6


def test_tempo_and_metre_change_where_the_music_says() -> None:
    root = project(sweeping())
    assert root.find("Transport/Tempo").attrib["value"] == "125"  # type: ignore[union-attr]
    tempos = [(p.attrib["time"], p.attrib["value"]) for p in root.findall(".//TempoAutomation/RealPoint")]
    assert tempos == [("0", "125"), ("8", "150")]
    metres = [(p.attrib["time"], p.attrib["numerator"]) for p in root.findall(".//TimeSignaturePoint")]
    assert metres == [("0", "4"), ("8", "3")]


def test_a_sweep_goes_on_in_the_next_clip_from_its_last_value() -> None:
    root = project(sweeping())
    lines = [
        [(p.attrib["time"], round(127 * float(p.attrib["value"]))) for p in each.iter("RealPoint")]
        for each in root.iter("Points")
    ]
    assert lines == [[("0", 32), ("4", 64)], [("0", 64), ("1", 127)]]


def test_music_before_the_first_marker_has_a_clip_too() -> None:
    spans = spans_of(PIECES["a late marker"]())
    assert [(each.name, each.start, each.end) for each in spans] == [("", 0, BAR), ("drop", BAR, 4 * BAR)]


def test_the_same_music_gives_the_same_bytes() -> None:
    assert dawproject(music()) == dawproject(music())
    assert sorted(files(dawproject(music()))) == ["metadata.xml", "project.xml"]


def test_export_writes_a_project_of_a_file(tmp_path: Path) -> None:
    source, out = tmp_path / "set.mid", tmp_path / "set.dawproject"
    source.write_bytes(file_bytes(music()))
    done = CliRunner().invoke(cli, ["export", str(source), "--out", str(out)])
    assert done.exit_code == 0, done.output
    root = fromstring(files(out.read_bytes())["project.xml"])
    assert problems(root) == []
    assert len(sounds(root)["lead"]) == len(next(p.notes for p in music().parts if p.name == "lead"))
