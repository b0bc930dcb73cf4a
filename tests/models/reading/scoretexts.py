"""Build the text of MusicXML, Humdrum and ABC scores for tests."""

from collections.abc import Iterable, Sequence

from models.music import Music
from models.reading.limits import LIMITS, Limits
from models.reading.scores import score_music

DIVISIONS = 4
ABC_HEAD = "X:1\nT:a tune\nM:4/4\nL:1/8\nK:C\n"


def note(
    pitch: str = "C4",
    length: float = 4,
    *more: str,
    voice: int = 1,
    alter: int = 0,
    tie: str = "",
    is_chord: bool = False,
    is_grace: bool = False,
) -> str:
    """Return a MusicXML note of `length` sixteenths. `tie` may hold the words start and stop."""
    head = ("<grace/>" if is_grace else "") + ("<chord/>" if is_chord else "")
    where = f"<pitch><step>{pitch[0]}</step><alter>{alter}</alter><octave>{pitch[1:]}</octave></pitch>"
    duration = "" if is_grace else f"<duration>{length:g}</duration>"
    ties = "".join(f'<tie type="{each}"/>' for each in tie.split())
    return f"<note>{head}{where}{duration}{ties}{''.join(more)}<voice>{voice}</voice></note>"


def hit(place: str, *more: str, is_chord: bool = False) -> str:
    """Return a MusicXML note without pitch, one beat long; `more` follows its duration."""
    where = f"<display-step>{place[0]}</display-step><display-octave>{place[1:]}</display-octave>"
    chord = "<chord/>" if is_chord else ""
    return f"<note>{chord}<unpitched>{where}</unpitched><duration>4</duration>{''.join(more)}</note>"


def rest(length: float = 4) -> str:
    return f"<note><rest/><duration>{length:g}</duration></note>"


def metre(beats: str = "4", unit: str = "4", divisions: int = DIVISIONS) -> str:
    time = f"<time><beats>{beats}</beats><beat-type>{unit}</beat-type></time>"
    return f"<attributes><divisions>{divisions}</divisions>{time}</attributes>"


def repeat(direction: str, **attributes: str) -> str:
    more = "".join(f' {name}="{value}"' for name, value in attributes.items())
    side = "left" if direction == "forward" else "right"
    return f'<barline location="{side}"><repeat direction="{direction}"{more}/></barline>'


def ending(number: str, kind: str) -> str:
    return f'<barline><ending number="{number}" type="{kind}"/></barline>'


def bars(*contents: str) -> list[str]:
    """Return bars; the first has the metre 4/4."""
    return [metre() + contents[0], *contents[1:]]


def part(contents: Iterable[str], number: int = 1, implicit: Sequence[int] = ()) -> str:
    made = "".join(
        f'<measure number="{index}"{" implicit=" + chr(34) + "yes" + chr(34) if index in implicit else ""}>{each}</measure>'
        for index, each in enumerate(contents)
    )
    return f'<part id="P{number}">{made}</part>'


def listed(name: str = "", number: int = 1, more: str = "") -> str:
    return f'<score-part id="P{number}"><part-name>{name}</part-name>{more}</score-part>'


def score(*parts: str, listing: str | None = None, head: str = "") -> bytes:
    """A MusicXML score of parts."""
    listing = listed() if listing is None else listing
    body = f"<part-list>{listing}</part-list>{''.join(parts)}"
    return f'<?xml version="1.0"?><score-partwise version="4.0">{head}{body}</score-partwise>'.encode()


def one_part(*contents: str, name: str = "", more: str = "", implicit: Sequence[int] = ()) -> bytes:
    """A score of one part in 4/4."""
    return score(part(bars(*contents), implicit=implicit), listing=listed(name, more=more))


def music(data: bytes | str, suffix: str = ".musicxml", limits: Limits = LIMITS) -> Music:
    """Read the content of a score."""
    return score_music(data.encode() if isinstance(data, str) else data, suffix, "untitled", limits)


def abc(body: str) -> Music:
    """Read a tune in 4/4 and C with eighths as unit length."""
    return music(ABC_HEAD + body, ".abc")


def kern(*lines: str) -> Music:
    """Read one spine in 4/4."""
    return music("\n".join(("**kern", "*M4/4", *lines, "*-", "")), ".krn")


def heard(read: Music, number: int = 0) -> list[tuple[int, int, int]]:
    """(pulse, length, pitch) of the notes of one part."""
    return [(sound.pulse, sound.length, sound.pitch) for sound in read.parts[number].notes]


def pitches(read: Music, number: int = 0) -> list[int]:
    return [sound.pitch for sound in read.parts[number].notes]
