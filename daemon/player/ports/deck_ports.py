"""The ports of all decks. Those of the main deck are open from the start."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from daemon.player.link import PlayerSettings
from daemon.player.ports.outputs import Outputs
from daemon.player.sender import end_all_sound
from models.notes import MAIN


class DeckPorts:
    """The outputs of each deck by its name; `main` are those of the main deck."""

    def __init__(self, main: Outputs) -> None:
        self.main = main
        self._outputs = {MAIN: main}

    def of(self, deck: str) -> Outputs:
        """Return a deck's outputs; those of a new deck are not open yet."""
        if deck not in self._outputs:
            self._outputs[deck] = self.main.beside(port_names(deck, self.main.virtual_names))
        return self._outputs[deck]

    def decks(self) -> tuple[str, ...]:
        """Return the names of the decks that have ports, main first."""
        return tuple(self._outputs)

    def close_port(self, deck: str, name: str) -> bool:
        """Close a port of a deck. If it was the last one, remove the deck's outputs and return True."""
        if deck not in self._outputs:
            return False
        self._outputs[deck].close_port(name)
        if self._outputs[deck].open_ports():
            return False
        del self._outputs[deck]
        return True

    def status(self) -> dict[str, str]:
        """Return the state of every port as `Outputs.status` does, with the problems of all decks under "midi"."""
        if len(self._outputs) == 1:
            return self.main.status()
        each = [outputs.status() for outputs in self._outputs.values()]
        problems = "; ".join(dict.fromkeys(status.pop("midi") for status in each if "midi" in status))
        merged = {name: state for status in reversed(each) for name, state in status.items()}
        return merged | {"midi": problems} if problems else merged

    def open(self, decks: Sequence[str], is_late: Callable[[], bool]) -> None:
        """Open the ports of these decks, until `is_late` returns True."""
        for deck in decks:
            for name in port_names(deck, self._outputs[MAIN].virtual_names):
                if is_late():
                    return
                self.of(deck).open_virtual(name)

    def end_all_sound(self, settings: PlayerSettings) -> None:
        """End all notes that an earlier player may have left sounding on any port."""
        for deck, outputs in self._outputs.items():
            end_all_sound(outputs, settings if deck == MAIN else replace(settings, more={}))

    def close(self, between: Callable[[], None] = lambda: None) -> None:
        """Close the ports of all decks, and leave the MIDI system; call `between` before each deck."""
        for outputs in reversed(self._outputs.values()):
            between()
            outputs.close()


def port_names(deck: str, main: tuple[str, str]) -> tuple[str, str]:
    """Return the names of a deck's ports: `edmd melody` of the main deck becomes `edmd DECK melody`."""
    melody, percussion = (_named(deck, name) for name in main) if deck != MAIN else main
    return melody, percussion


def port_names_of(decks: Sequence[str], main: tuple[str, str]) -> tuple[str, ...]:
    """Return the names of all ports of these decks."""
    return tuple(name for deck in decks for name in port_names(deck, main))


def _named(deck: str, name: str) -> str:
    stem, _, last = name.rpartition(" ")
    return " ".join(filter(None, (stem, deck, last)))
