"""Several decks on one player in virtual time: each has a scripted composer of its own, on one link."""

from collections.abc import Mapping
from typing import Any

import msgspec

from daemon.link.player import AddDeck, DeckMessage, FromPlayer, Ports, ToPlayer
from daemon.player.link import NewComposer, PlayerSettings
from daemon.player.player import Player
from daemon.player.ports.memory_ports import MemoryDriver
from daemon.player.ports.outputs import Outputs
from daemon.player.timing.clock import VirtualClock
from models.notes import MAIN
from tests.daemon.rig import TEMPO, Compose, Cue, ScriptedLink


class DecksLink:
    """The links of several scripted composers as one; `told` is what the player said of no deck or of unknown ones."""

    waiting_bytes = 0

    def __init__(self, clock: VirtualClock, links: Mapping[str, ScriptedLink], script: list[Cue]) -> None:
        self.links, self.told = links, list[FromPlayer]()
        self._clock, self._script = clock, sorted(script, key=lambda cue: cue.seconds)

    def poll(self, timeout: float, /) -> bool:
        first, until = self._first(), self._clock.now() + timeout
        self._clock.sleep_until(min(first, until))
        return first <= until

    def recv(self) -> ToPlayer | NewComposer:
        first = self._first()
        if self._script and self._script[0].seconds == first:
            message = self._script.pop(0).message
            if message is None:
                raise EOFError
            return message  # type: ignore[return-value]
        deck = next(deck for deck, link in self.links.items() if link.next_seconds() == first)
        said = self.links[deck].recv()
        if isinstance(said, DeckMessage):
            return msgspec.structs.replace(said, deck=deck)
        return AddDeck(deck, True, TEMPO) if isinstance(said, NewComposer) and deck != MAIN else said

    def send(self, message: FromPlayer, /) -> None:
        if not isinstance(message, DeckMessage) or message.deck not in self.links:
            self.told.append(message)
        else:
            self.links[message.deck].send(message)

    def ports(self) -> Ports:
        """Return the last state of the ports that was sent."""
        return [message for message in self.told if isinstance(message, Ports)][-1]

    def _first(self) -> float:
        return min(
            [link.next_seconds() for link in self.links.values()] + [c.seconds for c in self._script[:1]]
        )


class DecksRig:
    """A player of several decks; each script is what one deck's composer says, and `script` what concerns all decks."""

    def __init__(
        self,
        decks: Mapping[str, tuple[list[Cue], Compose]],
        script: list[Cue],
        ahead: int = 4,
        driver: type[MemoryDriver] = MemoryDriver,
        **settings: Any,
    ) -> None:
        self.clock = VirtualClock()
        self.driver = driver(self.clock)
        links = {
            deck: ScriptedLink(self.clock, cues, compose, ahead) for deck, (cues, compose) in decks.items()
        }
        self.link = DecksLink(self.clock, links, script)
        self.player = Player(
            self.clock, Outputs(self.driver, {}), self.link, PlayerSettings(tempo=TEMPO, **settings)
        )

    def run(self) -> "DecksRig":
        self.player.run()
        return self

    def sent(self, deck: str, voice: str = "melody") -> list[tuple[float, bytes]]:
        port = f"edmd {voice}" if deck == MAIN else f"edmd {deck} {voice}"
        return self.driver.ports[port].sent

    def notes(self, deck: str, voice: str = "melody") -> list[tuple[float, bytes]]:
        return [each for each in self.sent(deck, voice) if each[1][0] & 0xE0 == 0x80]
