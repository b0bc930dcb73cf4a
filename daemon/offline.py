"""Playing without waiting: engine and player in one process on a virtual clock, for `edmd render` and for tests."""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from daemon.automation import Automation
from daemon.clock import VirtualClock
from daemon.engine import Engine
from daemon.link import Message, PlayerSettings
from daemon.outputs import Outputs
from daemon.parameters import Parameters
from daemon.player import Player
from models.notes import PULSES_PER_TICK, TICKS_PER_BAR, Voice
from models.take import Take, TakeBuilder


@dataclass
class InlineComposer:
    """A link that composes what the player asks for at once, and ends it after `ticks`."""

    clock: VirtualClock
    engine: Engine
    automation: Automation
    ticks: int
    progress: Callable[[int], None]
    take: TakeBuilder = field(default_factory=TakeBuilder)
    _waiting: deque[Message] = field(default_factory=lambda: deque([("transport", "play")]))

    def poll(self, timeout: float, /) -> bool:
        """Whether there is a message; if not, the timeout has passed on the virtual clock."""
        if not self._waiting:
            self.clock.sleep_until(self.clock.now() + timeout)
        return bool(self._waiting)

    def recv(self) -> Message:
        """The next message."""
        return self._waiting.popleft()

    def send(self, message: Message, /) -> None:
        """Answer a wanted tick; keep what was sent."""
        match message:
            case ("want", int(tick), _):
                self._waiting.append(("quit",) if tick > self.ticks else self._compose(tick))
            case ("sent", rows, _):
                self.take.add_rows(rows)
            case _:
                pass

    def _compose(self, tick: int) -> Message:
        if tick == self.ticks:
            return ("tick", tick, (), self.automation.current.tempo, ())
        parameters = self.automation.advance(tick)
        composed = self.engine.step(tick, parameters)
        self.take.add_tick(tick * PULSES_PER_TICK, parameters.tempo, composed.plan.section)
        self.progress(tick + 1)
        return ("tick", tick, composed.notes, parameters.tempo, composed.release)


def perform(
    engine: Engine,
    parameters: Parameters,
    bars: int,
    channels: Mapping[Voice, int] | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Take:
    """Play `bars` bars from the engine's beginning; `progress` hears the number of ticks composed."""
    clock = VirtualClock()
    composer = InlineComposer(clock, engine, Automation(parameters), bars * TICKS_PER_BAR, progress)
    settings = PlayerSettings(midi_clock=False, tempo=parameters.tempo, channels=channels or PlayerSettings().channels)
    Player(clock, Outputs(None, {}), composer, settings).run()
    return composer.take.finish(bars * TICKS_PER_BAR * PULSES_PER_TICK)
