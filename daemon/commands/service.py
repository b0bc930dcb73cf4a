"""`edmd service`: run `edmd play` as a service that starts with the machine and is watched."""

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

import click

from daemon.commands.failure import CommandFailed, UsageError
from daemon.commands.options import read_config
from daemon.config import Config, packaged_config, state_folder
from daemon.interpreter import module_words
from daemon.service.units import LABEL, What, is_ours, launchd_plist, systemd_unit
from exporters.writing import replace_bytes

_MOST_BYTES: Final = 64 * 1024
Function = TypeVar("Function", bound=Callable[..., Any])


class Place(NamedTuple):
    """The file of the service, and the commands of the service manager that go with it."""

    file: Path
    reload: tuple[str, ...]
    enable: tuple[str, ...]
    disable: tuple[str, ...]
    status: tuple[str, ...]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def service() -> None:
    """Run `edmd play` as a service: it starts with the machine, is watched, and started again if it ends."""


def _system_option(function: Function) -> Function:
    text = "A service of the whole system instead of your own (needs root)."
    return click.option("--system", "is_system", is_flag=True, help=text)(function)


@service.command()
@_system_option
@click.option("--user", help="Who runs the service of the system; else who called sudo.")
@click.option("-c", "--config", "path", type=click.Path(path_type=Path), help="The configuration it plays.")
@click.option("--print", "only_prints", is_flag=True, help="Show the file, and write nothing.")
@click.option("--start", "starts", is_flag=True, help="Start it at once.")
def install(is_system: bool, user: str | None, path: Path | None, only_prints: bool, starts: bool) -> None:
    """Write the file of the service, and let it start with the machine."""
    if user is not None and not is_system:
        raise UsageError("--user goes with --system; your own service runs as you")
    config = read_config(path, ())
    place = _place(is_system=is_system)
    text = _text(config, place, user, is_system=is_system)
    if only_prints:
        click.echo(text, nl=False)
        return
    before = _read(place.file)
    if before is not None and not is_ours(before):
        raise CommandFailed(f"{place.file} was not written by `edmd service install`; remove it first")
    _write(place.file, text)
    click.echo(f"{place.file} {'is as before' if before == text else 'is written'}")
    _tell(place.reload)
    _tell(place.enable if starts else tuple(word for word in place.enable if word != "--now"))
    if not is_system and sys.platform == "linux":
        click.echo("So that it plays before you log in: loginctl enable-linger")


@service.command()
@_system_option
def uninstall(is_system: bool) -> None:
    """Stop the service and remove its file, if `install` wrote it."""
    place = _place(is_system=is_system)
    before = _read(place.file)
    if before is None:
        click.echo(f"there is no {place.file}")
        return
    if not is_ours(before):
        raise CommandFailed(f"{place.file} was not written by `edmd service install`, so it stays")
    _tell(place.disable)
    try:
        place.file.unlink(missing_ok=True)
    except OSError as error:
        raise CommandFailed(f"cannot remove {place.file}: {error.strerror or error}") from None
    click.echo(f"{place.file} is removed")
    _tell(place.reload)


@service.command()
@_system_option
@click.pass_context
def status(ctx: click.Context, is_system: bool) -> None:
    """Say whether the service is installed and runs; exit code 1 if not."""
    place = _place(is_system=is_system)
    before = _read(place.file)
    if before is None:
        raise CommandFailed(f"not installed: there is no {place.file}; `edmd service install` writes it")
    ran = _run(place.status)
    said = "its service manager does not answer" if ran is None else (ran.stdout.strip() or "inactive")
    click.echo(
        f"{place.file}: {said.splitlines()[0]}" + ("" if is_ours(before) else " (not written by edmd)")
    )
    ctx.exit(0 if ran is not None and ran.returncode == 0 else 1)


def _place(*, is_system: bool) -> Place:
    if sys.platform == "darwin":
        folder = Path("/Library/LaunchDaemons") if is_system else Path.home() / "Library/LaunchAgents"
        file = folder / f"{LABEL}.plist"
        launchctl = ("launchctl",)
        return Place(
            file,
            (),
            (*launchctl, "load", "-w", str(file)),
            (*launchctl, "unload", "-w", str(file)),
            (*launchctl, "list", LABEL),
        )
    if not sys.platform.startswith("linux"):
        raise CommandFailed("edmd service knows systemd and launchd; this system has neither")
    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    folder = Path("/etc/systemd/system") if is_system else home / "systemd/user"
    control = ("systemctl",) if is_system else ("systemctl", "--user")
    unit = f"{LABEL}.service"
    return Place(
        folder / unit,
        (*control, "daemon-reload"),
        (*control, "enable", "--now", unit),
        (*control, "disable", "--now", unit),
        (*control, "is-active", unit),
    )


def _text(config: Config, place: Place, user: str | None, *, is_system: bool) -> str:
    # A service begins in another folder, where it would find another configuration.
    chosen = () if config.source == packaged_config() else ("-c", str(config.source))
    words = [*module_words("daemon"), "play", "--no-open", *chosen]
    if sys.platform == "darwin":
        return launchd_plist(What(words), place.file.with_suffix(".log"))
    if not is_system:
        return systemd_unit(What(words))
    import pwd

    name = user or os.environ.get("SUDO_USER") or ""
    try:
        found = pwd.getpwnam(name)
    except KeyError:
        hint = "name who runs it with --user" if not name else f"there is no user {name}; make one with: "
        made = f"useradd --system --create-home --groups audio {shlex.quote(name)}" if name else ""
        raise UsageError(f"{hint}{made}") from None
    home = Path(found.pw_dir)
    writes = (home, config.recording_folder, config.preset_folder, state_folder(config.source).parent)
    return systemd_unit(What(words, tuple(dict.fromkeys(writes)), name, found.pw_uid, home))


def _read(file: Path) -> str | None:
    try:
        with file.open(encoding="utf-8", errors="replace") as text:
            return text.read(_MOST_BYTES)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CommandFailed(f"cannot read {file}: {error.strerror or error}") from None


def _write(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        replace_bytes(file, text.encode(), is_durable=True)
    except OSError as error:
        raise CommandFailed(f"cannot write {file}: {error.strerror or error}") from None


def _tell(words: tuple[str, ...]) -> None:
    """Call the service manager. If it cannot, say which command is left to do."""
    if not words:
        return
    ran = _run(words)
    if ran is None or ran.returncode:
        why = "" if ran is None else ran.stderr.strip().partition("\n")[0]
        click.echo(f"Not done{f' ({why})' if why else ''}; do it later: {shlex.join(words)}", err=True)


def _run(words: tuple[str, ...]) -> "subprocess.CompletedProcess[str] | None":
    program = shutil.which(words[0])
    if program is None:
        return None
    try:
        return subprocess.run(  # noqa: S603 - our own words
            [program, *words[1:]], capture_output=True, text=True, timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
