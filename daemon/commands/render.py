"""`edmd render`: music to a file, faster than it would sound."""

from pathlib import Path

import click

from daemon.commands.failure import CouldNot, WrongWords
from daemon.commands.options import config_options, read_config

_SUFFIXES = (".mid", ".midi")


@click.command()
@config_options
@click.option("--bars", type=click.IntRange(1, 100_000), required=True, help="How many bars.")
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, metavar="FILE.mid", help="Where to write it."
)
@click.option("--model", metavar="NAME", help="The model bundle, by name or folder.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), help="The same seed gives the same file.")
def render(
    path: Path | None, overrides: tuple[str, ...], bars: int, out: Path, model: str | None, seed: int | None
) -> None:
    """Compose to a file, faster than real time."""
    if out.suffix.lower() not in _SUFFIXES:
        raise WrongWords(
            f"cannot write {out}: the suffix {out.suffix or '(none)'} is not known; use {_SUFFIXES[0]}"
        )
    config = read_config(path, (*overrides, *([f"play.model={model}"] if model else [])))
    from daemon.automation import Automation
    from daemon.composer.assembly import build_engine
    from daemon.composer.offline import perform
    from daemon.music.composition import Composition
    from exporters.midi import write_midi
    from exporters.writing import WriteError, check_writable
    from models.bundle import BundleError
    from models.notes import TICKS_PER_BAR
    from models.session import ProviderError

    try:
        check_writable(out)
        engine, _ = build_engine(config, seed)
        with click.progressbar(length=bars, label=f"composing {bars} bars, seed {engine.seed}") as bar:

            def progress(tick: int) -> None:
                if tick % TICKS_PER_BAR == TICKS_PER_BAR - 1:
                    bar.update(1)

            channels = {voice: route.channel for voice, route in config.midi.routes.items()}
            take = perform(Composition(engine, Automation(config.parameters)), bars, channels, progress)
        write_midi(take, out)
    except (WriteError, BundleError, ProviderError) as error:
        raise CouldNot(str(error)) from None
    click.echo(f"{out}: {bars} bars, {len(take.notes)} notes, seed {engine.seed}")
