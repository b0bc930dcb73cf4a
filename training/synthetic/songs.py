"""Make a whole song of a genre from a seed: loops of four bars in an arrangement."""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from models.grid import Song, Track
from models.notes import TICKS_PER_BAR
from training.synthetic import drums, tunes
from training.synthetic.arrangement import Phrase, arrange
from training.synthetic.harmony import chord_loop
from training.synthetic.loops import PHRASE_BARS, Event, Loop, at_bar, phrase, thinned

_PHRASE_TICKS: Final = PHRASE_BARS * TICKS_PER_BAR
_LAST_BAR: Final = (PHRASE_BARS - 1) * TICKS_PER_BAR
_VOICES: Final = {
    "Bass": ("bass", "long_bass"),
    "Pad": ("pad",),
    "Stab chords": ("stabs",),
    "Lead": ("lead", "arp"),
}
_MELODIC: Final = tuple(layer for layers in _VOICES.values() for layer in layers)


@dataclass(frozen=True)
class Genre:
    """The choices of a genre; `static` and `sevenths` are probabilities for `chord_loop`."""

    grids: drums.Grids
    basses: tuple[tunes.Maker, ...]
    stabs: tuple[tunes.Maker, ...]
    leads: tuple[tunes.Maker, ...]
    static: float
    sevenths: float


GENRES: Final[Mapping[str, Genre]] = {
    "house": Genre(
        drums.HOUSE,
        (tunes.offbeat_bass, tunes.groove_bass),
        (tunes.stabs,),
        (tunes.lead, tunes.arp),
        0.15,
        0.3,
    ),
    "deep house": Genre(
        drums.DEEP_HOUSE,
        (tunes.groove_bass, tunes.pumping_bass),
        (tunes.stabs, tunes.pad),
        (tunes.lead,),
        0.2,
        0.8,
    ),
    "trance": Genre(
        drums.TRANCE,
        (tunes.rolling_bass, tunes.offbeat_bass),
        (tunes.gated, tunes.pad),
        (tunes.anthem, tunes.lead),
        0.0,
        0.1,
    ),
    "techno": Genre(
        drums.TECHNO,
        (tunes.drone_bass, tunes.pumping_bass),
        (tunes.stabs,),
        (tunes.arp, tunes.lead),
        0.7,
        0.3,
    ),
    "progressive": Genre(
        drums.PROGRESSIVE,
        (tunes.pumping_bass, tunes.offbeat_bass),
        (tunes.gated, tunes.stabs),
        (tunes.anthem, tunes.lead),
        0.05,
        0.25,
    ),
}


def song(seed: int) -> tuple[str, Song]:
    """Return the genre and the song of a seed. Consecutive seeds go through all genres."""
    name = list(GENRES)[seed % len(GENRES)]
    dice = random.Random(f"{name} {seed}")  # noqa: S311 - not for security
    layers = _layers(GENRES[name], dice)
    phrases = arrange(dice)
    played: dict[str, list[Event]] = {"Drums": [], **{voice: [] for voice in _VOICES}}
    for number, each in enumerate(phrases):
        for voice, events in _played(each, layers, dice).items():
            played[voice] += at_bar(events, number * PHRASE_BARS)
        if number and phrases[number - 1].section != each.section and each.section != "break":
            played["Drums"] += at_bar(drums.CRASH, number * PHRASE_BARS)
    return name, Song(tuple(_track(voice, events) for voice, events in played.items() if events))


def _layers(genre: Genre, dice: random.Random) -> dict[str, Loop]:
    """Return every layer of a song as eight bars: a loop, and the loop with another ending."""
    chords = chord_loop(dice, static=genre.static, sevenths=genre.sevenths)
    makers: dict[str, tunes.Maker] = {
        "bass": dice.choice(genre.basses),
        "long_bass": tunes.long_bass,
        "pad": tunes.pad,
        "stabs": dice.choice(genre.stabs),
        "lead": dice.choice(genre.leads),
        "arp": tunes.arp,
        "second": dice.choice(genre.leads),
    }
    layers = {}
    for layer, make in makers.items():
        loop = make(chords, dice)
        turn = make(chords, dice) if layer in ("lead", "second", "bass") and dice.random() < 0.6 else loop
        layers[layer] = phrase(loop, turn)
    groove = drums.groove(genre.grids, dice)
    return {**layers, **{drum: phrase(loop, loop) for drum, loop in groove.items()}}


def _played(each: Phrase, layers: Mapping[str, Loop], dice: random.Random) -> dict[str, list[Event]]:
    """Return the events of one phrase by track."""
    lines = {name: layers[name] for name in _MELODIC if name in each.layers}
    if "second" in each.layers:
        lines["lead"] = layers["second"]
    if "lead" in lines and "arp" in lines:
        lines["arp"] = tuple(event for event in lines["arp"] if event.tick % 2 == 0)
    voices = {
        voice: [e for own in names if own in lines for e in lines[own]] for voice, names in _VOICES.items()
    }
    if each.ends == "hush":
        voices = {
            voice: [e for e in events if e.tick < _PHRASE_TICKS - 4] for voice, events in voices.items()
        }
    return {"Drums": _drummed(each, layers, dice), **voices}


def _drummed(each: Phrase, layers: Mapping[str, Loop], dice: random.Random) -> list[Event]:
    hits = [
        event
        for drum, loop in layers.items()
        if drum in each.layers and drum not in _MELODIC and drum != "second"
        for event in (thinned(loop, 0.95, dice) if drum in ("closed_hat", "rim") else loop)
    ]
    if "early_kick" in each.layers:
        hits += [event for event in layers["kick"] if event.tick < _PHRASE_TICKS // 2]
    if "roll" in each.layers:
        hits += drums.roll(dice)
    if each.ends == "fill" and dice.random() < 0.8:
        others = [e for e in hits if e.tick < _LAST_BAR or e.pitch in _hats()]
        hits = [*others, *at_bar(drums.fill(dice), PHRASE_BARS - 1)]
    return hits


def _hats() -> set[int]:
    return {drums.hit(drum, 0, 1).pitch for drum in ("closed_hat", "open_hat", "ride")}


def _track(name: str, events: Iterable[Event]) -> Track:
    onset, length, pitch, velocity = np.array(sorted(events), dtype=np.int64).T
    return Track(name, name == "Drums", onset, length, pitch, velocity, np.zeros(len(onset)))
