"""The player process: at first a standby that watches the MIDI system, then the one that plays."""

import logging
import signal
from dataclasses import replace
from typing import Any, Final

from daemon.link.supervision import Over, Ready
from daemon.player.clock import Clock, SystemClock
from daemon.player.joined import JoinedLinks
from daemon.player.link import PlayerSettings
from daemon.player.midi_bytes import channel_silence
from daemon.player.outputs import Outputs
from daemon.player.patchbay import Patchbay
from daemon.player.player import DELIVERY_SECONDS, Player
from daemon.player.ports import open_outputs
from daemon.player.realtime import become_realtime
from daemon.player.standby import Standby
from daemon.reporting.logs import inherit_logs
from daemon.supervision.launch import die_with_supervisor, name_process
from daemon.supervision.links import Links
from models.notes import VOICES

# A receiver that JACK does not connect within this time is played to without it.
_RESTORE_SECONDS: Final = 1.0
_RESTORE_EVERY_SECONDS: Final = 0.005
_log: Final = logging.getLogger(__name__)


def run(links: Links, settings: PlayerSettings) -> None:
    """Stand by until the supervisor promotes this process, then play until it ends it; leave nothing sounding."""
    clock, link = SystemClock(), JoinedLinks(links)
    standby = Standby(clock, link, settings.api)
    standby.watch()
    # JACK's library is of no more use in a process whose server has ended.
    if not links.is_promoted or standby.patchbay.has_ended:
        standby.patchbay.close()
        return
    name_process("player")
    inherit_logs("player")
    die_with_supervisor(signal.SIGTERM)
    link.close("player")
    play(clock, link, standby.patchbay, settings)
    links.send(Over())


def play(clock: Clock, link: JoinedLinks, patchbay: Patchbay, settings: PlayerSettings) -> None:
    """Open the ports, connect them as they were, and play what the composer sends."""
    outputs = open_outputs(patchbay.api or settings.api, settings.routes, settings.virtual_names)
    _restore(clock, patchbay)
    link.connections = dict(patchbay.connections)
    if link.supervisor.succeeds:
        _panic(outputs, settings)
    patchbay.close()
    link.supervisor.send(Ready("player", {"api": outputs.api, "midi": outputs.status().get("midi", "")}))
    begin = _begin(link)
    if begin is None:
        clock.sleep_until(clock.now() + DELIVERY_SECONDS)
        outputs.close()
        return
    player = Player(clock, outputs, link, replace(settings, **begin))
    signal.signal(signal.SIGTERM, lambda _signal, _frame: player.end())
    _log.info(become_realtime())
    player.run()


def _restore(clock: Clock, patchbay: Patchbay) -> None:
    deadline = clock.now() + _RESTORE_SECONDS
    while not patchbay.restore() and clock.now() < deadline:
        clock.sleep_until(clock.now() + _RESTORE_EVERY_SECONDS)


def _panic(outputs: Outputs, settings: PlayerSettings) -> None:
    """End all sound that the player before this one has left."""
    for port, channel in dict.fromkeys((outputs.port_of(v), settings.channels[v]) for v in VOICES):
        for message in channel_silence(channel):
            outputs.send(port, message)


def _begin(link: JoinedLinks) -> dict[str, Any] | None:
    """Wait for the composer to say how to begin; None when it is over before."""
    while True:
        if link.poll(0.02):
            match link.recv():
                case ("begin", values):
                    return dict(values)
                case ("quit",):
                    return None
                case _:
                    pass
