"""A study of real clips, made once."""

import shutil
from pathlib import Path

import pytest

from tests import needs

needs.library("flask")
needs.library("soundfile")
needs.library("libsonare")

from daemon.study.study import Study, read_study
from tests.study.folders import prepared


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a study with three sources of four clips each, without answers."""
    folder = tmp_path_factory.mktemp("sources")
    prepared(folder)
    return folder / "study"


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A copy of that study, to be answered."""
    return shutil.copytree(made, tmp_path / "study")


@pytest.fixture
def study(folder: Path) -> Study:
    return read_study(folder)
