"""README.md says what is the case: its tables, links, targets, commands and configuration."""

import re
import textwrap
import tomllib
from pathlib import Path
from typing import Final

import pytest

from daemon.cli import COMMANDS
from daemon.config import load_config
from tests.imports import ROOT
from tests.protocol import page as protocol
from tests.readme import BENCHMARKS, README, TABLES, benchmarks, filled

TEXT: Final = README.read_text(encoding="utf-8")
PAGES: Final = [README, *sorted((ROOT / "docs").rglob("*.md"))]


def _blocks(page: Path) -> list[str]:
    """Return the pieces of configuration that a page shows, also those in lists."""
    found = re.findall(
        r"^( *)```toml\n(.*?)^\1```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    return [textwrap.dedent(block) for _, block in found]


@pytest.mark.parametrize("page", TABLES, ids=lambda page: page.name)
def test_tables_are_what_code_and_figures_say(page: Path) -> None:
    assert filled(page) == page.read_text(encoding="utf-8"), "run `make readme`"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = [target for target in re.findall(r"\]\(([^)]+)\)", text) if "://" not in target]
    headings = {_anchor(line) for line in text.splitlines() if line.startswith("#")}
    missing = [
        target
        for target in targets
        if not (target in headings if target.startswith("#") else (page.parent / target).exists())
    ]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_and_targets_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    lines = re.findall(r"(?:^    |`)(edmd|make) ([a-z]+)", text, re.MULTILINE)
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert lines or page != README
    assert {word for program, word in lines if program == "make"} <= targets
    assert {word for program, word in lines if program == "edmd"} <= COMMANDS.keys() | {
        "control",
        "melody",
        "mpe",
        "percussion",
    }


@pytest.mark.parametrize("page", [each for each in PAGES if _blocks(each)], ids=lambda page: page.name)
def test_configuration_on_the_page_is_accepted(page: Path, tmp_path: Path) -> None:
    for block in _blocks(page):
        file = tmp_path / "config.toml"
        file.write_text(block, encoding="utf-8")
        assert load_config(file).source == file
        assert tomllib.loads(block)


def _anchor(heading: str) -> str:
    words = re.sub(r"[^a-z0-9 -]", "", heading.lstrip("# ").lower())
    return "#" + words.replace(" ", "-")


def test_the_page_of_benchmarks_is_that_of_the_last_run() -> None:
    assert BENCHMARKS.read_text(encoding="utf-8") == benchmarks()


def test_the_schema_of_the_protocol_is_that_of_the_code() -> None:
    assert protocol.SCHEMA.read_text(encoding="utf-8") == protocol.schema_text(), "run `make readme`"
