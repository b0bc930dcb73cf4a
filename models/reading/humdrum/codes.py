"""General MIDI programs and drums for Humdrum's instrument codes."""

from collections.abc import Mapping
from typing import Final

PROGRAM_CODES: Final[Mapping[str, int]] = {
    "soprn": 52, "cant": 52, "mezzo": 52, "calto": 52, "alto": 52, "tenor": 52, "barit": 52, "bass": 52,
    "vox": 53, "piano": 0, "fortp": 0, "cemba": 6, "clavi": 7, "clest": 8, "organ": 19, "reedo": 20,
    "accor": 21, "hammd": 16, "arpa": 46, "banjo": 105, "bguit": 33, "cbass": 43, "cello": 42,
    "eguit": 27, "guitr": 24, "liuto": 24, "koto": 107, "mando": 25, "shami": 106, "sitar": 104,
    "ukule": 24, "viola": 41, "violn": 40, "vdgmb": 42, "armon": 22, "bagpS": 109, "bagpI": 109,
    "cangl": 69, "cor": 60, "fagot": 70, "flt": 73, "oboe": 68, "clars": 71, "clarp": 71, "clara": 71,
    "clarb": 71, "panpi": 75, "picco": 72, "recor": 74, "shaku": 77, "saxS": 64, "saxA": 65, "saxT": 66,
    "saxR": 67, "tromt": 57, "tromb": 57, "tromp": 56, "tuba": 58, "flugh": 56, "campn": 14, "caril": 14,
    "chime": 14, "glock": 9, "marim": 12, "steel": 114, "timpa": 47, "vibra": 11, "xylo": 13, "dulc": 15,
    "rhode": 4, "synth": 81,
}  # fmt: skip

# The pitch of each drum; None for a drum set, which has several.
DRUM_CODES: Final[Mapping[str, int | None]] = {
    "drmset": None, "drum": None, "perc": None, "bdrum": 36, "sdrum": 38, "tom": 50, "crshc": 49,
    "ridec": 51, "spshc": 55, "piatt": 49, "gong": 52, "tambn": 54, "trngl": 81, "marac": 70, "casts": 85,
    "cowb": 56, "bongo": 60,
}  # fmt: skip
