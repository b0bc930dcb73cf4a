"""The interface of the performance for requests, including long tasks: loading and priming."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from daemon.composer.conductor import Conductor
from daemon.composer.loading import Loading
from daemon.composer.priming import Priming
from daemon.music.lineup import whole
from daemon.music.operations import SwapModel
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

    def work(self) -> float | None:
        """Do one step of composing, loading and priming; return the seconds until there is more to do, or None."""
        for opened in self._loading.finished():
            self._conductor.library.add(opened)
            self.changes.accept(SwapModel(whole(opened.source)))
            self.changed()
        wait_seconds = self._conductor.work()
        if wait_seconds == 0.0 or not self._priming.is_busy:
            return wait_seconds
        if self._priming.work():
            self.changed()
        return 0.0

    def close(self) -> None:
        """Stop loading."""
        self._loading.close()

    def report(self) -> dict[str, Any]:
        """Return models, ports, MIDI system, provider, the gauge's last reading, and health."""
        events = self._conductor.events
        return {
            "models": {"current": self.model_name(), "available": bundles.names()},
            "ports": events.ports,
            "midi": self._conductor.midi or "none",
            "provider": {"name": self._provider.name, "why": self._provider.why},
            "gauge": events.gauge,
            "health": events.health_now(),
        }

    def model_name(self) -> str:
        """Return the name of the model that plays."""
        return self.changes.state.lineup.plan.name

    def swap(self, bundle: Verified) -> Reply:
        """Load a verified bundle in the background; the music changes to it at the next bar."""
        self._loading.load(bundle)
        return {"name": bundle.name, "at": "bar"}

    def hear(self, music: Heard) -> Reply:
        """Prime with music in the background; the deck then continues from it at the next bar."""
        melody, percussion = (np.array(rows, np.int64) for rows in (music.melody, music.percussion))
        heard = TokenisedMusic(melody, percussion, music.shift)
        self._priming.expect(heard)
        return {"bars": heard.bars, "shift": heard.shift, "at": "bar"}
