"""Make the composer and its decks, from a configuration or from savepoints."""

import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Final, NamedTuple

from daemon.composer.composer import Composer
from daemon.composer.decks import Decks
from daemon.composer.models.library import Library
from daemon.composer.models.preload import bundle_named, planning
from daemon.composer.playing.conductor import Conductor
from daemon.composer.records.disk import Disk
from daemon.composer.records.events import Events
from daemon.composer.records.gauge_reader import GaugeReader, open_gauge
from daemon.composer.records.recorder import Recorder
from daemon.composer.records.savepoints import SavedDeck, Savepoints
from daemon.config import Config, state_folder
from daemon.link.player import ToPlayer
from daemon.music.arranging.chance import chance
from daemon.music.deck.deck import Deck, fresh_seed, new_deck
from daemon.music.deck.journal import Journal
from daemon.music.ensemble.lineup import Lineup, Place, Source, lineup_of
from daemon.parameters import Parameters
from daemon.schedule import open_at
from daemon.supervision.settings import ComposerSettings
from models.bundle import BundleError
from models.notes import MAIN, TICKS_PER_BAR
from models.session import Provider, choose_provider

_SEEDS: Final = 2**32
# The savepoints of the other decks. Each folder has its deck's name in hexadecimal, because some systems
# ignore case or reserve names.
_DECKS: Final = "decks"
_log: Final = logging.getLogger(__name__)


class Start(NamedTuple):
    """The start of a deck: the open bundles, its sources and its seed."""

    library: Library
    lineup: Lineup
    seed: int

    def deck(self, parameters: Parameters, last_tick: int | None = None) -> Deck:
        """Return a deck at tick 0."""
        return new_deck(self.library, self.lineup, parameters, self.seed, last_tick)


def start(config: Config, seed: int | None = None, library: Library | None = None) -> Start:
    """Open the configured model in `library` or in a new one, and return the start of a deck.

    Raises BundleError or ProviderError.
    """
    bundle = bundle_named(planning(config.play.model))
    library = library or Library(choose_provider(config.play.provider, bundle.model("percussion")))
    plans = library.source(bundle.loaded_as)
    own = library.sources(library.source(config.play.model))
    parts: dict[Place, Source] = {part: library.source(name) for part, name in config.parts.items() if name}
    lineup = lineup_of(plans, {**own, **parts})
    library.ensemble(lineup).close()
    chosen = next((each for each in (seed, config.play.seed) if each is not None), None)
    return Start(library, lineup, fresh_seed() if chosen is None else chosen)


def build_composer(settings: ComposerSettings) -> tuple[Composer, Decks]:
    """Return a composer and its decks, new or from the savepoints of an earlier composer.

    Raises BundleError, ProviderError, or RecordError if the recording cannot be written.
    """
    assembly = _Assembly(settings)
    decks = Decks(assembly.conductor, assembly.library, midi_clock=bool(settings.config.midi.clock))
    for name in assembly.saved_decks():
        decks.open(name)
    return Composer(decks), decks


