"""Playing without waiting: composition and player in one process on a virtual clock, for `edmd render` and for tests."""

from collections import deque
from collections.abc import Callable, Mapping

from daemon.composer.sounding_key import sounding_key
from daemon.music.composition import Composition
from daemon.player.clock import VirtualClock
from daemon.player.link import Message, PlayerSettings
from daemon.player.outputs import Outputs
from daemon.player.player import Player
from models.notes import PULSES_PER_BAR, PULSES_PER_TICK, TICKS_PER_BAR, Voice
from models.take import Take, TakeBuilder


class InlineComposer:
    """A link that composes what the player asks for at once, and ends it when the composition ends."""

    def __init__(
        self, clock: VirtualClock, composition: Composition, progress: Callable[[int], None]
    ) -> None:
        self.take = TakeBuilder()
        self._clock, self._composition, self._progress = clock, composition, progress
        self._waiting: deque[Message] = deque([("transport", "play")])

    def poll(self, timeout: float, /) -> bool:
        """Whether there is a message; if not, the timeout has passed on the virtual clock."""
        if not self._waiting:
            self._clock.sleep_until(self._clock.now() + timeout)
        return bool(self._waiting)

    def recv(self) -> Message:
        """The next message."""
        return self._waiting.popleft()

    def send(self, message: Message, /) -> None:
        """Answer a wanted tick; keep what was sent."""
        match message:
            case ("want", int(tick), _):
                self._answer(tick)
            case ("sent", rows, _):
                self.take.add_rows(rows)
            case _:
                pass

    def _answer(self, tick: int) -> None:
        last = self._composition.last_tick
        if last is not None and tick > last:
            self._waiting.append(("quit",))
            return
        ticked = self._composition.want(tick)
        plan, parameters = ticked.composed.plan, ticked.parameters
        key = sounding_key(plan, parameters)
        self.take.add_tick(tick * PULSES_PER_TICK, parameters.tempo, plan.section, key)
        self._waiting.append(ticked.message)
        self._progress(tick)


def perform(
    composition: Composition,
    bars: int,
    channels: Mapping[Voice, int] | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> Take:
    """Play the first `bars` bars; `progress` hears each tick."""
    composition.last_tick = bars * TICKS_PER_BAR
    clock = VirtualClock()
    composer = InlineComposer(clock, composition, progress)
    tempo = composition.automation.current.tempo
    settings = PlayerSettings(midi_clock=False, tempo=tempo, channels=channels or PlayerSettings().channels)
    Player(clock, Outputs(None, {}), composer, settings).run()
    return composer.take.finish(bars * PULSES_PER_BAR)
