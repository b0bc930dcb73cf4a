"""`edmd panel`: serve the web panel for a running daemon."""

from pathlib import Path

import click

from daemon.client import TELEMETRY, Client, NoAnswer, Refused
from daemon.commands.browser import open_page
from daemon.commands.failure import CommandFailed
from daemon.commands.line import place_of
from daemon.commands.options import config_options, read_config, set_up_logs_of, warn
from daemon.control.curvekeys import KeyFileError, Pair, read_client
from daemon.control.endpoints import reached


@click.command()
@config_options
@click.option("--endpoint", metavar="ADDRESS", help="Control address of the daemon.")
@click.option("--telemetry", metavar="ADDRESS", help="Telemetry address of the daemon.")
@click.option("--key", metavar="FILE", help="The file of the panel's key, if the daemon wants one.")
@click.option("--open", "opens", is_flag=True, help="Open the page in the browser.")
@click.option("--with-parent", is_flag=True, hidden=True, help="End when standard input does.")
def panel(
    path: Path | None,
    overrides: tuple[str, ...],
    endpoint: str | None,
    telemetry: str | None,
    key: str | None,
    opens: bool,
    with_parent: bool,
) -> None:
    """Serve the web panel for a running daemon, until Ctrl-C."""
    config = read_config(path, overrides)
    if not with_parent:  # the parent has already warned
        warn(config)
    set_up_logs_of(config, "panel")
    try:
        from daemon.panel.serving import PanelError, serve
    except ModuleNotFoundError as error:
        raise CommandFailed(
            f"the panel needs {error.name}: pip install 'edmd[panel]' (make play does it)"
        ) from None
    from daemon.panel.settings import PanelSettings

    try:
        keys = read_client(Path(key)) if key else place_of(config).keys()
    except KeyFileError as error:
        raise CommandFailed(str(error)) from None
    if endpoint and not telemetry:
        telemetry = _telemetry_of(endpoint, keys)
    settings = PanelSettings(
        control=endpoint or config.control_bind,
        telemetry=telemetry or config.telemetry_bind,
        host=config.panel.host,
        port=config.panel.port,
        password=config.panel.password,
        folder=config.recording_folder,
        config=None if path is None else str(path),
        overrides=overrides,
        soundfont=config.soundfont,
        tls=config.panel.tls,
        tls_key=config.panel.tls_key,
        keys=keys,
    )

    def tell(line: str) -> None:
        click.echo(line)
        if opens:
            open_page(settings.url)

    try:
        serve(settings, tell, ends_with_input=with_parent)
    except PanelError as error:
        raise CommandFailed(str(error)) from None
    except KeyboardInterrupt:
        return


def _telemetry_of(endpoint: str, keys: Pair | None) -> str:
    """Ask a daemon elsewhere for its telemetry address. One that does not answer yet probably has the usual port."""
    try:
        with Client(endpoint, keys=keys) as client:
            return reached(str(client.state()["telemetry"]), endpoint)
    except (NoAnswer, Refused):
        return reached(f"tcp://0.0.0.0:{TELEMETRY.rpartition(':')[2]}", endpoint)
