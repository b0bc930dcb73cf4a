"""Score files: real cases, detection of formats, limits, and no use of any library's cache."""

import gzip
import io
import os
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from models.music import Metre, Music
from models.reading.limits import LIMITS, Limits, RefusedError
from models.reading.reader import read_music
from models.reading.scores import read_score
from tests.imports import ROOT
from tests.models.reading.scoretexts import (
    ABC_HEAD,
    bars,
    heard,
    metre,
    music,
    note,
    one_part,
    part,
    pitches,
    repeat,
    score,
)

CASES = ROOT.parent / "shared" / "cases"
SCALE = [72, 74, 76, 77, 79, 81, 83]

TUNE = one_part(note("C4", 16))


def packed(
    content: bytes, name: str = "score.xml", container: bool = False, method: int = zipfile.ZIP_DEFLATED
) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        if container:
            rootfile = f'<container><rootfiles><rootfile full-path="{name}"/></rootfiles></container>'
            archive.writestr("META-INF/container.xml", rootfile)
            archive.writestr("another.xml", one_part(note("D4", 16)))
        archive.writestr(name, content)
    return file.getvalue()


def scale(bar_count: int = 10) -> list[tuple[int, int, int]]:
    """Return the tune of most cases: eighths upwards from C5, each bar a step higher."""
    return [
        (1920 * bar + 240 * step, 240, SCALE[(bar + step) % 7])
        for bar in range(bar_count)
        for step in range(8)
    ]


def is_scale(read: Music, times: int = 1, bar_count: int = 10) -> bool:
    again = [
        (pulse + 1920 * bar_count * time, *rest) for time in range(times) for pulse, *rest in scale(bar_count)
    ]
    return heard(read) == again


def beat(read: Music) -> bool:
    """Kick and snare in turn, with closed hats, on every beat."""
    drums = read.parts[-1]
    hits = [
        (480 * count, pitch) for count in range(40) for pitch in ((36, 42) if count % 2 == 0 else (38, 42))
    ]
    return (
        drums.is_drums and drums.channel == 10 and [(each.pulse, each.pitch) for each in drums.notes] == hits
    )


def lines(read: Music, first: int, *then: int) -> bool:
    """Return whether bar lines are at these beats, and every four beats after the last."""
    wanted = [beats * 480 for beats in (first, *then)]
    found = read.bar_lines()
    return found[: len(wanted)] == wanted and all(
        after - before == 1920
        for before, after in zip(found[len(wanted) - 1 :], found[len(wanted) :], strict=False)
    )


RIGHT: dict[str, Callable[[Music], bool]] = {
    "clarinet.musicxml": lambda read: pitches(read)[:8] == [72, 74, 76, 77, 79, 81, 83, 72] and len(heard(read, 1)) == 40,
    "doctype.xml": is_scale,
    "plain.mxl": is_scale,
    "utf16.musicxml": is_scale,
    "drums.musicxml": lambda read: is_scale(read) and beat(read),
    "drums_only.musicxml": beat,
    "grace.musicxml": lambda read: (
        len(heard(read)) == 90
        and [pulse for pulse, _, pitch in heard(read) if pitch != 71] == [240 * step for step in range(80)]
        and [each for each in heard(read) if each[2] == 71][:2] == [(0, 80, 71), (1840, 80, 71)]
    ),
    "irregular.musicxml": lambda read: lines(read, 0, 4, 8, 12, 14, 18) and len(heard(read)) == 62,
    "partial_tie.musicxml": lambda read: (
        heard(read)[:3] == [(0, 960, 76), (0, 1920, 72), (960, 960, 79)] and len(heard(read)) == 30
    ),
    "repeat4.musicxml": lambda read: is_scale(read, 2, 4),
    "repeat8.musicxml": lambda read: is_scale(read, 2, 8),
    "one.abc": lambda read: pitches(read) == [60, 62, 64, 65, 67, 69, 71, 72] * 10 and read.metres == (Metre(0, 2, 2),),
    "perc.abc": lambda read: read.parts[0].is_drums and pitches(read) == [60, 62, 64, 65, 67, 69, 71, 72] * 10,
    "pickup.abc": lambda read: lines(read, 0, 1, 5) and len(heard(read)) == 82,
    "voices.abc": lambda read: [len(each.notes) for each in read.parts] == [80, 10],
    "spines.krn": lambda read: (
        pitches(read)[:6] == [60, 62, 64, 67, 65, 69] and [len(each.notes) for each in read.parts] == [60, 20]
    ),
}  # fmt: skip
REFUSED = {
    "bad.krn": "has 2 columns in line 5, where 1 are expected",
    "bomb400.mxl": "unpacks to 400 MiB; at most 32 MiB are allowed",
    "empty.abc": "is empty",
    "empty.krn": "is empty",
    "empty.musicxml": "is empty",
    "laughs.musicxml": "declares XML entities or attributes, which is not allowed; save it without them",
    "notmusic.xml": "is XML, but not a MusicXML score (it begins with <plist>)",
    "two.abc": "holds 2 tunes; save each in its own file",
}
needs_cases = pytest.mark.skipif(not CASES.is_dir(), reason="the files of ../shared/cases are not there")


