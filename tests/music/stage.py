"""Where the rows are measured: sets as they are played, real songs as they are read, the gauge; each once."""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console

from daemon.parameters import SPECS, Parameters, Spec, change
from models import bundle as bundles
from models.bundle import BundleError
from models.gauge import Gauge
from tests.music.measures import has_both
from tests.music.playing import Played, Players
from training.evaluation.features import features
from training.evaluation.grid import Numbers
from training.evaluation.music import HELD_OUT, LEARNED, Collection, Music, read
from training.progress import counting


class MissingError(Exception):
    """A row cannot be measured; the text says what is missing."""


class Effort(NamedTuple):
    """How much is played: sets and their bars, seeds and bars of each setting of a sweep, bars of the endless set.

    `shown` sets of `shown_bars` bars are for the figures to show, `long_sets` of `long_bars` for their arc,
    `genre_sets` of `bars` for each genre, `primes` for the sets that continue a song.
    """

    sets: int
    bars: int
    seeds: int
    sweep_bars: int
    endless_bars: int
    shown: int
    shown_bars: int
    long_sets: int
    long_bars: int
    genre_sets: int
    primes: int


FULL = Effort(32, 64, 6, 32, 12_500, 16, 128, 6, 320, 12, 12)
QUICK = Effort(8, 32, 2, 16, 256, 4, 64, 2, 128, 2, 4)
# EDM alone, everything else as it comes.
EDM = Parameters(classical_mix=0.0)


@dataclass
class Stage:
    """Everything the rows share."""

    players: Players
    corpora: Path | None
    cache: Path
    gauge_name: str
    effort: Effort
    console: Console

    def played(self, parameters: Parameters, seeds: Sequence[int], bars: int, what: str) -> list[Played]:
        """Sets of these seeds, waited for under a bar."""
        return self.waited(self.players.ask(parameters, seeds, bars), what)

    def waited(self, asked: Sequence[Future[Played]], what: str) -> list[Played]:
        """Sets that were asked for, waited for under a bar."""
        with counting(self.console, f"playing: {what}") as progress:
            found = []
            for count, each in enumerate(asked, start=1):
                found.append(each.result())
                progress(count, len(asked))
        return found

    def sweep(self, base: Parameters, name: str, values: Sequence[float]) -> list[list[Played]]:
        """The same seeds at each value of one parameter."""
        seeds, bars = range(self.effort.seeds), self.effort.sweep_bars
        settings = [change(base, {name: value}) for value in values]
        for each in settings:
            self.players.ask(each, seeds, bars)
        return [
            self.played(each, seeds, bars, f"{name} {value:.2f}")
            for each, value in zip(settings, values, strict=True)
        ]

    @cached_property
    def sets(self) -> list[Music]:
        """Sets of EDM at defaults, the director on."""
        found = self.played(EDM, range(self.effort.sets), self.effort.bars, "sets of EDM")
        return [each.music for each in found]

    def of_genre(self, name: str) -> list[Played]:
        """Sets of EDM of one genre. Raises MissingError if the parameters have no genre."""
        if name not in SPECS.get("genre", Spec("", "")).choices:
            raise MissingError(f"the parameter genre has no choice {name}")
        genre = change(EDM, {"genre": name})
        return self.played(genre, range(self.effort.genre_sets), self.effort.bars, f"sets of {name}")

    @cached_property
    def shown(self) -> list[Played]:
        """Sets at defaults."""
        return self.played(Parameters(), range(self.effort.shown), self.effort.shown_bars, "sets at defaults")

    @cached_property
    def house(self) -> list[Music]:
        """Sets of house; sets of EDM if the parameters have no genre."""
        if "genre" not in SPECS:
            return self.sets
        genre = change(EDM, {"genre": "house"})
        found = self.played(genre, range(self.effort.sets), self.effort.bars, "sets of house")
        return [each.music for each in found]

    @cached_property
    def real(self) -> list[Music]:
        """Held-out EDM, empty without a folder of training music."""
        return self.held_out if self.corpora else []

    @cached_property
    def manifest(self) -> dict[str, Any]:
        """What the bundle says of itself."""
        return bundles.load(self.players.model).manifest

    def songs(self, *styles: str) -> Collection:
        """What the bundle was taught, of these styles."""
        if self.corpora is None:
            raise MissingError("it needs the training music; name its folder with --corpora")
        rows: list[dict[str, str]] = self.manifest["data"]
        names = [row["name"] for row in rows if row["style"] in styles]
        folders = [self.corpora / name for name in names if (self.corpora / name).is_dir()]
        if not folders:
            raise MissingError(
                f"{self.corpora} holds none of {', '.join(names)}; name their folder with --corpora"
            )
        with counting(self.console, f"reading {', '.join(folder.name for folder in folders)}") as progress:
            return read(folders, self.cache, progress)

    @cached_property
    def edm(self) -> Collection:
        """Real EDM in which both melody and drums sound."""
        every = self.songs("edm")
        return every._replace(songs=[song for song in every.songs if has_both(song)])

    @cached_property
    def held_out(self) -> list[Music]:
        """EDM never learned from."""
        return self.edm.only(HELD_OUT).songs

    @cached_property
    def learned(self) -> list[Music]:
        """EDM learned from."""
        return self.edm.only(LEARNED).songs

    @cached_property
    def gauge(self) -> Gauge:
        """The classifier."""
        try:
            return Gauge.load(self.gauge_name)
        except BundleError as error:
            raise MissingError(str(error)) from None


def rows_of(songs: Sequence[Music]) -> list[Numbers]:
    """Features of each song."""
    return [features(song.melody, song.percussion) for song in songs]
