"""Bundles are tried out by a worker: whatever their networks do, a sentence comes of it, in time."""

import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from daemon.cli import cli
from daemon.control.messages import ControlError
from daemon.workers import jobs
from daemon.workers.runner import Workers
from tests.daemon.workers import hostile
from tests.training import tiny


def refusal(folder: Path) -> str:
    """Why a bundle is refused."""
    workers = Workers()
    worker = workers.run(jobs.verify_bundle(str(folder), is_by_name=False))
    assert workers.wait(worker, 30)
    with pytest.raises(ControlError) as refused:
        worker.result()
    assert (refused.value.code, refused.value.param) == ("unavailable", "name")
    assert "\n" not in refused.value.message
    return refused.value.message


def test_a_bundle_that_runs_is_verified_with_its_hashes(tmp_path: Path) -> None:
    workers = Workers()
    worker = workers.run(jobs.verify_bundle(str(tiny.write(tmp_path / "tiny")), is_by_name=False))
    assert workers.wait(worker, 30)
    assert set(worker.result().hashes) == {"melody.onnx", "percussion.onnx", "arrangement.json"}


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (hostile.not_numbers, "melody has weights that are not numbers; train or export it again"),
        (hostile.not_finite, "melody yields numbers that are not finite; train or export it again"),
        (hostile.huge, "melody does not run ("),
        (hostile.slow, "on this processor, and more than 0.1 s cannot keep time; render with it"),
        (hostile.growing, "the tensors of melody are not the declared ones"),
    ],
)
def test_a_network_that_does_not_run_is_refused_by_name(
    change: hostile.Change, cause: str, tmp_path: Path
) -> None:
    folder = hostile.bundle(tmp_path / "odd", change)
    told = refusal(folder)
    assert str(folder) in told
    assert cause in told


def test_a_network_that_loops_for_ever_is_refused_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = hostile.bundle(tmp_path / "endless", hostile.endless)
    monkeypatch.setitem(jobs.BOUNDS, "bundles", jobs.BOUNDS["bundles"]._replace(seconds=4.0))
    began = time.monotonic()
    told = refusal(folder)
    assert told == f"the bundle {folder} cannot be used: verifying it takes more than 4 seconds"
    assert time.monotonic() - began < 8


def test_a_bundle_that_is_absent_is_refused(tmp_path: Path) -> None:
    assert "is not a bundle" in refusal(tmp_path / "none")


def test_the_command_verifies_in_a_worker_too(tmp_path: Path) -> None:
    folder = str(hostile.bundle(tmp_path / "odd", hostile.not_numbers))
    ran = CliRunner().invoke(cli, ["models", "verify", folder])
    assert ran.exit_code == 1
    assert "not numbers" in ran.output
