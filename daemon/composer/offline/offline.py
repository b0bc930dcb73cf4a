"""Rendering without waiting: deck and player in one process on a virtual clock, for `edmd render` and for tests."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence

from daemon.composer.playing.feeder import notes_of
from daemon.composer.records.sounding_key import sounding_key
from daemon.link.player import Attached, Began, FromPlayer, Quit, Received, Revise, Sent, ToPlayer, Transport
from daemon.music.deck.deck import Deck
from daemon.music.ensemble.drive import run
from daemon.music.ensemble.ensembles import Ticked
from daemon.player.link import NewComposer, PlayerSettings
from daemon.player.player import Player
from daemon.player.ports.outputs import Outputs
from daemon.player.timing.clock import VirtualClock
from models.effects import Effects
from models.notes import PULSES_PER_BAR, PULSES_PER_TICK, TICKS_PER_BAR, Voice
from models.take import Take, TakeBuilder

# The player holds each tick before it begins, as in a live performance.
_AHEAD_TICKS = 2


class ComposeError(Exception):
    """A tick cannot be composed, because a network fails or chooses what its codec does not have."""


class InlineComposer:
    """A link that composes each tick shortly before the player begins it, and ends the player after the last one."""

    def __init__(
        self,
        clock: VirtualClock,
        deck: Deck,
        progress: Callable[[int], None],
        told: Callable[[int, Effects | None], None],
    ) -> None:
        self.take = TakeBuilder()
        self.waiting_bytes = 0
        self._clock, self._deck, self._progress, self._told = clock, deck, progress, told
        self._revision = 0
        self._waiting: deque[ToPlayer | NewComposer] = deque([NewComposer()])

    def poll(self, timeout_seconds: float, /) -> bool:
        """Return whether there is a message; if not, let the timeout pass on the virtual clock."""
        if not self._waiting:
            self._clock.sleep_until(self._clock.now() + timeout_seconds)
        return bool(self._waiting)

    def recv(self) -> ToPlayer | NewComposer:
        """Return the next message."""
        return self._waiting.popleft()

    def send(self, message: FromPlayer, /) -> None:
        """Compose the next tick when a tick begins; add sent messages to the take."""
        match message:
            case Attached():
                self._waiting.append(Transport("play"))
                self._compose(_AHEAD_TICKS)
            case Began(_, tick, _):
                self._begin(tick)
            case Sent(number, rows, _, controls):
                self.take.add_rows(rows)
                self.take.add_controls(controls)
                self._waiting.append(Received(number))
            case _:
                pass

    def _begin(self, tick: int) -> None:
        last = self._deck.last_tick
        if last is not None and tick >= last:
            self._waiting.append(Quit())
            return
        self._deck.begin(tick + 1)
        self._compose(1)
        self._progress(tick)

    def _compose(self, ticks: int) -> None:
        for _ in range(ticks):
            ticked = self._composed()
            tick, parameters = ticked.composed.tick, ticked.parameters
            key = sounding_key(ticked.composed.plan, parameters)
            self.take.add_tick(tick * PULSES_PER_TICK, parameters.tempo, ticked.composed.plan.section, key)
            self._waiting.append(Revise(0, self._revision + 1, self._revision, tick, (notes_of(ticked),)))
            self._revision += 1
            self._told(tick, ticked.composed.effects)

    def _composed(self) -> Ticked:
        try:
            return run(self._deck.compose())
        except Exception as error:  # ONNX Runtime may raise any exception
            reason = str(error).strip().partition("\n")[0][:200] or type(error).__name__
            raise ComposeError(
                f"bar {self._deck.head // TICKS_PER_BAR} cannot be composed ({reason}); "
                "check the bundles: edmd models verify"
            ) from error


def perform(
    deck: Deck,
    bars: int,
    channels: Mapping[Voice, int] | None = None,
    progress: Callable[[int], None] = lambda _: None,
    *,
    effects: Sequence[Voice] = (),
    programs: Mapping[Voice, int] | None = None,
    told: Callable[[int, Effects | None], None] = lambda _, __: None,
) -> Take:
    """Return the first `bars` bars of a deck at tick 0 as a take with these programs.

    `progress` is called with each tick that begins, `told` with each tick and its effects when it is composed. `effects`
    are as in `PlayerSettings`.
    """
    deck.last_tick = bars * TICKS_PER_BAR
    clock = VirtualClock()
    composer = InlineComposer(clock, deck, progress, told)
    composer.take.programs = programs or {}
    tempo = deck.state(0).parameters.tempo
    settings = PlayerSettings(
        midi_clock=False,
        tempo=tempo,
        channels=channels or PlayerSettings().channels,
        programs=tuple(effects),  # a file has the programs of its effects too
        effects=tuple(effects),
    )
    Player(clock, Outputs(None, {}), composer, settings).run()
    return composer.take.finish(bars * PULSES_PER_BAR)
