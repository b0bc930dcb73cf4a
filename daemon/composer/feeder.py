"""Send ticks to the player when it asks for them, and the tempo of its MIDI clock while playing is stopped."""

import logging
from typing import Final

from daemon.composer.events import Events
from daemon.composer.player_link import PlayerLink
from daemon.composer.recorder import Recorder
from daemon.composer.sounding_key import sounding_key
from daemon.music.composition import Composition
from models.notes import PULSES_PER_TICK, TICKS_PER_BAR, VOICES

_log: Final = logging.getLogger(__name__)
_FAULTS_TOLD: Final = 3


class Feeder:
    """Sends ticks of the composition to the player, and tells the recorder and the events of each."""

    def __init__(
        self, composition: Composition, players: PlayerLink, recorder: Recorder, events: Events
    ) -> None:
        self._composition, self._players, self._recorder, self._events = (
            composition,
            players,
            recorder,
            events,
        )
        self._tempo_told = composition.parameters.tempo
        self._faults = self._good = 0

    def send_tick(self, tick: int) -> None:
        """Compose a tick, or take it if it is composed already, and send it."""
        is_new = self._composition.kept(tick) is None
        try:
            ticked = self._composition.want(tick)
        except Exception as error:  # noqa: BLE001 - whatever a network's runtime raises must not end the music
            self._forgo(tick, error)
            return
        self._players.send(ticked.message)
        self._tempo_told = ticked.parameters.tempo
        plan, key = ticked.composed.plan, sounding_key(ticked.composed.plan, ticked.parameters)
        self._recorder.add_tick(tick * PULSES_PER_TICK, self._tempo_told, plan.section, key)
        self._events.adopted(ticked.parameters)
        if is_new:
            self._events.composed(ticked.compose_us)
            self._good += 1
            if self._good >= TICKS_PER_BAR:
                self._faults = 0

    def _forgo(self, tick: int, error: Exception) -> None:
        """Send `tick`, which could not be composed, without notes. Log the first faults after each good bar."""
        self._events.underruns += 1
        self._faults, self._good = self._faults + 1, 0
        if self._faults <= _FAULTS_TOLD:
            _log.error("tick %d could not be composed; it stays silent", tick, exc_info=error)
        self._players.send(("tick", tick, (), self._composition.parameters.tempo, VOICES))
        self._composition.forgo(tick)

    def send_tempo(self) -> None:
        """Send the tempo of the clock to a player that asks for no ticks, if it has changed."""
        tempo = self._composition.parameters.tempo
        if tempo != self._tempo_told:
            self._tempo_told = tempo
            self._players.send(("tempo", tempo))

    def stopped(self) -> None:
        """Forget which tempo was sent: the player drops the ticks composed ahead, and their tempo with them."""
        self._tempo_told = 0.0
