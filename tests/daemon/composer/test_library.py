"""The bundles in use: opened by digest, loaded by name, closed when nothing needs them; and their ensembles."""

from pathlib import Path

import pytest

from daemon.composer.models.library import Library
from daemon.music.ensemble.drive import run
from daemon.music.ensemble.lineup import Lineup, Source, lineup_of
from models import bundle as bundles
from models.arrangement import Arrangement
from models.bundle import BundleError
from tests.daemon.playback import CPU, loud, solo_of
from tests.daemon.solo import both
from tests.training import tiny


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny.write(tmp_path / "tiny")


@pytest.fixture
def other(tmp_path: Path) -> Path:
    return tiny.write(tmp_path / "other", seed=9)


def digest_of(folder: Path) -> str:
    return bundles.load(str(folder)).digest


def nameless(digest: str) -> Source:
    """A source that cannot be loaded by its name."""
    return Source("", digest)


def opened(library: Library, source: Source) -> Arrangement:
    """Return the tables of a bundle, which are one object as long as the bundle is open."""
    return library.arrangement(source)


def test_a_bundle_that_is_there_is_opened_without_its_name(folder: Path) -> None:
    solo = solo_of(folder, 1)
    library = Library(CPU, solo.opened)
    library.open(nameless(solo.bundle.digest))
    assert opened(library, nameless(solo.bundle.digest)) is solo.bundle.arrangement
    assert solo.opened.source == Source(str(folder), solo.bundle.digest)


def test_a_bundle_that_is_not_there_yet_is_loaded_once_by_its_name(folder: Path, other: Path) -> None:
    library, digest = Library(CPU, solo_of(folder, 1).opened), digest_of(other)
    library.open(Source(str(other), digest))
    found = opened(library, nameless(digest))
    library.open(Source(str(other), digest))
    assert opened(library, Source(str(other), digest)) is found
    ensemble = library.ensemble(lineup_of(nameless(digest)))
    assert run(ensemble.compose(0, loud())) == solo_of(other, 0).step(0, loud())


def test_only_what_is_still_needed_stays_open(folder: Path, other: Path) -> None:
    library = Library(CPU, solo_of(folder, 1).opened, solo_of(other, 1).opened)
    kept, closed = digest_of(folder), digest_of(other)
    found = opened(library, nameless(kept))
    library.close_all_but({kept, "of no bundle"})
    assert opened(library, nameless(kept)) is found
    with pytest.raises(BundleError):
        library.open(nameless(closed))
    library.open(Source(str(other), closed))
    library.open(nameless(closed))


def test_two_equal_bundles_are_one(folder: Path, tmp_path: Path) -> None:
    solo, equal = solo_of(folder, 1), solo_of(tiny.write(tmp_path / "copy"), 1)
    digest = solo.bundle.digest
    assert equal.bundle.digest == digest
    library = Library(CPU, solo.opened)
    library.add(equal.opened)
    assert opened(library, equal.source) is solo.bundle.arrangement
    assert lineup_of(equal.source).key == lineup_of(solo.source).key, "whatever name loads it"
    library.close_all_but(())
    again = opened(library, solo.source)
    assert again is not solo.bundle.arrangement
    assert again is not equal.bundle.arrangement


def test_a_bundle_that_has_changed_on_disk_is_refused(folder: Path, other: Path) -> None:
    library, digest = Library(CPU, solo_of(folder, 1).opened), digest_of(other)
    for path in other.iterdir():
        path.write_bytes((folder / path.name).read_bytes())
    with pytest.raises(
        BundleError, match=f"the bundle {other} has changed since it was loaded; load it again"
    ):
        library.open(Source(str(other), digest))
    (other / "melody.onnx").write_bytes(b"torn")
    with pytest.raises(BundleError, match=f"{other}.*damaged"):
        library.open(Source(str(other), digest))
    library.open(nameless(digest_of(folder)))  # what plays is as it was


def test_the_parts_of_a_lineup_come_from_their_own_bundles(folder: Path, other: Path) -> None:
    """At the first tick each part depends on its own network and on the notes of the parts before it alone."""
    mine, others = solo_of(folder, 1), solo_of(other, 1)
    library = Library(CPU, mine.opened, others.opened)
    ensembles = [
        library.ensemble(Lineup(mine.source, melody.source, percussion.source))
        for melody in (mine, others)
        for percussion in (mine, others)
    ]
    for ensemble in ensembles:
        ensemble.begin(1, 0)
        for tick in range(8):
            run(ensemble.compose(tick, loud(humanize=0.0)))
    one, mixed, _, two = (both(ensemble.save()) for ensemble in ensembles)
    assert mixed[0].numbers[0, 0].tolist() == one[0].numbers[0, 0].tolist() != two[0].numbers[0, 0].tolist()
    assert mixed[1].numbers.tolist() != one[1].numbers.tolist()


def test_each_ensemble_has_rows_of_its_own(folder: Path) -> None:
    solo = solo_of(folder, 1)
    first, second = (solo.library.ensemble(solo.lineup) for _ in range(2))
    alone = [run(first.compose(tick, loud())) for tick in range(24)]
    first.begin(0, 0)
    turned = []
    for tick in range(24):
        turned.append(run(first.compose(tick, loud())))
        run(second.compose(tick + 5, loud(energy=0.2)))
    assert turned == alone