@needs_cases
@pytest.mark.parametrize("name", RIGHT)
def test_the_fields_scores_are_the_right_music(name: str) -> None:
    assert RIGHT[name](read_music(CASES / name))


@needs_cases
@pytest.mark.parametrize("name", REFUSED)
def test_the_fields_other_files_are_refused_with_their_cause(name: str) -> None:
    with pytest.raises(RefusedError) as refused:
        read_music(CASES / name)
    assert str(refused.value) == REFUSED[name]


@needs_cases
def test_no_score_of_the_field_is_forgotten() -> None:
    scores = {
        path.name for path in CASES.iterdir() if path.suffix in {".musicxml", ".xml", ".mxl", ".krn", ".abc"}
    }
    assert scores == RIGHT.keys() | REFUSED.keys()


@pytest.mark.parametrize("suffix", [".musicxml", ".xml", ".mxl", ".krn", ".abc", ".MXL"])
@pytest.mark.parametrize(
    "content",
    [TUNE, packed(TUNE), TUNE.decode().encode("utf-16"), b"**kern\n1c\n*-\n", ABC_HEAD.encode() + b"C8|\n"],
    ids=["xml", "packed", "utf-16", "kern", "abc"],
)
def test_what_a_file_holds_counts_more_than_its_suffix(suffix: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / f"a song{suffix}"
    path.write_bytes(content)
    assert pitches(read_music(path)) == [60]


def test_a_score_without_a_title_has_the_name_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "evening song.musicxml").write_bytes(TUNE)
    assert read_score(tmp_path / "evening song.musicxml").title == "evening song"


def test_a_container_tells_which_of_several_files_is_the_score() -> None:
    assert pitches(music(packed(TUNE, "scores/tune.xml", container=True), ".mxl")) == [60]


def lying(content: bytes) -> bytes:
    """Return a compressed score whose directory states a size that is too small."""
    data = packed(content)
    size = len(content).to_bytes(4, "little")
    return data.replace(size, (10).to_bytes(4, "little"))


def damaged(data: bytes) -> bytes:
    """Return the same data with some bytes in the middle changed."""
    middle = len(data) // 3
    return data[:middle] + b"\xff" * 20 + data[middle + 20 :]


@pytest.mark.parametrize(
    ("data", "cause"),
    [
        (packed(b" " * (33 << 20)), "unpacks to 33 MiB; at most 32 MiB"),
        (packed(TUNE, "readme.txt"), "contains no MusicXML score"),
        (packed(TUNE)[:-30], "cannot be unpacked"),
        (damaged(packed(TUNE)), "cannot be unpacked"),
        (packed(TUNE, method=zipfile.ZIP_BZIP2), "is compressed with a method that"),
        (b"PK\x03\x04", "cannot be unpacked"),
        (b"PK\x03\x04" + b"PK\x01\x02" * 2000, "contains more than 1000 files"),
        (lying(TUNE * 10), "cannot be unpacked|not well-formed"),
        (b"\x00\x01\x02", "is neither MusicXML nor Humdrum nor ABC"),
    ],
)
def test_what_cannot_be_unpacked_is_refused_with_its_cause(data: bytes, cause: str) -> None:
    with pytest.raises(RefusedError, match=cause):
        music(data, ".mxl")


