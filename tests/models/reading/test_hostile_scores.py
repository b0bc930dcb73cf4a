"""Small hostile scores, made to take long, are read or refused soon."""

import io
import time
import zipfile

import pytest

from models.reading.limits import RefusedError
from models.reading.notation.joining import sounds
from models.reading.notation.written import Note
from tests.models.reading.scoretexts import ABC_HEAD, ending, music, note, one_part, repeat

SECONDS = 5
# 14 MiB of spaces and "<", to put into a comment of an empty score.
COMMENT = b"< " * (7 << 20)
Score = tuple[str | bytes, str]


def voices(each: str) -> str:
    return "".join(f"V:{number}\n{each}\n" for number in range(500))


def container(rootfiles: int) -> bytes:
    """Return a .mxl file with many empty files and a list that names one of them many times."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(990):
            archive.writestr(f"{number}.txt", b"")
        archive.writestr("META-INF/container.xml", b"<a>" + b"<rootfile/>" * rootfiles + b"</a>")
    return made.getvalue()


def packed(data: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("score.xml", data)
    return made.getvalue()


READ: dict[str, Score] = {
    "keys in a bar": (ABC_HEAD + "[K:G]C" * 40_000, ".abc"),
    "to coda without a coda": (ABC_HEAD + '"To Coda"C8|' * 30_000 + "C8!D.C.!|", ".abc"),
    "comments within bounds": (
        one_part(note()).replace(b"<part ", (b"<!--" + b"< " * 130_000 + b"-->") * 40 + b"<part "),
        ".xml",
    ),
    "fields": (
        ABC_HEAD + "C8|\n" + "Q:9\nM:2/4\nP:A\nK:C\nV:1\nw:a\n%%MIDI program 1\n" * 40_000 + "C4|",
        ".abc",
    ),
    "inline fields": (ABC_HEAD + "C8|" + "[Q:9][M:2/4][P:A][V:1]" * 70_000 + "C4|", ".abc"),
}
REFUSED: dict[str, tuple[str | bytes, str, str]] = {
    "empty overlays": (ABC_HEAD + "&" * 20_000 + "| " * 20_000, ".abc", r"more than 100 overlays \(&\) in a bar"),
    "overlays": (ABC_HEAD + "C&" * 20_000 + "|" + "C|" * 20_000, ".abc", "more than 100 overlays"),
    "chords": (ABC_HEAD + f"[{'C' * 200}]" * 10_000, ".abc", "has more than 100,000 notes"),
    "grace notes": (ABC_HEAD + f"{{{'C' * 200}}}C" * 10_000, ".abc", "has more than 100,000 notes"),
    "sections that nobody hears": (
        f"X:1\nP:A2000\nM:4/4\nL:1/8\nK:C\nP:A\nC8|{'[9C8|' * 2000}\n",
        ".abc",
        "plays more than 100,000 bars",
    ),
    "repeats of what nobody hears": (
        one_part(
            note(), ending("32", "start"), *[""] * 4000, ending("32", "stop"), note() + repeat("backward", times="1000")
        ),
        ".xml",
        "plays more than 100,000 bars",
    ),
    "lines of fields": (ABC_HEAD + "Q:9\n" * 4_000_000, ".abc", "has more than 300,000 lines"),
    "lines that go on": (ABC_HEAD + "\\\n" * 8_000_000, ".abc", "has more than 300,000 lines"),
    "container of a packed file": (container(790_000), ".mxl", "unpacks to 8 MiB of META-INF/container.xml; at most 64 KiB"),
    "container within bounds": (container(5_900), ".mxl", "contains no MusicXML score"),
    "bars of rest": (ABC_HEAD + voices("Z99998"), ".abc", "more than 100,000 bars of rest in all voices together"),
}  # fmt: skip


LONG_COMMENT = "XML comment, instruction or CDATA section of more than 256 KiB"
XML_REFUSED: dict[str, tuple[bytes, str]] = {
    "declaration": (b"<?xml " + b'encoding="a" ' * 1_200_000, "more than 1,000,000 XML attributes"),
    "declaration within bounds": (b"<?xml " + b'encoding="a" ' * 900_000 + b"?><a/>", "XML element of more than 256 KiB"),
    "encoding": (
        b'<?xml version="1.0" encoding="punycode"?><a>' + b"a-b" * (5 << 20),
        r"unknown encoding \(punycode\); save it as UTF-8",
    ),
    "white space in UTF-16": (
        ("<score-partwise>" + " " * (7 << 20) + "</score-partwise>").encode("utf-16"),
        "XML element of more than 256 KiB",
    ),
    "comment": (b"<score-partwise><!-- " + COMMENT + b" --></score-partwise>", LONG_COMMENT),
    "comment in a packed file": (packed(b"<score-partwise><!-- " + 2 * COMMENT + b" --></score-partwise>"), LONG_COMMENT),
    "comment behind what looks like one": (b"<a><![CDATA[<!-- ]]><!-->" + COMMENT + b" --></a>", LONG_COMMENT),
    "comment without end": (b"<a><!-- " + COMMENT, LONG_COMMENT),
    "instruction": (b"<a><?b " + COMMENT + b"?></a>", LONG_COMMENT),
    "CDATA": (b"<a><![CDATA[ " + COMMENT + b"]]></a>", LONG_COMMENT),
    "system identifier": (
        b'<!DOCTYPE a SYSTEM "' + COMMENT + b'"><a/>',
        "more than 256 KiB before its first XML element",
    ),
}  # fmt: skip
REFUSED |= {f"XML {name}": (data, ".xml", cause) for name, (data, cause) in XML_REFUSED.items()}


@pytest.mark.parametrize("name", READ)
def test_what_is_allowed_is_read_soon(name: str) -> None:
    data, suffix = READ[name]
    began = time.process_time()
    assert music(data, suffix).parts
    assert time.process_time() - began < SECONDS


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_too_much_is_refused_soon(name: str) -> None:
    data, suffix, cause = REFUSED[name]
    began = time.process_time()
    with pytest.raises(RefusedError, match=cause):
        music(data, suffix)
    assert time.process_time() - began < SECONDS


def test_grace_notes_behind_a_chord_without_end_are_placed_soon() -> None:
    chord = [Note(0, 1_000_000, 60) for _ in range(20_000)]
    graces = [Note(1000 + 2 * number, 0, 62, grace=1) for number in range(20_000)]
    began = time.process_time()
    assert len(sounds([(0, chord + graces)])) == 40_000
    assert time.process_time() - began < SECONDS
