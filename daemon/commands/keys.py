"""`edmd keys`: the CURVE keys of a daemon and of its clients."""

import os
from pathlib import Path

import click

from daemon.client import new_pair
from daemon.commands.failure import CommandFailed, UsageError
from daemon.commands.options import config_options
from daemon.config import ConfigError, default_keys, load_config
from daemon.control.curvekeys import (
    CLIENTS,
    LOCAL,
    NAME,
    PUBLIC,
    SECRET,
    SERVER,
    KeyFileError,
    Pair,
    as_text,
    authorised,
    read_pair,
)
from daemon.password import hash_of, weakness
from exporters.writing import replacing


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def keys() -> None:
    """Make and show the keys with which clients reach a daemon from other machines, encrypted.

    The daemon uses them with [security] curve = true. They lie in the folder [security] keys.
    """


@keys.command()
@click.option("--replace", is_flag=True, help="Make new keys; all clients need new ones then.")
@config_options
def server(replace: bool, path: Path | None, overrides: tuple[str, ...]) -> None:
    """Make the daemon's keys, and a client's for the commands and the panel of this machine."""
    folder = _folder(path, overrides)
    if (folder / f"{SERVER}{SECRET}").exists() and not replace:
        raise CommandFailed(
            f"{folder} has the daemon's keys already; --replace makes new ones, and all clients need new ones then"
        )
    gone = sorted(authorised(folder / CLIENTS).values())
    for (
        name
    ) in gone:  # with the daemon's new public key, which is no secret, an old client's pair would fit again
        (folder / CLIENTS / f"{name}{PUBLIC}").unlink(missing_ok=True)
    pair = new_pair()
    _write(folder / f"{SERVER}{PUBLIC}", as_text(pair, is_secret=False))
    _write(folder / f"{SERVER}{SECRET}", as_text(pair, is_secret=True))
    _make_client(folder, LOCAL, pair)
    click.echo(f"The daemon's public key is {pair.public}. Its keys are in {folder}.")
    click.echo(f"The commands and the panel of this machine use the key {LOCAL}.")
    if others := [name for name in gone if name != LOCAL]:
        click.echo(
            f"These clients may not connect any more, until edmd keys client makes them new keys: {', '.join(others)}."
        )
    click.echo(
        "Now set [security] curve = true and start edmd again; one that runs with other keys hears no command."
    )


@keys.command()
@click.argument("name")
@config_options
def client(name: str, path: Path | None, overrides: tuple[str, ...]) -> None:
    """Make the keys of a client, and let it connect. A running daemon knows it at once."""
    folder = _folder(path, overrides)
    _check(name)
    if (folder / CLIENTS / f"{name}{PUBLIC}").exists():
        raise CommandFailed(f"there is a client {name} already; edmd keys revoke {name} takes its key away")
    file = _make_client(folder, name, _server(folder))
    click.echo(
        f"{name} may connect. Copy {file} to its machine in a safe way: edmd ctl --endpoint ADDRESS --key FILE"
    )


@keys.command(name="list")
@config_options
def list_(path: Path | None, overrides: tuple[str, ...]) -> None:
    """Show the public keys of the daemon and of the clients that may connect."""
    folder = _folder(path, overrides)
    click.echo(f"{_server(folder).public}  the daemon, {folder}")
    for public, name in sorted(authorised(folder / CLIENTS).items(), key=lambda each: each[1]):
        click.echo(f"{public}  {name}")


@keys.command()
@click.argument("name")
@config_options
def revoke(name: str, path: Path | None, overrides: tuple[str, ...]) -> None:
    """Take the key of a client away. A running daemon disconnects it within a second or two."""
    folder = _folder(path, overrides)
    _check(name)
    try:
        (folder / CLIENTS / f"{name}{PUBLIC}").unlink()
    except FileNotFoundError:
        known = ", ".join(sorted(authorised(folder / CLIENTS).values())) or "none"
        raise CommandFailed(f"no client is named {name}; there is: {known}") from None
    except OSError as error:
        raise CommandFailed(f"the key of {name} cannot be taken away: {error.strerror}") from None
    (folder / f"{name}{SECRET}").unlink(missing_ok=True)
    click.echo(f"{name} may not connect any more.")


@keys.command()
def password() -> None:
    """Ask for a password of the panel, and print its hash for [panel] password."""
    text = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    if missing := weakness(text):
        raise UsageError(missing)
    click.echo(f'password = "{hash_of(text)}"')


def _folder(path: Path | None, overrides: tuple[str, ...]) -> Path:
    """Return the folder of keys. Keys can be made while the configuration already wants them."""
    try:
        return load_config(path, (*overrides, "security.curve=false", *_LOOPBACK)).keys
    except ConfigError as error:
        if path is None and not overrides:
            click.echo(f"The configuration is not used, because it has errors:\n{error}", err=True)
            return default_keys()
        raise UsageError(str(error)) from None


_LOOPBACK = ("control.bind=tcp://127.0.0.1:5570", "telemetry.bind=tcp://127.0.0.1:5571")


def _check(name: str) -> None:
    if not NAME.fullmatch(name) or name.lower() == SERVER:  # some file systems do not tell cases apart
        raise UsageError(f"{name!r} cannot be a client's name: letters, digits, dots, dashes; not {SERVER}")


def _server(folder: Path) -> Pair:
    try:
        return read_pair(folder / f"{SERVER}{SECRET}")
    except KeyFileError as error:
        raise CommandFailed(f"{error}; make the daemon's keys first: edmd keys server") from None


def _make_client(folder: Path, name: str, server: Pair) -> Path:
    pair = new_pair(server.public)
    _write(folder / f"{name}{SECRET}", as_text(pair, is_secret=True))
    _write(folder / CLIENTS / f"{name}{PUBLIC}", as_text(pair, is_secret=False))
    return folder / f"{name}{SECRET}"


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with replacing(path) as partial:
            number = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(number, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(number)
    except OSError as error:
        raise CommandFailed(f"{path} cannot be written: {error.strerror or error}") from None
