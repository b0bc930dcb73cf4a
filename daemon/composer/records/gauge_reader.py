"""The last eight bars as played, which the gauge classifies at the end of each bar."""

import logging
from collections.abc import Callable
from typing import Final

import numpy as np

from daemon.composer.models.preload import bundle_named
from daemon.music.ensemble.ensembles import Ticked
from daemon.parameters import Parameters
from models.codecs import melody, percussion
from models.codecs.base import Tokens
from models.gauge import Gauge, Reading
from models.manifest import GAUGE, HEARD_TICKS
from models.notes import PULSES_PER_TICK, TICKS_PER_BAR, Note
from models.scales import key_shift

_log: Final = logging.getLogger(__name__)
# `daemon/music/ensemble/articulation.py` multiplies drum velocities by _QUIET + _DRIVE * energy; `beat_of` divides by it.
_QUIET, _DRIVE = 0.88, 0.24


class GaugeReader:
    """Takes each tick as it begins to sound, and gives a reading at each bar's last tick.

    `load` opens the gauge, which the first reading needs. If it cannot be used, that is logged, and nothing is read.
    """

    def __init__(self, load: Callable[[], Gauge]) -> None:
        self._load: Callable[[], Gauge] | None = load
        self._gauge: Gauge | None = None
        self._tunes = np.zeros((HEARD_TICKS, len(melody.LAYOUT.slots)), np.int64)
        self._beats = np.zeros((HEARD_TICKS, len(percussion.DRUMS)), np.int64)
        self._last = -1

    def hear(self, ticked: Ticked) -> Reading | None:
        """Add a tick; return the reading of the last eight bars at a bar's last tick, else None."""
        if self._load is None:
            return None
        tick = ticked.composed.tick
        self._skip_to(tick)
        place = tick % HEARD_TICKS
        self._tunes[place], self._beats[place] = tune_of(ticked), beat_of(ticked)
        return self._read(place) if tick % TICKS_PER_BAR == TICKS_PER_BAR - 1 else None

    def _skip_to(self, tick: int) -> None:
        """Write silence for skipped ticks; after a jump back, or one of more than eight bars, all ticks are silent."""
        if not 0 <= tick - self._last <= HEARD_TICKS:
            self._last = tick - HEARD_TICKS
        for missed in range(self._last + 1, tick):
            self._tunes[missed % HEARD_TICKS] = self._beats[missed % HEARD_TICKS] = 0
        self._last = tick

    def _read(self, place: int) -> Reading | None:
        assert self._load is not None  # noqa: S101 - `hear` has checked it
        order = np.arange(place + 1, place + 1 + HEARD_TICKS) % HEARD_TICKS
        try:
            self._gauge = self._gauge or self._load()
            return self._gauge.read(self._tunes[order], self._beats[order])
        except Exception as error:  # noqa: BLE001 - no error of the runtime may end the music
            _log.warning("the gauge cannot be used and is switched off: %s", error)
            self._load = None
            return None


def open_gauge(name: str) -> Gauge:
    """Return the gauge of that name or folder. Raises BundleError if it cannot be used."""
    return Gauge.load(bundle_named(name, GAUGE))


def tune_of(ticked: Ticked) -> Tokens:
    """Return (10,) tokens of a tick's melodic notes as they sound, moved to the common key."""
    parameters = ticked.parameters
    shift = key_shift(parameters.scale) + parameters.transpose + ticked.composed.plan.key
    sounds = [_sound(note, shift, parameters) for note in ticked.composed.notes if note.voice != "drums"]
    tokens: Tokens = melody.encode([sounds])[0]
    return tokens


def _sound(note: Note, shift: int, parameters: Parameters) -> melody.Sound:
    length = max(round(note.length / (PULSES_PER_TICK * parameters.gate)), 1)
    return melody.Sound(note.voice, note.pitch - shift, length)


def beat_of(ticked: Ticked) -> Tokens:
    """Return (9,) tokens of a tick's drums, with the effects of `velocity` and energy on loudness removed."""
    scale = ticked.parameters.velocity * (_QUIET + _DRIVE * ticked.composed.plan.energy)
    hits = [_hit(note, scale) for note in ticked.composed.notes if note.voice == "drums"]
    tokens: Tokens = percussion.encode([hits])[0]
    return tokens


def _hit(note: Note, scale: float) -> percussion.Hit:
    drum = percussion.drum_of(note.pitch)
    return percussion.Hit(drum, note.velocity / (percussion.MEDIUM_VELOCITY[drum] * scale))
