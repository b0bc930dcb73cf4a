"""Sets played for measuring, each once, by two processes at most."""

import multiprocessing
import signal
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from functools import cache
from typing import NamedTuple, Self

import numpy as np

from daemon.composer.assembly import Start
from daemon.composer.models.library import Library, open_bundle
from daemon.composer.offline.offline import perform
from daemon.music.deck.operations import Prime
from daemon.music.ensemble.lineup import lineup_of
from daemon.parameters import Parameters
from models import bundle as bundles
from models.codecs import melody, percussion
from models.codecs.base import Tokens
from models.hearing import TokenisedMusic
from models.notes import PULSES_PER_BAR
from models.session import choose_provider
from training.evaluation.music import Music, of_take

PROCESSES = 2


class Played(NamedTuple):
    """A set: its tokens, the bars at which its sections begin, all melodic pitches it sounded.

    `voices` is the mean number of melodic voices that begin a note in a bar: the tokens are read as a file's would be, in
    which a voice may be taken for another.
    """

    music: Music
    sections: tuple[tuple[int, str], ...]
    pitches: frozenset[int]
    voices: float


class Asked(NamedTuple):
    """What is to be played; the set continues `prime` if there is one."""

    parameters: Parameters
    seed: int
    bars: int
    prime: "Primer | None" = None


class Primer(NamedTuple):
    """Music to continue: the bytes of its tokens, so that it can be compared and sent."""

    melody: bytes
    percussion: bytes

    @classmethod
    def of(cls, tunes: Tokens, beats: Tokens) -> Self:
        """Return the primer of some tokens."""
        return cls(tunes.astype(np.uint8).tobytes(), beats.astype(np.uint8).tobytes())

    def music(self) -> TokenisedMusic:
        """Return the tokens, in the common key."""
        tunes, beats = (
            np.frombuffer(own, np.uint8).astype(np.int64).reshape(-1, len(layout.slots))
            for own, layout in zip(self, (melody.LAYOUT, percussion.LAYOUT), strict=True)
        )
        return TokenisedMusic(tunes, beats, 0)


class Players:
    """Plays what it is asked for, in the background; the same set asked for again is given again."""

    def __init__(self, model: str) -> None:
        self.model = model
        self._sets: dict[Asked, Future[Played]] = {}
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(PROCESSES, context, _leave_interrupts_to_the_parent)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        for process in multiprocessing.active_children():
            process.terminate()

    def ask(self, parameters: Parameters, seeds: Sequence[int], bars: int) -> list["Future[Played]"]:
        """Begin to play."""
        return self.begin([Asked(parameters, seed, bars) for seed in seeds])

    def begin(self, wanted: Sequence[Asked]) -> list["Future[Played]"]:
        """Begin to play these sets."""
        for asked in wanted:
            if asked not in self._sets:
                self._sets[asked] = self._pool.submit(play, self.model, asked)
        return [self._sets[asked] for asked in wanted]


def play(model: str, asked: Asked) -> Played:
    """Play one set here and now."""
    start = _start(model)
    deck = start._replace(seed=asked.seed).deck(asked.parameters)
    if asked.prime is not None:
        deck.accept(Prime(asked.prime.music(), asked.parameters, start.lineup), 0)
    take = perform(deck, asked.bars)
    sections = tuple((pulse // PULSES_PER_BAR, name) for pulse, name in take.sections)
    tune = [note for note in take.notes if note.voice != "drums"]
    begun = {(note.voice, note.pulse // PULSES_PER_BAR) for note in tune}
    music = of_take(take, asked.bars, f"seed {asked.seed}")
    return Played(music, sections, frozenset(note.pitch for note in tune), len(begun) / asked.bars)


@cache
def _start(model: str) -> Start:
    bundle = bundles.load(model)
    provider = choose_provider("cpu", bundle.model("percussion"))
    opened = open_bundle(bundle, provider)
    return Start(Library(provider, opened), lineup_of(opened.source), 0)


def _leave_interrupts_to_the_parent() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
