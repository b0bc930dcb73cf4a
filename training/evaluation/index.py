"""Write the folder of an evaluation: figures as JSON and CSV, and a page with the figures and pictures."""

import csv
import io
import json
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Final

from exporters.writing import writing
from training.evaluation.figures import Figures, rows
from training.evaluation.pictures import Picture

PAGE: Final = "index.html"
_STYLE: Final = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem; color: #111; }
table { border-collapse: collapse; margin: 1rem 0; }
td, th { padding: 0.2rem 0.8rem; border-bottom: 1px solid #ccc; text-align: left; }
td:last-child { text-align: right; font-variant-numeric: tabular-nums; }
img { max-width: 100%; height: auto; }
figure { margin: 2rem 0; }
"""


def write(folder: Path, title: str, figures: Figures, pictures: Sequence[Picture]) -> None:
    """Write figures.json, figures.csv and index.html, each atomically. Raises WriteError if the disk refuses."""
    flat = [(name, str(value)) for name, value in rows(figures)]
    _put(folder / "figures.json", json.dumps(figures, indent=1, ensure_ascii=False, allow_nan=False) + "\n")
    table = io.StringIO(newline="")
    csv.writer(table, lineterminator="\n").writerows([("figure", "value"), *flat])
    _put(folder / "figures.csv", table.getvalue())
    _put(folder / PAGE, page(title, flat, pictures))


def page(title: str, flat: Sequence[tuple[str, str]], pictures: Sequence[Picture]) -> str:
    """Return an HTML page that needs only the pictures beside it."""
    cells = "\n".join(f"<tr><td>{escape(name)}</td><td>{escape(value)}</td></tr>" for name, value in flat)
    shown = "\n".join(
        f'<figure><img src="{escape(each.name)}" alt="{escape(each.caption)}" loading="lazy">'
        f"<figcaption>{escape(each.caption)}</figcaption></figure>"
        for each in pictures
    )
    return (
        f'<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head>\n<body>\n<h1>{escape(title)}</h1>\n"
        '<p>The same figures for programs: <a href="figures.json">figures.json</a>, '
        '<a href="figures.csv">figures.csv</a>.</p>\n'
        f"{shown}\n<h2>Figures</h2>\n<table>\n<tr><th>figure</th><th>value</th></tr>\n{cells}\n</table>\n"
        "</body>\n</html>\n"
    )


def _put(path: Path, text: str) -> None:
    with writing(path) as partial:
        partial.write_text(text, encoding="utf-8")
