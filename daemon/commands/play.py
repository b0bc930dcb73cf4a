"""`edmd play`: run the daemon in the foreground."""

import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from daemon.commands.browser import is_wanted
from daemon.commands.failure import CommandFailed, UsageError
from daemon.commands.interrupts import ended_by_signals
from daemon.commands.numbers import WholeRange
from daemon.commands.options import config_options, read_config, set_up_logs_of, warn
from daemon.config import Config, state_folder
from daemon.control.fields import MAX_SEED
from daemon.interpreter import what_link_needs

if TYPE_CHECKING:
    from daemon.supervision.lastrun import Run

_SUFFIXES = (".mid", ".midi")


@click.command()
@config_options
@click.option("--seed", type=WholeRange(0, MAX_SEED), help="The same seed plays the same music.")
@click.option("--bars", type=WholeRange(1), help="Stop after so many bars.")
@click.option(
    "--record",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.mid",
    help="Record the music to this file.",
)
@click.option("--fresh", is_flag=True, help="Begin anew, also after an end that was not orderly.")
@click.option("--resume", is_flag=True, help="Go on where the last set was, also after an orderly end.")
@click.option("--no-panel", is_flag=True, help="Do not start the web panel.")
@click.option(
    "--open/--no-open", "opens", default=None, help="Open the panel in the browser; else where a desktop is."
)
@click.option("-v", "--verbose", is_flag=True, help="Log debug messages too, as -o log.level=debug does.")
def play(
    path: Path | None,
    overrides: tuple[str, ...],
    seed: int | None,
    bars: int | None,
    record: Path | None,
    fresh: bool,
    resume: bool,
    no_panel: bool,
    opens: bool | None,
    verbose: bool,
) -> None:
    """Play music to MIDI without end, until Ctrl-C."""
    if record is not None and record.suffix.lower() not in _SUFFIXES:
        raise UsageError(f"cannot record to {record}: the name of a recording must end in {_SUFFIXES[0]}")
    if fresh and resume:
        raise UsageError("--fresh begins anew and --resume goes on: choose one of them")
    is_new = fresh or seed is not None or any(word.startswith("play.seed=") for word in overrides)
    with ended_by_signals():
        _play(path, overrides, seed, bars, record, None if is_new else resume, no_panel, opens, verbose)


def _play(
    path: Path | None,
    overrides: tuple[str, ...],
    seed: int | None,
    bars: int | None,
    record: Path | None,
    resumes: bool | None,
    no_panel: bool,
    opens: bool | None,
    verbose: bool,
) -> None:
    if verbose:
        overrides = (*overrides, "log.level=debug")
    config = read_config(path, overrides)
    _fill_standard_streams()
    warn(config)
    if config.time.source == "link" and (missing := what_link_needs()):
        raise CommandFailed(missing)
    set_up_logs_of(config, "supervisor")
    from daemon.supervision.lastrun import LastRun
    from daemon.supervision.notify import notifier_of
    from daemon.supervision.programs import programs_of
    from daemon.supervision.settings import ComposerSettings
    from daemon.supervision.supervisor import SupervisionError, Supervisor

    panel = None if no_panel else _panel(path, overrides)
    opens = is_wanted(opens, os.environ)
    composer = ComposerSettings(config, seed, bars, record)
    last_run = LastRun(state_folder(config.source))
    if last_run.lock():
        composer = replace(composer, resumes=_resumed(last_run.read(), models_of(config), resumes))
        last_run.begin(composer.daemon, models_of(config))
    supervisor = Supervisor(programs_of(composer, panel, opens=opens), _say, notifier_of(os.environ))
    try:
        supervisor.run()
    except SupervisionError as error:
        raise CommandFailed(str(error)) from None
    if supervisor.has_failed:
        sys.exit(1)  # the role has logged the reason
    last_run.end()


def models_of(config: Config) -> tuple[str, ...]:
    """Return the words that choose the models; a set with other ones does not go on."""
    return (config.play.model, *(config.parts[part] for part in sorted(config.parts)))


def _resumed(run: "Run | None", models: tuple[str, ...], wanted: bool | None) -> str:
    """Return the name of the daemon whose set goes on, or "". `wanted` None begins anew."""
    from daemon.supervision.lastrun import goes_on

    if wanted is None:
        return ""
    if run is None or not goes_on(run, models, is_wanted=wanted):
        if wanted:
            click.echo("There is no set of these models to go on with; edmd begins anew.", err=True)
        return ""
    if not wanted:
        ago = f"{run.ago_seconds:.0f} s ago"
        click.echo(f"The last set ended without notice {ago}; it goes on (--fresh begins anew).", err=True)
    return run.daemon


def _panel(path: Path | None, overrides: tuple[str, ...]) -> tuple[str, ...] | None:
    """Return the panel's arguments. If it cannot run, print one line with the reason and return None."""
    from daemon.supervision.panel import config_words, what_is_missing

    missing = what_is_missing()
    if missing is not None:
        _say(missing)
        return None
    return config_words(path, overrides)


def _say(text: str) -> None:
    """Print a line. If the reader of standard output has gone, discard all further output; the music goes on."""
    try:
        click.echo(text)
    except BrokenPipeError:
        # Flushing the buffer later, when a process starts or at the exit, would fail again.
        devnull = os.open(os.devnull, os.O_WRONLY)
        os.dup2(devnull, sys.stdout.fileno())
        os.close(devnull)


def _fill_standard_streams() -> None:
    """Open stdin, stdout and stderr if they are closed. Otherwise a socket could get one of their numbers."""
    number = os.open(os.devnull, os.O_RDWR)
    while number <= 2:
        number = os.open(os.devnull, os.O_RDWR)
    os.close(number)
    for name, fileno in (("stdin", 0), ("stdout", 1), ("stderr", 2)):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(fileno, "w" if fileno else "r", closefd=False))
