"""`python -m tests.music`: what the generated music is worth, row by row, kept as JSON."""

import hashlib
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click
import torch
from rich.console import Console

from exporters.writing import replace_bytes
from models.bundle import BundleError
from models.manifest import ARRANGEMENT, PARTS
from tests.imports import ROOT
from tests.music import against_real, cold, endless, genre, judging, plans, prime, scale, show, sweeps
from tests.music.playing import Players
from tests.music.row import Row, table_of
from tests.music.stage import FULL, QUICK, MissingError, Stage
from training.evaluation.music import UnreadableError

OUT: Final = ROOT / "docs" / "music.json"
ROWS: Final[Mapping[str, Callable[[Stage], list[Row]]]] = {
    "show": show.rows,
    "arc": show.arc,
    "genre": genre.rows,
    "prime": prime.rows,
    "plans": plans.rows,
    "cold": cold.rows,
    "overlap": against_real.overlap,
    "discriminator": against_real.discriminator,
    "copying": against_real.copying,
    "gauge": judging.rows,
    "mix": sweeps.mix,
    "melody.temperature": sweeps.melody_temperature,
    "percussion.temperature": sweeps.percussion_temperature,
    "density": sweeps.density,
    "energy": sweeps.energy,
    "repetition": sweeps.repetition,
    "scale": scale.rows,
    "endless": endless.rows,
}
Measured = tuple[str, float, list[Row]]


def _picked(_: click.Context, __: click.Parameter, words: str | None) -> list[str]:
    names = words.split(",") if words else list(ROWS)
    unknown = [name for name in names if name not in ROWS]
    if unknown:
        raise click.BadParameter(f"no row is named {', '.join(unknown)}; there are {', '.join(ROWS)}")
    return names


@click.command()
@click.option("--model", default="edm", show_default=True, help="The bundle, by name or folder.")
@click.option("--gauge", default="gauge", show_default=True, help="The gauge's bundle, by name or folder.")
@click.option(
    "--corpora",
    envvar="EDMD_CORPORA",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="The folder of the folders of training music; $EDMD_CORPORA. Rows that need it are left out without it.",
)
@click.option("--only", "names", callback=_picked, help=f"Some rows, by comma: {', '.join(ROWS)}.")
@click.option(
    "--quick", is_flag=True, help="A glance of a minute or two; its figures prove nothing, and are not kept."
)
@click.option("--seeds", type=click.IntRange(1), help="How many sets the row `show` plays; not stored.")
@click.option("--out", default=OUT, show_default=True, type=click.Path(path_type=Path), help="The JSON file.")
@click.option(
    "--cache",
    default=ROOT / ".cache" / "corpus",
    type=click.Path(path_type=Path),
    help="Music as it was read.",
)
def main(
    model: str,
    gauge: str,
    corpora: Path | None,
    names: list[str],
    quick: bool,
    seeds: int | None,
    out: Path,
    cache: Path,
) -> None:
    """Measure the music of a bundle; exit 1 when a row could not be measured or misses its reach."""
    torch.set_num_threads(1)
    console = Console(width=None if sys.stdout.isatty() else 220, highlight=False)
    measured: list[Measured] = []
    effort = QUICK if quick else FULL
    kept = out != OUT or not (quick or seeds)
    effort = effort._replace(shown=seeds or effort.shown)
    try:
        with Players(model) as players:
            stage = Stage(players, corpora, cache, gauge, effort, console)
            about = _about(stage)
            for each in _each(stage, names):
                measured.append(each)
                console.print(table_of([each]))
                if kept:
                    _keep(each, about, out)
    except (BundleError, UnreadableError) as error:
        raise click.ClickException(str(error)) from None
    except KeyboardInterrupt:
        raise click.ClickException("stopped; rows that were shown are kept" if kept else "stopped") from None
    if len(measured) > 1:
        console.rule()
        console.print(table_of(measured))
    missed = any(row.met is False for _, _, rows in measured for row in rows)
    raise SystemExit(int(missed or len(measured) < len(names)))


def _each(stage: Stage, names: Sequence[str]) -> Iterator[Measured]:
    if "endless" in names:
        endless.ask(stage)
    for name in names:
        began = time.perf_counter()
        try:
            rows = ROWS[name](stage)
        except MissingError as error:
            stage.console.print(f"{name}: not measured: {error}")
            continue
        yield name, time.perf_counter() - began, rows


def _about(stage: Stage) -> dict[str, Any]:
    """What was measured, so that figures of an older bundle are known as such."""
    hashes = {row["part"]: row["sha256"] for row in stage.manifest["network"]}
    hashes[ARRANGEMENT] = stage.manifest[ARRANGEMENT]["sha256"]
    networks = {part: hashes[part][:12] for part in (*PARTS, ARRANGEMENT)}
    code = hashlib.sha256()
    for path in sorted((ROOT / "daemon" / "music").rglob("*.py")):
        code.update(path.read_bytes())
    return {
        "model": {"name": stage.manifest["name"], "version": stage.manifest["version"], **networks},
        "music_code": code.hexdigest()[:12],
        "date": time.strftime("%Y-%m-%d"),
        "effort": stage.effort._asdict(),
        "machine": f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}",
    }


def _keep(measured: Measured, about: dict[str, Any], out: Path) -> None:
    """Put one row's figures among those that are there."""
    name, seconds, rows = measured
    kept: dict[str, Any] = json.loads(out.read_text(encoding="utf-8")) if out.is_file() else {}
    kept[name] = {**about, "seconds": round(seconds, 1), "figures": [row.as_dict() for row in rows]}
    ordered = {row: kept[row] for row in ROWS if row in kept}
    out.parent.mkdir(parents=True, exist_ok=True)
    replace_bytes(out, (json.dumps(ordered, indent=1, ensure_ascii=False) + "\n").encode())


if __name__ == "__main__":
    main()
