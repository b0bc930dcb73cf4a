"""`edmd export`: convert a MIDI file to score, picture, audio, stems or loops."""

from pathlib import Path
from typing import Any

import click

from daemon.commands.exporting import check_not_read, export_options, wanted_of, write
from daemon.commands.failure import CommandFailed
from daemon.commands.options import config_options, read_config


@click.command()
@config_options
@click.argument("midifile", type=click.Path(path_type=Path))
@export_options
def export(path: Path | None, overrides: tuple[str, ...], midifile: Path, **options: Any) -> None:
    """Convert MIDIFILE to a score, a picture, audio, or a part of itself. The suffix of --out selects the kind of file."""
    from models.reading.limits import RefusedError
    from models.reading.reader import read_music

    check_not_read(midifile, [options["out"]])
    wanted = wanted_of(options, read_config(path, overrides).soundfont)
    try:
        music = read_music(midifile)
    except RefusedError as refusal:
        raise CommandFailed(f"cannot read {midifile}: it {refusal}") from None
    for remark in music.remarks:
        click.echo(f"{midifile}: {remark}", err=True)
    for written in write(music, wanted, midifile):
        click.echo(str(written))