class _Assembly:
    """Makes the conductors of decks. All decks share the library and the gauge."""

    def __init__(self, settings: ComposerSettings) -> None:
        self._settings, self._config = settings, settings.config
        self._folder = state_folder(settings.config.source)
        # All decks share the threads of a place.
        self._disks = {each: Disk(each) for each in ("savepoints", "recordings")}
        self._savepoints = Savepoints(self._folder, self._disks["savepoints"])
        self._saved = self._load(self._savepoints)
        self._gauge = None if self._config.gauge is None else cache(partial(open_gauge, self._config.gauge))
        self.library, self._begun = self._open()

    def conductor(self, name: str, send: Callable[[ToPlayer], None]) -> Conductor:
        """Return the conductor of a deck, with the music of its savepoint if an earlier composer left one."""
        settings, config, is_main = self._settings, self._config, name == MAIN
        savepoints = (
            self._savepoints if is_main else self._savepoints_in(self._folder / _DECKS / name.encode().hex())
        )
        saved = self._playable(name, self._saved if is_main else self._load(savepoints))
        deck = self._deck(name, saved)
        channels = {voice: route.channel for voice, route in config.midi.routes.items()}
        reader = None if self._gauge is None else GaugeReader(self._gauge)
        disk = self._disks["recordings"]
        recorder = _recorder(settings, disk) if is_main else _deck_recorder(settings, name, disk)
        conductor = Conductor(
            deck,
            self.library,
            Events(self.library.provider.name, reader, channels),
            recorder,
            send,
            savepoints=savepoints,
            horizon_seconds=config.play.horizon_seconds,
            daemon=settings.daemon,
            channels=channels,
            effects=config.midi.voices_with_effects(),
        )
        is_closed = config.schedule and open_at(config.schedule, datetime.now().astimezone()) is None
        if not is_main or is_closed:
            conductor.asked = "stop"
        if saved is not None and deck.course:
            conductor.asked = saved.saved.asked
            conductor.stand = saved.saved.stand
            conductor.take_up_reports(saved.saved.reports_before)
            conductor.changes.gestures.done.extend(saved.saved.done)
            conductor.changes.gestures.undone.extend(saved.saved.undone)
        return conductor

    def saved_decks(self) -> list[str]:
        """Return the names of the other decks that an earlier composer of this daemon has left."""
        if not (self._settings.is_again or self._settings.resumes):
            return []
        names = []
        for path in sorted(path for path in (self._folder / _DECKS).glob("*") if path.is_dir()):
            with suppress(ValueError):  # a folder that no deck has made
                name = bytes.fromhex(path.name).decode()
                names += [name] if self._has_savepoint(path) else []
        return names

    def _has_savepoint(self, folder: Path) -> bool:
        savepoints = self._savepoints_in(folder)
        try:
            return self._load(savepoints) is not None
        finally:
            savepoints.close()

    def _savepoints_in(self, folder: Path) -> Savepoints:
        return Savepoints(folder, self._disks["savepoints"])

    def _load(self, savepoints: Savepoints) -> SavedDeck | None:
        settings = self._settings
        if not (settings.is_again or settings.resumes) or not savepoints.lock():
            return None
        own = savepoints.load(settings.daemon) if settings.is_again else None
        return own or (savepoints.load(settings.resumes) if settings.resumes else None)

    def _open(self) -> tuple[Library, Start | None]:
        """Return the library, and the first deck's start, or None if this deck continues from its savepoint."""
        if self._saved is not None:
            library = Library(Provider(self._saved.saved.provider, "as before"))
            try:
                library.ensemble(self._saved.saved.state.lineup).close()
            except BundleError as error:
                _log.error("the music cannot continue from its savepoint, and begins anew: %s", error)
                self._saved = None
            else:
                return library, None
        begun = start(self._config, self._settings.seed)
        return begun.library, begun

    def _playable(self, name: str, saved: SavedDeck | None) -> SavedDeck | None:
        """Return `saved` if its bundles can be opened; else log why the deck begins anew, and return None."""
        if saved is None or name == MAIN:  # `_open` has checked the first deck's
            return saved
        try:
            self.library.ensemble(saved.saved.state.lineup).close()
        except BundleError as error:
            _log.error("the deck %s cannot continue from its savepoint, and begins anew: %s", name, error)
            return None
        return saved

    def _deck(self, name: str, saved: SavedDeck | None) -> Deck:
        bars = self._settings.bars if self._settings.bars is not None else self._config.play.bars
        last_tick = bars * TICKS_PER_BAR if bars and name == MAIN else None
        if saved is None:
            begun = self._begun if name == MAIN else None
            begun = begun or start(self._config, self._seed_of(name), self.library)
            return begun.deck(self._config.parameters, last_tick)
        state, course = saved.saved.state, saved.saved.course
        deck = Deck(self.library, state, Journal(saved.entries, saved.saved.number), last_tick)
        deck.course = course
        count = len(saved.entries)
        _log.info(
            "the music continues from tick %d of course %d, with %d operations", state.tick, course, count
        )
        return deck

    def _seed_of(self, name: str) -> int | None:
        """Return a deck's seed, or None for a random one. A configured seed gives each deck its own, always the same."""
        seed = self._config.play.seed if self._settings.seed is None else self._settings.seed
        return seed if seed is None or name == MAIN else int(chance(seed, name) * _SEEDS)


def _recorder(settings: ComposerSettings, disk: Disk) -> Recorder:
    """Return a recorder that continues an earlier composer's recording, or starts that of the command line."""
    record = settings.record
    recorder = _recorder_named(settings, settings.daemon, disk)
    recorder.take_up(*([] if record is None else [record.parent]))
    if record is not None and not settings.is_again and not recorder.is_recording:
        recorder.start(record)
    return recorder


def _deck_recorder(settings: ComposerSettings, name: str, disk: Disk) -> Recorder:
    recorder = _recorder_named(settings, f"{settings.daemon}/{name}", disk)
    if settings.is_again:
        recorder.take_up()
    return recorder


def _recorder_named(settings: ComposerSettings, daemon: str, disk: Disk) -> Recorder:
    config = settings.config
    return Recorder(config.recording_folder, daemon, config.midi.file_programs(), disk)
