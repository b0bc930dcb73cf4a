"""What the director plans, without any network: sections, floors, loops, beside what songs do."""

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from daemon.music.arranging.barplan import BarPlan
from daemon.music.arranging.director import Director
from daemon.music.arranging.phrasing import PARTS
from daemon.music.arranging.set_form import Section
from models import bundle as bundles
from models.arrangement import Arrangement
from models.notes import SECTIONS
from tests.music.row import Row
from tests.music.stage import EDM, Stage

_SEEDS = range(4)
_BARS = 1024
_A_PHRASE_AGO = 3


class _Bar(NamedTuple):
    section: Section
    number: int
    plan: BarPlan

    def sounds(self, part: int) -> bool:
        """Whether bass, chords, lead, kick, backbeat, hats or colour is to sound."""
        drums = self.plan.drums
        groups = (drums[:1], drums[1:3], drums[3:5], drums[5:])
        return bool(self.plan.voices[part]) if part < 3 else any(groups[part - 3])


def rows(stage: Stage) -> list[Row]:
    """Four seeds of 1,024 bars at defaults, `classical_mix` 0."""
    arrangement = bundles.load(stage.players.model).arrangement
    bars = [bar for seed in _SEEDS for bar in _planned(seed, arrangement)]
    return [*_sections(bars), *_floors(bars), *_repeats(bars, arrangement)]


def _planned(seed: int, arrangement: Arrangement) -> Iterator[_Bar]:
    director = Director(seed, arrangement)
    for bar in range(_BARS):
        yield _Bar(director.section_at(bar, EDM), bar, director.plan(bar, EDM))


def _sections(bars: list[_Bar]) -> list[Row]:
    counts = Counter(bar.section.name for bar in bars)
    starts = Counter(bar.section.name for bar in bars if bar.number == bar.section.start_bar)
    tracks = {(bar.section.track, bar.section.house) for bar in bars}
    return [
        Row("tracks with four on the floor", sum(house for _, house in tracks) / len(tracks), "of them"),
        *(
            Row(f"{name}, of all bars", counts[name] / len(bars), note=f"{counts[name] / starts[name]:.1f} bars each")
            for name in SECTIONS
            if starts[name]
        ),
    ]  # fmt: skip


def _floors(bars: list[_Bar]) -> list[Row]:
    """Within tracks of house."""
    found = []
    for name in SECTIONS:
        own = [bar.plan for bar in bars if bar.section.name == name and bar.section.house]
        if own:
            harmony = sum(plan.voices[0] > 0 or plan.voices[1] > 0 for plan in own) / len(own)
            share = sum(plan.four_on_the_floor for plan in own) / len(own)
            found.append(
                Row(f"{name} of house, four on the floor", share, note=f"bass or chords in {harmony:.2f}")
            )
    return found  # fmt: skip


def _repeats(bars: list[_Bar], arrangement: Arrangement) -> list[Row]:
    """How often a bar repeats the one eight before in its section, both sounding; real is what songs do."""
    found = []
    for house, style in ((True, arrangement.house), (False, arrangement.style("edm"))):
        for part, name in enumerate(PARTS):
            same = [
                _form(bar.plan)[part][_A_PHRASE_AGO]
                for before, bar in _a_phrase_apart(bars)
                if bar.section.house == house and bar.sounds(part) and before.sounds(part)
            ]
            kind = "house" if house else "other tracks"
            found.append(
                Row(
                    f"{name} of {kind} as eight bars before",
                    sum(same) / max(len(same), 1),
                    real=style.kept[part],
                )
            )
    return found


def _a_phrase_apart(bars: list[_Bar]) -> Iterator[tuple[_Bar, _Bar]]:
    for before, bar in zip(bars, bars[8:], strict=False):
        if before.number + 8 == bar.number and before.section == bar.section:
            yield before, bar


def _form(plan: BarPlan) -> tuple[tuple[bool, ...], ...]:
    return (*(plan.tune_form or ()), *(plan.drum_form or ()))
