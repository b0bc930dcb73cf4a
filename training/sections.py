"""Divide a song into sections where voices or drums start or stop, and name each by its fullness."""

from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.arrangement import UNIT_BARS
from models.codecs import melody, percussion
from models.codecs import plan as plans
from models.codecs.base import Layout, Tokens
from models.notes import TICKS_PER_BAR
from training.piece import Piece

Ints = NDArray[np.int64]
_KICK: Final = percussion.DRUMS.index("kick")
# A section begins where at least this many of the twelve voices and drums start or stop.
_CHANGES: Final = 2
# Shares of the song's fullest section from which a section is a drop, or at least a groove.
DROP_FROM, GROOVE_FROM = 0.78, 0.5
# Weights of a kick and of a melodic voice, relative to a drum hit.
_KICK_WEIGHS, _VOICE_WEIGHS = 8.0, 4.0


class BarTable(NamedTuple):
    """A song bar by bar, in whole numbers: levels, manner and letters of form.

    Levels: `voices` (B, 3), `drums` (B, 9). `manner` (B, 6): lengths of bass, chords and lead, register, thickness, strikes.
    `letters` (B, 7): equal bars of a part have equal numbers. `masks` and `roots` (2B,): one per half bar. `hits` (B,).
    """

    voices: Ints
    drums: Ints
    manner: Ints
    letters: Ints
    masks: Ints
    roots: Ints
    hits: Ints

    @property
    def bars(self) -> int:
        """Length in bars."""
        return len(self.voices)


class Section(NamedTuple):
    """Bars `start` to `stop` of a song; `energy` 0..1 is relative to its fullest section."""

    name: str
    start: int
    stop: int
    energy: float

    @property
    def units(self) -> int:
        """Length in half phrases, at least 1."""
        return max((self.stop - self.start) // UNIT_BARS, 1)


def bar_table(piece: Piece) -> BarTable:
    """Compute the table of a piece's whole bars."""
    ticks = piece.ticks // TICKS_PER_BAR * TICKS_PER_BAR
    tune, beat = piece.melody[:ticks], piece.percussion[:ticks]
    sets = plans.harmony(tune).astype(np.int64)
    manner = [
        plans.lengths(tune),
        plans.register(tune)[:, None],
        plans.thickness(tune)[:, None],
        plans.strike(tune)[:, None],
    ]
    return BarTable(
        plans.voice_levels(tune),
        plans.drum_levels(beat),
        np.concatenate(manner, axis=1),
        np.concatenate([_letters(tune, melody.LAYOUT), _letters(beat, percussion.LAYOUT)], axis=1),
        sets @ (1 << np.arange(12)),
        plans.roots(tune),
        (beat > 0).reshape(-1, TICKS_PER_BAR * beat.shape[1]).sum(axis=1),
    )


def _letters(tokens: Tokens, layout: Layout) -> Ints:
    """Return (bars, parts): the number of the first equal bar, so that equal bars have equal numbers."""
    bars = len(tokens) // TICKS_PER_BAR
    columns = []
    for start, stop in layout.part_ranges:
        rows = tokens[:, start:stop].reshape(bars, -1)
        known: dict[bytes, int] = {}
        columns.append([known.setdefault(row.tobytes(), bar) for bar, row in enumerate(rows)])
    return np.array(columns, np.int64).reshape(len(columns), bars).T


def sections(table: BarTable) -> list[Section]:
    """Return a song's sections, each a whole number of half phrases; none for a song without a drop."""
    units = table.bars // UNIT_BARS
    if not units or not table.drums.any():
        return []
    edges = _edges(table, units)
    fullness = np.array([_fullness(table, start, stop) for start, stop in edges])
    energies = fullness / max(fullness.max(), 1e-6)
    with_kick = [bool((table.drums[start:stop, _KICK] > 0).mean() >= 0.5) for start, stop in edges]
    names = _names(energies.tolist(), with_kick)
    if "drop" not in names:
        return []
    cut = [
        Section(name, start, stop, float(energy))
        for name, (start, stop), energy in zip(names, edges, energies, strict=True)
    ]
    return joined(cut)


def _edges(table: BarTable, units: int) -> list[tuple[int, int]]:
    """Return the first and the end bar of each section."""
    bars = units * UNIT_BARS
    sounding = np.concatenate([table.voices[:bars] > 0, table.drums[:bars] > 0], axis=1)
    mostly = sounding.reshape(units, UNIT_BARS, -1).mean(axis=1) >= 0.5
    changes = (mostly[1:] != mostly[:-1]).sum(axis=1)
    has_kick = mostly[:, table.voices.shape[1] + _KICK]
    starts = np.flatnonzero((changes >= _CHANGES) | (has_kick[1:] != has_kick[:-1])) + 1
    edges = [0, *(starts * UNIT_BARS).tolist(), bars]
    return list(pairwise(edges))


def _fullness(table: BarTable, start: int, stop: int) -> float:
    voices = (table.voices[start:stop] > 0).sum(axis=1).mean()
    kick = (table.drums[start:stop, _KICK] > 0).mean()
    return float(table.hits[start:stop].mean() + _KICK_WEIGHS * kick + _VOICE_WEIGHS * voices)


def _names(energies: list[float], with_kick: list[bool]) -> list[str]:
    """Name sections: drops are the fullest, intros and builds come before the first drop, outros after the last one."""
    full = [energy >= DROP_FROM and kick for energy, kick in zip(energies, with_kick, strict=True)]
    drops = [index for index, is_full in enumerate(full) if is_full]
    first, last = (drops[0], drops[-1]) if drops else (len(full), len(full))
    names = []
    for index, energy in enumerate(energies):
        if full[index]:
            names.append("drop")
        elif index == 0:
            names.append("intro")
        elif index < first:
            names.append("build" if energy >= energies[index - 1] else "intro")
        elif index > last:
            names.append("outro")
        else:
            names.append(_between(energies, index, kick=with_kick[index], into_drop=full[index + 1]))
    return names


def _between(energies: list[float], index: int, *, kick: bool, into_drop: bool) -> str:
    """Name a section between two drops. It is a build if it rises directly into the second."""
    if into_drop and energies[index] > energies[index - 1]:
        return "build"
    return "groove" if kick and energies[index] >= GROOVE_FROM else "break"


def joined(cut: list[Section]) -> list[Section]:
    """Return the sections with neighbours of the same name joined."""
    whole: list[Section] = []
    for section in cut:
        if whole and whole[-1].name == section.name:
            last = whole.pop()
            weights = (last.stop - last.start, section.stop - section.start)
            energy = float(np.average([last.energy, section.energy], weights=weights))
            whole.append(Section(section.name, last.start, section.stop, energy))
        else:
            whole.append(section)
    return whole
