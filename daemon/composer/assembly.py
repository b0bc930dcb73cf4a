"""Build a performance from a configuration: bundle, provider, engine, composition."""

from daemon.automation import Automation
from daemon.composer.composer import Composer
from daemon.composer.loading import ready_engine
from daemon.composer.recorder import Recorder
from daemon.config import Config
from daemon.music.composition import Composition, fresh_seed
from daemon.music.engine import Engine
from daemon.supervision.settings import ComposerSettings
from models import bundle as bundles
from models.notes import TICKS_PER_BAR
from models.session import Provider, choose_provider


def build_engine(config: Config, seed: int | None = None) -> tuple[Engine, Provider]:
    """Return the engine of the configured model, ready to play. Raises BundleError or ProviderError."""
    bundle = bundles.load(config.play.model)
    provider = choose_provider(config.play.provider, bundle.model("percussion"))
    chosen = next((each for each in (seed, config.play.seed) if each is not None), None)
    return ready_engine(bundle, provider, fresh_seed() if chosen is None else chosen), provider


def build_composer(settings: ComposerSettings) -> Composer:
    """Return a composer that is ready to run. Raises BundleError, ProviderError, or RecordError if it cannot record."""
    config, record = settings.config, settings.record
    recorder = Recorder(config.recording_folder, settings.daemon)
    recorder.take_up(*([] if record is None else [record.parent]))
    if record is not None and not settings.is_again and not recorder.is_recording:
        recorder.start(record)
    engine, provider = build_engine(config, settings.seed)
    last_bar = settings.bars if settings.bars is not None else config.play.bars
    last_tick = last_bar * TICKS_PER_BAR if last_bar else None
    composition = Composition(engine, Automation(config.parameters), last_tick)
    return Composer(config, composition, provider, recorder)
