"""The interface of a deck for requests, including long tasks: loading and priming."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from daemon.composer.models.loading import Loading
from daemon.composer.models.priming import Priming
from daemon.composer.playing.conductor import Conductor
from daemon.control.messages import ControlError
from daemon.music.deck.operations import SwapModel
from daemon.music.ensemble.lineup import Place, Source
from daemon.music.systems.system import Part
from daemon.music.systems.table import NETWORKLESS
from daemon.workers.jobs import Heard, Verified
from models import bundle as bundles
from models.hearing import TokenisedMusic
from models.session import Provider

Reply = Mapping[str, Any]


class Stage:
    """A conductor with loading and priming in the background; `preset_changes` counts saved and deleted presets."""

    def __init__(self, conductor: Conductor, provider: Provider) -> None:
        self.deck, self.changes, self.recorder = conductor.deck, conductor.changes, conductor.recorder
        self.steer, self.transport, self.changed = conductor.steer, conductor.transport, conductor.changed
        self.preset_changes = 0
        conductor.more_standing = lambda: {"presets": self.preset_changes}
        self._conductor, self._provider = conductor, provider
        self._loading = Loading(provider)
        self._priming = Priming(conductor.library, self.deck, self.changes)

    def finish_loading(self) -> None:
        """Change to a model that is loaded now."""
        for opened, part in self._loading.finished():
            self._conductor.library.add(opened)
            self._swap(opened.source, part)

    def prime(self) -> bool:
        """Prime with one beat of music, if there is some; return whether there was work."""
        if not self._priming.is_busy:
            return False
        if self._priming.work():
            self.changed()
        return True

    def close(self) -> None:
        """Stop loading and priming."""
        self._loading.close()
        self._priming.close()

    def report(self) -> dict[str, Any]:
        """Return models, parameters that do not act, ports, MIDI system, provider, the gauge's last reading, and health."""
        events = self._conductor.events
        return {
            "models": self._models(),
            "unheeded": self._conductor.library.unheeded(self.changes.state.lineup),
            "ports": events.ports,
            "midi": events.midi or "none",
            "provider": {"name": self._provider.name, "why": self._provider.why},
            "gauge": events.gauge,
            "health": events.health_now(),
        }

    def model_name(self) -> str:
        """Return the name of the model that plays the melody."""
        return self.changes.state.lineup.name

    def _models(self) -> dict[str, Any]:
        places = self.changes.state.lineup.places
        return {
            "current": self.model_name(),
            "parts": {place: source.name for place, source in places.items()},
            "available": [*bundles.names(), *NETWORKLESS],
        }

    def swap(self, bundle: Verified, part: Part | None) -> Reply:
        """Load a verified bundle in the background; the music, or one part, changes to it at the next bar."""
        self._loading.load(bundle, part)
        return _swapped(bundle.name, part)

    def swap_system(self, name: str, part: Part | None) -> Reply:
        """Change to a system without networks at the next bar. Raises ControlError if none has the name."""
        if name not in NETWORKLESS:
            raise ControlError("not_found", f"no system without networks is named {name}", "name")
        self._swap(Source(name), part)
        return _swapped(name, part)

    def _swap(self, source: Source, part: Part | None) -> None:
        sources: dict[Place, Source] = {part: source} if part else self._conductor.library.sources(source)
        self.changes.accept(SwapModel(sources))
        self.changed()

    def hear(self, music: Heard) -> Reply:
        """Prime with music in the background; the deck then continues from it at the next bar."""
        melody, percussion = (np.array(rows, np.int64) for rows in (music.melody, music.percussion))
        heard = TokenisedMusic(melody, percussion, music.shift)
        self._priming.expect(heard)
        return {"bars": heard.bars, "shift": heard.shift, "at": "bar"}


def _swapped(name: str, part: Part | None) -> Reply:
    return {"name": name, "at": "bar", **({} if part is None else {"part": part})}
