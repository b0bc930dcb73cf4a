"""Find the General MIDI program of an instrument by the name that a score gives it."""

import re
from typing import Final

# The first pattern that matches a name in lower case counts, so special names stand before general ones.
_NAMES: Final[tuple[tuple[re.Pattern[str], int], ...]] = tuple(
    (re.compile(pattern), program)
    for pattern, program in (
        (r"electric piano|e[-. ]?piano|rhodes|wurlitzer", 4),
        (r"harpsichord|cembalo|clavecin|clavicembalo|\bspinett?", 6),
        (r"clavinet|clavichord", 7),
        (r"celest", 8),
        (r"glocken", 9),
        (r"music box", 10),
        (r"vibraphon|vibes", 11),
        (r"marimba", 12),
        (r"xylo", 13),
        (r"tubular|chimes|r.hrenglocken", 14),
        (r"dulcimer|hackbrett|cimbalom", 15),
        (r"hammond|drawbar|electric organ", 16),
        (r"harmonium|reed organ", 20),
        (r"accord|akkordeon|bandoneon", 21),
        (r"mouth ?harp|harmonica|mundharm", 22),
        (r"organ|\borgel|\borgue", 19),
        (r"piano|klavier|pianoforte|\bpf\b", 0),
        (r"synth[a-z]*[ -]*bass|bass synth|\bsub ?bass", 38),
        (r"fretless", 35),
        (r"bass[ -]*guitar|electric bass|e-bass|bassgitarre|finger", 33),
        (r"double ?bass|contrabass\b|kontrabass|contrabasso|contrabbasso|upright|string bass", 43),
        (r"nylon|classical guitar|acoustic guitar|konzertgitarre", 24),
        (r"distort", 30),
        (r"overdriv", 29),
        (r"jazz guitar", 26),
        (r"electric guitar|e-gitarre|lead guitar", 27),
        (r"guitar|gitarre|chitarra|guitare", 25),
        (r"violoncell|\bcell", 42),
        (r"viola da gamba|gamba", 42),
        (r"viola|bratsche|\balto viol", 41),
        (r"violin|violon\b|geige|\bvln?\b|fiddle", 40),
        (r"harp\b|harfe|arpa|harpe", 46),
        (r"timpani|pauken|timbales\b|kettle", 47),
        (r"synth[a-z]*[ -]*string", 50),
        (r"pizz", 45),
        (r"string|streicher|archi\b|cordes", 48),
        (r"bass trombone|trombone|posaune", 57),
        (r"tuba|ophicl|sousa", 58),
        (r"english horn|cor anglais|englischhorn|corno inglese", 69),
        (r"french horn|\bhorn\b|\bhorns\b|corno|\bcor\b|waldhorn|\bcorni\b|horn in", 60),
        (r"cornet|fl.gelhorn|flugel|trumpet|trompet|tromba|clarino", 56),
        (r"brass|bl.ser", 61),
        (r"soprano sax", 64),
        (r"tenor sax", 66),
        (r"bari[a-z]* sax", 67),
        (r"sax", 65),
        (r"oboe|hautbo", 68),
        (r"bassoon|fagott|basson", 70),
        (r"clarinet|klarinette|clarinett|clarinette", 71),
        (r"piccolo|ottavino", 72),
        (r"recorder|blockfl|flauto dolce", 74),
        (r"pan ?(flute|pipe)", 75),
        (r"shakuhachi", 77),
        (r"ocarina", 79),
        (r"flut|fl.te|flauto|floete|traverso", 73),
        (
            r"choir|chorus|chor\b|coro\b|soprano|\balto\b|tenor|baritone|mezzo|sopran|canto|superius|cantus|altus",
            52,
        ),
        (r"voice|vocal|vox|singer|stimme|gesang|\bvoix|\bvoce", 53),
        (r"square", 80),
        (r"lead|synth", 81),
        (r"pad\b", 88),
        (r"sitar", 104),
        (r"banjo", 105),
        (r"shamisen", 106),
        (r"koto", 107),
        (r"kalimba", 108),
        (r"bag ?pipe|dudelsack|cornemuse", 109),
        (r"mandolin", 25),
        (r"ukulele|lute|laute|liuto|theorbo", 24),
        (r"steel (drum|pan)", 114),
        (r"\bbass\b|\bbasso\b", 32),
    )
)
_DRUM_SET: Final = re.compile(
    r"drum|percussion|\bperc\b|\bkit\b|schlagzeug|batter|cymbal|snare|hi-?hat|cajon|conga|bongo|unpitched|tambourine"
)


def program_named(*names: str) -> int:
    """Return the program for the first of the names that matches an instrument, or 0 (piano) if none does."""
    for name in names:
        lowered = name.lower()
        for pattern, program in _NAMES:
            if pattern.search(lowered):
                return program
    return 0


def is_drum_set(name: str) -> bool:
    """Return whether a part of this name is percussion without pitch."""
    return bool(_DRUM_SET.search(name.lower())) and "steel" not in name.lower()
