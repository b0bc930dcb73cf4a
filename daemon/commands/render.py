"""`edmd render`: compose music into a file, faster than real time."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from daemon.commands.exporting import Wanted, counting, export_options, wanted_of, write
from daemon.commands.failure import CommandFailed, UsageError
from daemon.commands.numbers import WholeRange
from daemon.commands.options import config_options, read_config
from daemon.control.fields import MAX_SEED

if TYPE_CHECKING:
    from daemon.config import Config
    from models.music import Music


@click.command()
@config_options
@click.option("--bars", type=WholeRange(1, 100_000), required=True, help="How many bars.")
@export_options
@click.option("--model", metavar="NAME", help="The model bundle, by name or folder.")
@click.option("--seed", type=WholeRange(0, MAX_SEED), help="The same seed gives the same file.")
def render(
    path: Path | None,
    overrides: tuple[str, ...],
    bars: int,
    model: str | None,
    seed: int | None,
    **options: Any,
) -> None:
    """Compose music into a file, faster than real time. The suffix of --out selects the kind of file."""
    from models.effects import EFFECTS
    from models.notes import VOICES

    config = read_config(path, (*overrides, *([f"play.model={model}"] if model else [])))
    wanted = wanted_of(options, config.soundfont, (*VOICES, *([EFFECTS] if config.midi.effects else [])))
    if wanted.loop_bars and wanted.first_bar + wanted.loop_bars > bars:
        raise UsageError(
            f"a loop of bars {wanted.first_bar} to {_last(wanted)} needs --bars {_last(wanted) + 1}"
        )
    _check_length(wanted, wanted.loop_bars or bars, config.parameters.tempo)
    music = _composed(config, bars, seed, wanted.kind)
    files = write(music, wanted)
    notes = sum(len(part.notes) for part in music.parts)
    click.echo(f"{', '.join(map(str, files))}: {bars} bars, {notes} notes, {music.title.partition(', ')[2]}")


def _check_length(wanted: Wanted, bars: int, tempo: float) -> None:
    from exporters.limits import Extent, check_extent
    from exporters.writing import WriteError
    from models.notes import BEATS_PER_BAR, VOICES

    try:
        check_extent(wanted.path, wanted.kind, Extent(bars, len(VOICES), bars * BEATS_PER_BAR * 60 / tempo))
    except WriteError as error:
        raise CommandFailed(str(error)) from None


def _last(wanted: Wanted) -> int:
    return wanted.first_bar + (wanted.loop_bars or 0) - 1


def _composed(config: "Config", bars: int, seed: int | None, kind: str) -> "Music":
    from daemon.composer.assembly import start
    from daemon.composer.offline.offline import ComposeError, perform
    from exporters.music import of_take
    from models.bundle import BundleError
    from models.notes import BEATS_PER_BAR, TICKS_PER_BAR
    from models.session import ProviderError

    parameters = config.parameters
    if kind == "score":  # a score shows the notes as written, not as played
        parameters = replace(parameters, swing=0.0, humanize=0.0, gate=1.0)
    try:
        begun = start(config, seed)
        bar_seconds = BEATS_PER_BAR * 60 / parameters.tempo
        what = f"composing {bars} bars, seed {begun.seed}"
        with counting(what, bar_seconds, has_units=True) as report:

            def progress(tick: int) -> None:
                if tick % TICKS_PER_BAR == TICKS_PER_BAR - 1:
                    report(tick // TICKS_PER_BAR + 1, bars)

            channels = {voice: route.channel for voice, route in config.midi.routes.items()}
            effects, programs = config.midi.voices_with_effects_in_files(), config.midi.file_programs()
            take = perform(
                begun.deck(parameters), bars, channels, progress, effects=effects, programs=programs
            )
    except (BundleError, ComposeError, ProviderError) as error:
        raise CommandFailed(str(error)) from None
    return of_take(take, f"edmd, seed {begun.seed}")
