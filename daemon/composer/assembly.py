"""Construction of a performance from a configuration or a savepoint: bundle, provider, library, deck."""

import hashlib
import logging
from pathlib import Path
from typing import Final, NamedTuple

import platformdirs

from daemon.composer.composer import Composer
from daemon.composer.conductor import Conductor
from daemon.composer.events import Events
from daemon.composer.gauge_reader import gauge_reader
from daemon.composer.library import Library, open_bundle
from daemon.composer.preload import bundle_named
from daemon.composer.recorder import Recorder
from daemon.composer.savepoints import SavedDeck, Savepoints
from daemon.composer.stage import Stage
from daemon.config import Config
from daemon.music.deck import Deck, fresh_seed, new_deck
from daemon.music.journal import Journal
from daemon.music.lineup import Lineup, lineup_of
from daemon.parameters import Parameters
from daemon.supervision.settings import ComposerSettings
from models.bundle import BundleError
from models.notes import TICKS_PER_BAR
from models.session import Provider, choose_provider

_log: Final = logging.getLogger(__name__)


class Start(NamedTuple):
    """What a performance begins with."""

    library: Library
    lineup: Lineup
    seed: int

    def deck(self, parameters: Parameters, last_tick: int | None = None) -> Deck:
        """Return a deck at tick 0."""
        return new_deck(self.library, self.lineup, parameters, self.seed, last_tick)


def start(config: Config, seed: int | None = None) -> Start:
    """Return the configured model, ready to play. Raises BundleError or ProviderError."""
    bundle = bundle_named(config.play.model)
    provider = choose_provider(config.play.provider, bundle.model("percussion"))
    chosen = next((each for each in (seed, config.play.seed) if each is not None), None)
    opened = open_bundle(bundle, provider)
    lineup = lineup_of(opened.source)
    return Start(Library(provider, opened), lineup, fresh_seed() if chosen is None else chosen)


def build_composer(settings: ComposerSettings) -> tuple[Composer, Recorder]:
    """Return a composer and its recorder, new or from the savepoint of an earlier composer.

    Raises BundleError, ProviderError, or RecordError if the recording cannot be written.
    """
    config = settings.config
    savepoints = Savepoints(state_folder(config.source))
    saved = savepoints.load(settings.daemon) if settings.is_again and savepoints.lock() else None
    bars = settings.bars if settings.bars is not None else config.play.bars
    last_tick = bars * TICKS_PER_BAR if bars else None
    deck, library = _saved_deck(saved, last_tick) or _new_deck(settings, last_tick)
    channels = {voice: route.channel for voice, route in config.midi.routes.items()}
    reader = gauge_reader(config.gauge) if config.gauge else None
    recorder = _recorder(settings)  # last, so that an error before leaves no empty recording
    conductor = Conductor(
        deck,
        library,
        Events(library.provider.name, reader, channels),
        recorder,
        savepoints=savepoints,
        horizon_seconds=config.play.horizon_seconds,
        daemon=settings.daemon,
        channels=channels,
    )
    if saved is not None and deck.course:
        conductor.asked = saved.saved.asked
        conductor.take_up_reports(saved.saved.reports_before)
        conductor.changes.gestures.done.extend(saved.saved.done)
        conductor.changes.gestures.undone.extend(saved.saved.undone)
    return Composer(conductor, Stage(conductor, library.provider)), recorder


def _recorder(settings: ComposerSettings) -> Recorder:
    """Return a recorder that continues an earlier composer's recording, or starts that of the command line."""
    record = settings.record
    recorder = Recorder(settings.config.recording_folder, settings.daemon)
    recorder.take_up(*([] if record is None else [record.parent]))
    if record is not None and not settings.is_again and not recorder.is_recording:
        recorder.start(record)
    return recorder


def state_folder(source: Path) -> Path:
    """Return the folder of the savepoints of a daemon with this configuration file."""
    name = hashlib.sha256(str(source.resolve()).encode()).hexdigest()[:16]
    return platformdirs.user_state_path("edmd") / name


def _new_deck(settings: ComposerSettings, last_tick: int | None) -> tuple[Deck, Library]:
    begun = start(settings.config, settings.seed)
    return begun.deck(settings.config.parameters, last_tick), begun.library


def _saved_deck(saved: SavedDeck | None, last_tick: int | None) -> tuple[Deck, Library] | None:
    """Return the deck of a savepoint, or log an error and return None if its bundles cannot be opened."""
    if saved is None:
        return None
    (state, course), entries = (saved.saved.state, saved.saved.course), saved.entries
    library = Library(Provider(saved.saved.provider, "as before"))
    try:
        for source in state.lineup:
            library.open(source)
    except BundleError as error:
        _log.error("the set cannot go on from its savepoint, and begins anew: %s", error)
        return None
    deck = Deck(library, state, Journal(entries, saved.saved.number), last_tick)
    deck.course = course
    _log.info(
        "the set goes on from tick %d of course %d, with %d operations", state.tick, course, len(entries)
    )
    return deck, library