REPEATED = repeat("backward", times="1000")
SMALL = Limits(
    notes=50,
    bars=20,
    hours=0.01,
    written_notes=40,
    signs=300,
    parts=3,
    elements=500,
    attributes=400,
    depth=9,
    tag_bytes=2000,
)


@pytest.mark.parametrize(
    ("data", "suffix", "cause"),
    [
        (one_part(note() * 41), ".xml", "has more than 40 notes"),
        (one_part(note() * 30 + repeat("backward")), ".xml", "plays more than 50 notes"),
        (one_part(note("C4", 16) + REPEATED), ".xml", "plays more than 20 bars"),
        (one_part(*["<note/>"] * 21), ".xml", "has more than 20 bars"),
        (one_part(note("C4", 999999)), ".xml", "has .* bars; at most 20 are allowed"),
        (one_part('<sound tempo="1"/>' + note("C4", 16)), ".xml", "lasts 0 hours"),
        (
            one_part('<sound tempo="100"/><sound tempo="90"/>' * 80 + note() + REPEATED),
            ".xml",
            "plays more than",
        ),
        (score(*(part(bars(note()), number) for number in range(4))), ".xml", "has more than 3 parts"),
        (b"<score-partwise>" + b"<a/>" * 500, ".xml", "has more than 500 XML elements"),
        (b"<score-partwise>" + b"<a>" * 9, ".xml", "or more than 9 levels of nesting"),
        (b"<score-partwise>" + b"<a b='c'/>" * 401, ".xml", "has more than 400 XML attributes"),
        (b"<score-partwise>" + b"x" * 2000, ".xml", "has an XML element of more than 1 KiB"),
        (ABC_HEAD.encode() + b"z" * 301, ".abc", "has more than 300 signs"),
        (ABC_HEAD.encode() + b"C" * 41, ".abc", "has more than 40 notes"),
        (ABC_HEAD.encode() + b"[CEG]" * 14, ".abc", "has more than 40 notes"),
        (ABC_HEAD.encode() + b"{CD}E" * 14, ".abc", "has more than 40 notes"),
        (ABC_HEAD.encode() + b"C8|" * 21, ".abc", "has more than 20 bars"),
        (ABC_HEAD.encode() + b"V:1\nC\nV:2\nC\nV:3\nC\nV:4\nC\n", ".abc", "has more than 3 voices"),
        (b"**kern\n" + b"4c\n" * 41, ".krn", "has more than 40 notes"),
        (b"**kern\n" + b"=\n4c\n" * 21, ".krn", "has more than 20 bars"),
        (b"**kern\n" + b"*MM90\n" * 301, ".krn", "has more than 300 signs"),
    ],
)
def test_each_bound_is_checked_and_told(data: bytes, suffix: str, cause: str) -> None:
    with pytest.raises(RefusedError, match=cause):
        music(data, suffix, SMALL)


HOSTILE = {
    "notes.abc": (ABC_HEAD, "C"),
    "keys.abc": (ABC_HEAD, "[K:G]"),
    "chords.abc": (ABC_HEAD, f"[{'C' * 200}]"),
    "tempos.krn": ("**kern\n", "*MM90\n"),
    "sections.krn": ("**kern\n*>[", "A,"),
    "nested.xml": ("<score-partwise>", "<a>"),
    "bars.xml": ('<score-partwise><part id="P1">', f"<measure>{metre()}{note()}{REPEATED}</measure>"),
    "ties.xml": ('<score-partwise><part id="P1"><measure>', note(tie="stop start", is_chord=True)),
}


