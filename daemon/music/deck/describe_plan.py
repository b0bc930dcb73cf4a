"""Describe a bar's plan in names and numbers, for telemetry and the panel."""

from typing import Final

from daemon.music.arranging.barplan import BarPlan
from models.chords import chord_name, key_name
from models.codecs import melody, percussion
from models.genres import NAMES

_DIGITS: Final = 3


def describe_plan(plan: BarPlan, bar: int) -> dict[str, object]:
    """Return section, genre, next section, key, chords as they sound, a level for each voice and drum, and energy 0..1."""
    voices = zip((part.name for part in melody.LAYOUT.parts), plan.voices, strict=True)
    drums = zip(percussion.DRUMS, plan.drums, strict=True)
    halves = zip(plan.harmony, plan.roots, strict=True)
    return {
        "bar": bar,
        "section": plan.section,
        "genre": NAMES[plan.genre] if plan.genre >= 0 else "",
        "bars_left": plan.bars_left,
        "next_section": plan.next_section,
        "key": key_name(plan.key),
        "chords": [chord_name(mask, root, plan.key) for mask, root in halves],
        "levels": {**dict(voices), **dict(drums)},
        "energy": round(plan.energy, _DIGITS),
    }
