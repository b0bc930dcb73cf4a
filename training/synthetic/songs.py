"""Make a whole song of a genre from a seed: loops of four bars in an arrangement."""

import random
from collections.abc import Iterable, Mapping
from typing import Final

import numpy as np

from models.genres import NAMES
from models.grid import Song, Track
from models.notes import TICKS_PER_BAR
from training.synthetic import drums
from training.synthetic.arrangement import Phrase, arrange, drift
from training.synthetic.backing import backing, long_bass, pad
from training.synthetic.harmony import chord_loop
from training.synthetic.hooks import arp, hook
from training.synthetic.loops import PHRASE_BARS, Event, Loop, at_bar, twice
from training.synthetic.styles import STYLES, Style

_PHRASE_TICKS: Final = PHRASE_BARS * TICKS_PER_BAR
_LAST_BAR: Final = (PHRASE_BARS - 1) * TICKS_PER_BAR
_VOICES: Final = {
    "Bass": ("bass", "long_bass"),
    "Pad": ("pad",),
    "Stab chords": ("stabs",),
    "Lead": ("lead", "arp"),
}
_MELODIC: Final = tuple(layer for layers in _VOICES.values() for layer in layers)
_BEAT: Final = {drums.hit(drum, 0, 1).pitch for drum in ("kick", "snare", "clap")}
_FILLED: Final = 0.8


def song(seed: int) -> tuple[str, Song]:
    """Return the genre and the song of a seed. Consecutive seeds go through all genres."""
    name = NAMES[seed % len(NAMES)]
    dice = random.Random(f"{name} {seed}")  # noqa: S311 - not for security
    style = STYLES[name]
    layers = _layers(style, dice)
    phrases = drift(dice) if style.drifts else arrange(dice)
    played: dict[str, list[Event]] = {"Drums": [], **{voice: [] for voice in _VOICES}}
    for number, each in enumerate(phrases):
        for voice, events in _played(each, layers, dice).items():
            played[voice] += at_bar(events, number * PHRASE_BARS)
        begins = bool(number) and phrases[number - 1].section != each.section
        if begins and each.section != "break" and not style.drifts:
            played["Drums"] += at_bar(drums.CRASH, number * PHRASE_BARS)
    return name, Song(tuple(_track(voice, events) for voice, events in played.items() if events))


def _layers(style: Style, dice: random.Random) -> dict[str, Loop]:
    """Return every layer of a song as eight bars."""
    chords = chord_loop(dice, static=style.static, sevenths=style.sevenths)
    chosen = dice.choice(style.backings)
    loops = {
        **backing(chosen, chords, dice),
        "long_bass": long_bass(chords, dice),
        "pad": pad(chords, dice),
        "lead": hook(dice.choice(style.hooks), chords, chosen.bass, dice),
        "arp": arp(chords, dice),
    }
    return {name: twice(loop) for name, loop in loops.items()} | drums.groove(style.grids, dice)


def _played(each: Phrase, layers: Mapping[str, Loop], dice: random.Random) -> dict[str, list[Event]]:
    """Return the events of one phrase by track."""
    stops = _PHRASE_TICKS - 4 if each.ends == "hush" else _PHRASE_TICKS
    voices = {
        voice: [e for own in names if own in each.layers for e in layers[own] if e.tick < stops]
        for voice, names in _VOICES.items()
    }
    return {"Drums": _drummed(each, layers, dice), **voices}


def _drummed(each: Phrase, layers: Mapping[str, Loop], dice: random.Random) -> list[Event]:
    hits = [
        event
        for drum, loop in layers.items()
        if drum in each.layers and drum not in _MELODIC
        for event in loop
    ]
    if "early_kick" in each.layers:
        hits += [event for event in layers["kick"] if event.tick < _PHRASE_TICKS // 2]
    if "roll" in each.layers:
        hits += drums.roll(dice)
    if each.ends == "fill" and dice.random() < _FILLED:
        beat = [e for e in hits if e.tick >= _LAST_BAR and e.pitch in _BEAT]
        last = tuple(at_bar(beat, 1 - PHRASE_BARS))
        hits = [e for e in hits if e not in beat] + at_bar(drums.fill(last, dice), PHRASE_BARS - 1)
    return hits


def _track(name: str, events: Iterable[Event]) -> Track:
    onset, length, pitch, velocity = np.array(sorted(set(events)), dtype=np.int64).T
    return Track(name, name == "Drums", onset, length, pitch, velocity, np.zeros(len(onset)))
