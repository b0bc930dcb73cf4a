"""The player process. First it is a standby, which watches the MIDI system; after its promotion it plays."""

import logging
import signal
from typing import Final

from daemon.link.role import Links
from daemon.link.supervision import Over, Ready
from daemon.player.decks import DELIVERY_SECONDS
from daemon.player.joined import JoinedLinks
from daemon.player.link import PlayerSettings
from daemon.player.player import Player
from daemon.player.ports.deck_ports import DeckPorts, port_names_of
from daemon.player.ports.patchbay import Patchbay
from daemon.player.ports.ports import open_outputs
from daemon.player.ports.wiring import Wiring
from daemon.player.standby import Standby
from daemon.player.timing.clock import Clock, SystemClock
from daemon.player.timing.realtime import become_realtime, collect_no_garbage
from daemon.processes import die_with_supervisor, name_process
from daemon.reporting.logs import inherit_logs

# The ports of further decks are opened within this time before the music goes on, the others later between notes.
_OPEN_SECONDS: Final = 0.4
# If JACK does not connect a receiver within this time, the player begins without this connection.
_RESTORE_SECONDS: Final = 1.0
_RESTORE_EVERY_SECONDS: Final = 0.005
# When a JACK server ends, a call of JACK's library may never return. Python then runs no signal handler, and the
# real-time process would use a whole core.
_STUCK_SECONDS: Final = 5
_log: Final = logging.getLogger(__name__)


def run(links: Links, settings: PlayerSettings) -> None:
    """Stand by until the supervisor promotes this process. Then play until the supervisor ends it, and end all notes."""
    collect_no_garbage()
    clock, link = SystemClock(), JoinedLinks(links)
    wiring = Wiring(settings.wiring)
    standby = Standby(clock, link, settings.api, settings.virtual_names, wiring)
    standby.watch()
    # After its server has ended, JACK's library is unusable in this process.
    if not links.is_promoted or standby.patchbay.has_ended:
        standby.patchbay.close()
        return
    name_process("player")
    inherit_logs("player")
    link.close("player")
    play(clock, link, standby, settings)


def play(clock: Clock, link: JoinedLinks, standby: Standby, settings: PlayerSettings) -> None:
    """Open the ports, restore their connections, and play the ticks from the composer until the end."""
    patchbay, decks = standby.patchbay, standby.decks if link.supervisor.succeeds else ()
    api = patchbay.api or settings.api
    outputs = open_outputs(
        api, settings.routes, settings.virtual_names, patchbay.listing, settings.further_ports()
    )
    ports, deadline = DeckPorts(outputs), clock.now() + _OPEN_SECONDS
    ports.open(decks, lambda: clock.now() > deadline)
    link.awaited |= {*decks}
    patchbay.watch(port_names_of(ports.decks(), settings.virtual_names))
    _restore(clock, patchbay)
    if link.supervisor.succeeds:
        ports.end_all_sound(settings)
    patchbay.close()
    link.supervisor.send(Ready("player", {"api": outputs.api, "midi": outputs.status().get("midi", "")}))
    if not link.await_composer():
        clock.sleep_until(clock.now() + DELIVERY_SECONDS)
        link.supervisor.send(Over())
        ports.close()
        return
    player = Player(clock, ports, link, settings)
    signal.signal(signal.SIGTERM, lambda _signal, _frame: player.end())
    die_with_supervisor(signal.SIGTERM)  # until now no note of this process sounds, and SIGKILL ends it
    link.stuck_seconds = _STUCK_SECONDS
    _log.info(become_realtime())
    link.begin()
    try:
        player.play()
        link.supervisor.send(Over())
    finally:
        ports.close(link.supervisor.show_life)


def _restore(clock: Clock, patchbay: Patchbay) -> None:
    deadline = clock.now() + _RESTORE_SECONDS
    while not patchbay.restore() and clock.now() < deadline:
        clock.sleep_until(clock.now() + _RESTORE_EVERY_SECONDS)