WATCHED = """
import re, sys, time
from pathlib import Path
from models.reading.limits import RefusedError
from models.reading.reader import read_music
try:
    print(len(read_music(Path(sys.argv[1])).parts))
except RefusedError as error:
    print(error)
status = Path("/proc/self/status")  # the figure of getrusage begins with that of the process that started this one
most = re.search(r"VmHWM:\\s+(\\d+) kB", status.read_text()) if status.exists() else None
print(time.process_time(), int(most[1]) >> 10 if most else 0)
"""


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_takes_ten_seconds_and_half_a_gigabyte_at_most(name: str, tmp_path: Path) -> None:
    head, sign = HOSTILE[name]
    path = tmp_path / name
    path.write_text(head + sign * ((LIMITS.file_bytes - len(head)) // len(sign)))
    ran = subprocess.run(
        [sys.executable, "-c", WATCHED, str(path)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    cause, used = ran.stdout.splitlines()
    seconds, mebibytes = map(float, used.split())
    assert cause
    assert seconds < 10  # about 3 on a quiet machine
    assert mebibytes < 500


class Trap:
    """Creates a file when it is unpickled."""

    def __init__(self, sprung: Path) -> None:
        self._sprung = sprung

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.mkdir, (str(self._sprung),))


SCRATCH = """
import sys
from pathlib import Path
from music21 import environment
from music21.converter import PickleFilter
print(environment.Environment().getRootTempDir())
print(PickleFilter(Path(sys.argv[1])).getPickleFp(zipType="gz"))
"""


@pytest.mark.parametrize("name", ["tune.musicxml", "tune.mxl", "tune.krn", "tune.abc"])
def test_no_pickle_that_music21_would_load_is_loaded_or_written(name: str, tmp_path: Path) -> None:
    content = {
        "tune.musicxml": TUNE,
        "tune.mxl": packed(TUNE),
        "tune.krn": b"**kern\n1c\n*-\n",
        "tune.abc": ABC_HEAD.encode() + b"C8|\n",
    }[name]
    path, temporary = tmp_path / name, tmp_path / "tmp"
    path.write_bytes(content)
    temporary.mkdir()
    env = {**os.environ, "TMPDIR": str(temporary), "HOME": str(tmp_path)}
    asked = subprocess.run(
        [sys.executable, "-c", SCRATCH, str(path)], env=env, capture_output=True, text=True, check=True
    )
    folder, planted = map(Path, asked.stdout.splitlines())
    assert folder.is_relative_to(temporary)
    trap, sprung = pickle.dumps(Trap(tmp_path / "sprung")), tmp_path / "sprung"
    planted.write_bytes(gzip.compress(trap))
    os.utime(path, (0, 0))  # the pickle is the newer one
    before = sorted(temporary.rglob("*"))
    ran = subprocess.run(
        [sys.executable, "-c", WATCHED, str(path)],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.splitlines()[0] == "1"
    assert not sprung.exists()
    assert sorted(temporary.rglob("*")) == before
    pickle.loads(trap)  # the trap works
    assert sprung.exists()


def test_a_score_replaced_by_an_older_one_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "tune.musicxml"
    path.write_bytes(TUNE)
    assert pitches(read_score(path)) == [60]
    path.write_bytes(one_part(note("D4", 16)))
    os.utime(path, (0, 0))
    assert pitches(read_score(path)) == [62]


def test_reading_scores_imports_no_heavy_library_and_needs_no_network() -> None:
    absent = ("music21", "torch", "symusic", "socket", "urllib.request", "lxml")
    program = (
        f"import sys, models.reading.scores; print([name for name in {absent!r} if name in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ran.stdout.strip() == "[]"


WHOLE_FILES = {
    ".musicxml": TUNE,
    ".mxl": packed(TUNE),
    ".krn": b"**kern\n*M4/4\n4c 4e\n*^\n4c\t2d\n*v\t*v\n*-\n",
    ".abc": ABC_HEAD.encode() + b"|:(3C{d}E[F>A]-&z4:|1x\n",
}


def broken_ones(whole: bytes) -> Iterator[bytes]:
    for at in range(0, len(whole), max(len(whole) // 60, 1)):
        yield whole[:at]
        yield whole[at:]
        yield whole[:at] + b"\xff" + whole[at + 1 :]
        yield whole[:at] + whole[at : at + 9] * 3


@pytest.mark.parametrize("suffix", WHOLE_FILES)
def test_whatever_ends_early_or_is_changed_is_read_or_refused_with_a_true_cause(
    suffix: str, tmp_path: Path
) -> None:
    path = tmp_path / f"broken{suffix}"
    causes: list[str] = []
    for broken in broken_ones(WHOLE_FILES[suffix]):
        path.write_bytes(broken)
        try:
            read_music(path)
        except RefusedError as error:
            causes.append(str(error))
    assert causes
    assert not [cause for cause in causes if "Error:" in cause]  # such as `cannot be read (KeyError: ...)`
