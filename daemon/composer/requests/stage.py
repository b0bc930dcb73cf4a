"""The interface of a deck for requests, including long tasks: loading and priming."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from msgspec import to_builtins

from daemon.automation import boundary
from daemon.composer.listening.listener import Listener
from daemon.composer.models.loading import Loading
from daemon.composer.models.priming import Priming
from daemon.composer.models.scenes import Stand, lineup_for, operations_of, scene_of
from daemon.composer.playing.conductor import Conductor
from daemon.composer.playing.position import STOPPED, when
from daemon.control import messages
from daemon.control.messages import ControlError
from daemon.link.gateway import LoadScene
from daemon.music.deck.operations import SwapModel
from daemon.music.ensemble.lineup import Place, Source
from daemon.music.systems.system import Part
from daemon.music.systems.table import NETWORKLESS
from daemon.workers.jobs import Heard, Verified
from models import bundle as bundles
from models.hearing import TokenisedMusic
from models.notes import TICKS_PER_BAR
from models.session import Provider

Reply = Mapping[str, Any]
_log: Final = logging.getLogger(__name__)


class Stage:
    """A conductor with loading and priming in the background; `preset_changes` counts saved and deleted presets."""

    def __init__(self, conductor: Conductor, provider: Provider) -> None:
        self.deck, self.changes, self.recorder = conductor.deck, conductor.changes, conductor.recorder
        telling = conductor.telling
        self.steer, self.transport, self.changed = conductor.steer, telling.transport, telling.changed
        self.values = telling.values
        self.preset_changes = 0
        self._conductor = conductor
        self._loading = Loading(provider)
        self._priming = Priming(conductor.library, self.deck, self.changes)
        self.listener = Listener(
            self.deck,
            self.changes,
            conductor.position,
            self._priming,
            publish=conductor.events.tell,
            step_seconds=lambda: conductor.feeder.horizon.tick_seconds,
        )
        conductor.has_begun = self.listener.begun
        telling.more = self._more_standing

    def _more_standing(self) -> dict[str, Any]:
        return {
            "presets": self.preset_changes,
            "scene": self._conductor.stand.scene,
            "listening": self.listener.tell(),
        }

    def listen(self, op: messages.Listen) -> Reply:
        """Listen to who plays in another way."""
        begins = self.listener.carry_out(op)
        self.changed()
        return {"listening": self.listener.tell(), **begins}

    def finish_loading(self) -> None:
        """Change to a model that is loaded now."""
        for opened, purpose in self._loading.finished():
            for each in opened:
                self._conductor.library.add(each)
            if not isinstance(purpose, LoadScene):
                self._swap(opened[0].source, purpose)
                continue
            try:
                self._begin_scene(purpose, {each.bundle.loaded_as: each.source for each in opened})
            except ControlError as error:
                _log.error("the scene %s cannot be loaded: %s", purpose.name, error.message)

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
        events, provider = self._conductor.events, self._conductor.library.provider
        return {
            "models": self._models(),
            "unheeded": self._conductor.telling.unheeded(),
            "clock": self._conductor.telling.clock(),
            "listening": self.listener.tell(),
            "ports": events.ports,
            "midi": events.midi or "none",
            "provider": {"name": provider.name, "why": provider.why},
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

    @property
    def digests(self) -> set[str]:
        """The digests of bundles that the deck does not need yet."""
        return self._priming.digests

    def scene(self) -> dict[str, Any]:
        """Return what plays as a scene, and the name of the scene that was loaded last."""
        stand = self._conductor.stand
        return {"scene": scene_of(self.deck, self.changes.state, stand), "current": stand.scene}

    def load_scene(self, scene: LoadScene) -> Reply:
        """Change to a scene at the next bar or phrase, once its bundles are open and its music was heard."""
        if not scene.bundles:
            return {"name": scene.name, "at": scene.at, **self._begin_scene(scene, {})}
        self._loading.load(scene.bundles, scene)
        self._note_scene(scene)
        return {"name": scene.name, "at": scene.at}

    def _begin_scene(self, scene: LoadScene, opened: Mapping[str, Source]) -> Reply:
        state = self.changes.state
        lineup = lineup_for(scene.file, state.lineup, opened)
        operations = operations_of(scene, lineup, state)
        self._note_scene(scene)
        if scene.heard is not None:
            parameters = state.parameters.replaced(scene.file.values)
            self._priming.expect_scene(_tokens(scene.heard), lineup, parameters, tuple(operations), scene.at)
            return {}
        tick = self.changes.accept_all(operations)
        self.changed()
        return when(boundary(tick, scene.at))

    def _note_scene(self, scene: LoadScene) -> None:
        primed = scene.file.prime
        self._conductor.stand = Stand(scene.name, None if primed is None else to_builtins(primed))
        self.changed()

    def capture(self, prepared: Path, bars: int) -> Reply:
        """Write the last bars to a spool; return its path, that of the recording, and how many bars it has."""
        tick = self.deck.next_tick
        # While it plays, the bar that sounds is left out; when it has stopped, the one that was broken off is the last.
        end_bar = tick // TICKS_PER_BAR if self.transport()["state"] != STOPPED else -(-tick // TICKS_PER_BAR)
        return self.recorder.capture(prepared, bars, end_bar)

    def hear(self, music: Heard, op: messages.Prime | None = None) -> Reply:
        """Prime with music in the background; the deck then continues from it at the next bar."""
        primed = None if op is None else to_builtins(op)
        self._conductor.stand = Stand(self._conductor.stand.scene, primed)
        heard = _tokens(music)
        self._priming.expect(heard)
        return {"bars": heard.bars, "shift": heard.shift, "at": "bar"}


def _tokens(music: Heard) -> TokenisedMusic:
    melody, percussion = (np.array(rows, np.int64) for rows in (music.melody, music.percussion))
    return TokenisedMusic(melody, percussion, music.shift)


def _swapped(name: str, part: Part | None) -> Reply:
    return {"name": name, "at": "bar", **({} if part is None else {"part": part})}
