"""Find the General MIDI drum of a percussion note by its name, or by its position and note head on the staff."""

import re
from collections.abc import Mapping
from typing import Final

_SNARE: Final = 38

# The first pattern that matches a name in lower case counts, so special names stand before general ones.
_NAMES: Final[tuple[tuple[re.Pattern[str], int], ...]] = tuple(
    (re.compile(pattern), pitch)
    for pattern, pitch in (
        (r"side ?stick|rim ?(shot|click)|cross ?stick|stick", 37),
        (r"(bass|kick)[ -]*drum[ -]*(2|ii)\b|acoustic[ -]*bass[ -]*drum", 35),
        (
            r"bass[ -.]*drum|\bkick|\bb\. ?d\b|\bbd\b|bdrum|grosse ?(trommel|caisse)|gran ?cassa|große trommel",
            36,
        ),
        (r"electric[ -]*snare|snare[ -]*(2|ii)\b", 40),
        (r"snare|\bs\. ?d\b|\bsd\b|sdrum|kleine trommel|caisse claire|tamburo|side ?drum|redoblante", _SNARE),
        (r"hand ?clap|\bclap|palmas", 39),
        (r"(pedal|foot)[ -]*hi|hi[ -]*hat[^a-z]*(pedal|foot|pied)|hihat pedal", 44),
        (r"open[ -]*hi|hi[ -]*hat[^a-z]*(half|open)|half[ -]*open", 46),
        (r"hi[ -]*hat|\bhh\b|charleston", 42),
        (r"low[ -]*floor|floor[ -]*tom[ -]*(2|low)|tom[ -]*6", 41),
        (r"floor|tom[ -]*5", 43),
        (r"low[ -]*mid|tom[ -]*3", 47),
        (r"(hi|high)[ -]*mid|mid[a-z]*[ -]*tom|tom[ -]*2", 48),
        (r"low[a-z]*[ -]*tom|tom[ -]*(4|low)", 45),
        (r"(hi|high)[ -]*tom|rack|\btom", 50),
        (r"ride[ -]*bell|bell[ -]*of[ -]*ride|\bcup\b", 53),
        (r"ride[ -a-z]*(2|ii)\b", 59),
        (r"ride", 51),
        (r"crash[ -a-z]*(2|ii)\b", 57),
        (r"china|chinese", 52),
        (r"splash", 55),
        (r"crash|cymbal|becken|piatti|piatto|cinelli", 49),
        (r"tambour", 54),
        (r"cow ?bell|cencerro", 56),
        (r"vibra ?slap", 58),
        (r"(hi|high)[ -]*bongo", 60),
        (r"low[ -]*bongo", 61),
        (r"bongo", 60),
        (r"mute[a-z]*[ -]*(hi|high)?[ -]*conga|conga[^a-z]*mute", 62),
        (r"low[ -]*conga|tumba", 64),
        (r"conga|quinto", 63),
        (r"low[ -]*timbale", 66),
        (r"timbale", 65),
        (r"low[ -]*agogo", 68),
        (r"agogo", 67),
        (r"cabasa|caxixi", 69),
        (r"maraca|shaker|ganz", 70),
        (r"short[ -]*whistle", 71),
        (r"whistle|pfeife", 72),
        (r"short[ -]*g.iro", 73),
        (r"g.iro", 74),
        (r"clave", 75),
        (r"low[ -]*wood", 77),
        (r"wood ?block|temple ?block|holzblock", 76),
        (r"mute[a-z]*[ -]*cu.ca", 78),
        (r"cu.ca", 79),
        (r"mute[a-z]*[ -]*triangle", 80),
        (r"triang", 81),
        (r"sleigh|jingle|schellen", 83),
        (r"castanet|kastagnett", 85),
        (r"surdo", 87),
        (r"tam-?tam|gong", 52),
        (r"bass ?drums?\b|trommel", 36),
    )
)

# Lines and spaces of a five-line staff, named as notes of a treble staff, after Weinberg's guidelines and common use.
_HEADS: Final[Mapping[str, int]] = {
    "D4": 44, "E4": 35, "F4": 36, "G4": 41, "A4": 43, "B4": 45, "C5": _SNARE, "D5": 47, "E5": 48,
    "F5": 50, "G5": 42, "A5": 49, "B5": 57, "C6": 55, "C4": 36,
}  # fmt: skip
_CROSSES: Final[Mapping[str, int]] = {
    "D4": 44, "E4": 44, "B4": 54, "C5": 37, "D5": 39, "E5": 56, "F5": 51, "G5": 42, "A5": 49, "B5": 52,
}  # fmt: skip
_SPECIAL: Final[Mapping[tuple[str, str], int]] = {
    ("G5", "circle-x"): 46, ("F5", "diamond"): 53, ("E5", "triangle"): 56, ("B4", "diamond"): 54,
}  # fmt: skip
_PLAIN: Final = frozenset({"", "normal", "none"})


def drum_named(name: str) -> int | None:
    """Return the drum's pitch for a name, or None if the name matches no drum."""
    lowered = name.lower()
    return next((pitch for pattern, pitch in _NAMES if pattern.search(lowered)), None)


def drum_placed(place: str, head: str = "") -> int:
    """Return the pitch of the drum written at `place` (a note of a treble staff, such as C5) with this note head."""
    special = _SPECIAL.get((place, head))
    if special is not None:
        return special
    if head not in _PLAIN and place in _CROSSES:
        return _CROSSES[place]
    return _HEADS.get(place, _SNARE)
