"""Every `edmd ctl` command that the documents show is one that the command line accepts."""

import re
import shlex
from pathlib import Path

import click
import pytest

from daemon.commands.ctl import ctl
from tests.imports import ROOT

_COMMAND = re.compile(r"(?:^    |`)edmd ctl ([^`\n]+)", re.MULTILINE)
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def shown(page: Path) -> list[list[str]]:
    """Return the words of each whole command of a page, without those that stand for many."""
    lines = [
        re.split(r"\s+# ", found[1])[0].strip()
        for found in _COMMAND.finditer(page.read_text(encoding="utf-8"))
    ]
    words = [shlex.split(line) for line in lines if not set(line) & set("<>|…'") and "..." not in line]
    return [each for each in words if len(each) > 1 and not each[0].startswith("-")]


def test_there_are_such_commands() -> None:
    assert sum(len(shown(page)) for page in PAGES) > 50


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_command_line_accepts_them(page: Path) -> None:
    for words in shown(page):
        parent = click.Context(ctl, info_name="edmd ctl")
        _, command, rest = ctl.resolve_command(parent, list(words))
        assert command is not None
        try:
            command.make_context(words[0], rest, parent=parent)
        except click.ClickException as error:
            pytest.fail(f"edmd ctl {shlex.join(words)}: {error.format_message()}")
