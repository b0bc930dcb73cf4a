"""`edmd play`: the daemon in the foreground."""

import logging
from pathlib import Path

import click

from daemon.commands.failure import CouldNot
from daemon.commands.options import config_options, read_config


@click.command()
@config_options
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), help="The same seed plays the same music.")
@click.option("--bars", type=click.IntRange(1), help="Stop after so many bars.")
@click.option(
    "--record",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.mid",
    help="Keep what is played.",
)
@click.option("-v", "--verbose", is_flag=True, help="Say more of what happens.")
def play(
    path: Path | None,
    overrides: tuple[str, ...],
    seed: int | None,
    bars: int | None,
    record: Path | None,
    verbose: bool,
) -> None:
    """Play endless music to MIDI, until Ctrl-C."""
    config = read_config(path, overrides)
    level = logging.INFO if verbose else logging.WARNING
    logging.basicConfig(level=level, format="edmd: %(message)s")
    from daemon.assembly import build_composer
    from daemon.binding import BindError
    from daemon.recorder import RecordError
    from models.bundle import BundleError
    from models.session import ProviderError

    try:
        composer = build_composer(config, seed, bars, record)
    except (BundleError, BindError, ProviderError, RecordError) as error:
        raise CouldNot(str(error)) from None
    click.echo(composer.greeting())
    composer.run()
