"""The documents are built as a site, without a link that leads nowhere."""

import os
import subprocess
import sys
from pathlib import Path

from tests import needs
from tests.imports import ROOT

needs.library("material")


def test_the_site_is_built_and_every_link_leads_somewhere(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")]
    ran = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    first = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    assert "pictures/panel-dark.png" in first
    assert 'href="panel.html"' in first
    pages = {page.stem for page in (ROOT / "docs").rglob("*.md")}
    assert {page for page in pages if f'/{page}.html"' in first or f'"{page}.html"' in first} == pages, (
        "all are in the menu"
    )


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "index.md").write_text("[nothing](missing.md)", encoding="utf-8")
    (tmp_path / "mkdocs.yml").write_text("site_name: x\nplugins: []\n", encoding="utf-8")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert ran.returncode == 1
