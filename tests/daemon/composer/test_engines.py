"""The engines of the bundles in use: opened by digest, known by name, closed when nothing needs them."""

from pathlib import Path

import pytest
from daemon.composer.engines import Engines

from models import bundle as bundles
from models.bundle import BundleError
from tests.daemon.playback import CPU, engine_of
from tests.training import tiny


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny.write(tmp_path / "tiny")


@pytest.fixture
def other(tmp_path: Path) -> Path:
    return tiny.write(tmp_path / "other", seed=9)


def digest_of(folder: Path) -> str:
    return bundles.load(str(folder)).digest


def test_an_engine_that_is_there_is_opened_without_its_name(folder: Path) -> None:
    engine = engine_of(folder, 1)
    engines = Engines(CPU, engine)
    assert engines.open("", engine.bundle.digest) is engine
    assert engines.name(engine.bundle.digest) == str(folder)


def test_a_bundle_that_is_not_there_yet_is_loaded_once_by_its_name(folder: Path, other: Path) -> None:
    engines, digest = Engines(CPU, engine_of(folder, 1)), digest_of(other)
    opened = engines.open(str(other), digest)
    assert opened.bundle.digest == digest
    assert engines.open("", digest) is opened
    assert engines.name(digest) == str(other)


def test_only_what_is_still_needed_stays_open(folder: Path, other: Path) -> None:
    engines = Engines(CPU, engine_of(folder, 1), engine_of(other, 1))
    kept, closed = digest_of(folder), digest_of(other)
    engine = engines.open("", kept)
    engines.close_all_but({kept, "of no bundle"})
    assert engines.open("", kept) is engine
    with pytest.raises(BundleError):
        engines.open("", closed)
    with pytest.raises(KeyError):
        engines.name(closed)
    assert engines.open(str(other), closed).bundle.digest == closed


def test_two_equal_bundles_are_one_engine_under_the_last_name(folder: Path, tmp_path: Path) -> None:
    copy = tiny.write(tmp_path / "copy")
    engine, equal = engine_of(folder, 1), engine_of(copy, 1)
    digest = engine.bundle.digest
    assert equal.bundle.digest == digest
    engines = Engines(CPU, engine)
    engines.add(equal)
    assert engines.open("", digest) is engine
    assert engines.name(digest) == str(copy)
    engines.close_all_but(())
    assert engines.open(str(folder), digest) not in (engine, equal)
    assert engines.name(digest) == str(folder)


def test_a_bundle_that_has_changed_on_disk_is_refused(folder: Path, other: Path, tmp_path: Path) -> None:
    engines, digest = Engines(CPU, engine_of(folder, 1)), digest_of(other)
    for path in other.iterdir():
        path.write_bytes((folder / path.name).read_bytes())
    with pytest.raises(
        BundleError, match=f"the bundle {other} has changed since it was loaded; load it again"
    ):
        engines.open(str(other), digest)
    (other / "melody.onnx").write_bytes(b"torn")
    with pytest.raises(BundleError, match=f"{other}.*damaged"):
        engines.open(str(other), digest)
    assert engines.open("", digest_of(folder)).bundle.name == "tiny", "what plays is as it was"
