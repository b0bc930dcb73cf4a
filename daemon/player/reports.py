"""The player's reports to the composer. They never block the player, and a new composer gets those not confirmed."""

from collections import deque
from typing import Final

from daemon.link.player import Attached, FromPlayer, Sent
from daemon.player.link import Link
from models.effects import ControlRow
from models.notes import MAIN
from models.take import SentRow

# The most reports without confirmation by the composer; later ones wait here.
_ON_THE_WAY: Final = 32
_MOST_KEPT: Final = 4096
_MOST_WAITING_BYTES: Final = 256 * 1024


class Reports:
    """Numbers the reports of sent messages of one deck and stores each until the composer confirms it."""

    def __init__(self, link: Link, deck: str = MAIN) -> None:
        self._link, self._deck = link, deck
        self._number = 0
        self._kept: deque[Sent] = deque(maxlen=_MOST_KEPT)
        self._told = 0

    def attach(self, attached: Attached) -> None:
        """Send a new composer the position, then every report that was not confirmed."""
        self.tell(attached)
        self._told = self._kept[0].number - 1 if self._kept else self._number
        self._send_kept()

    def sent(
        self, rows: tuple[SentRow, ...], late_us: tuple[int, ...], controls: tuple[ControlRow, ...] = ()
    ) -> None:
        """Report sent messages."""
        self._number += 1
        self._kept.append(Sent(self._number, rows, late_us, controls, deck=self._deck))
        self._send_kept()

    def received(self, number: int) -> None:
        """Drop the reports up to `number`, which the composer confirmed."""
        while self._kept and self._kept[0].number <= number:
            self._kept.popleft()
        self._send_kept()

    def tell(self, message: FromPlayer) -> None:
        """Send a message, or drop it if the composer does not read."""
        if self._has_room():
            self._link.send(message)

    def _has_room(self) -> bool:
        return self._link.waiting_bytes < _MOST_WAITING_BYTES

    def _send_kept(self) -> None:
        if not self._kept:
            return
        first = self._kept[0].number
        self._told = max(self._told, first - 1)
        while self._told - first + 1 < min(len(self._kept), _ON_THE_WAY) and self._has_room():
            self._told += 1
            self._link.send(self._kept[self._told - first])
