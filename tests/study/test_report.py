"""`edmd study report`: it changes nothing beside the answers, names are shown as they are, and faults are told."""

import contextlib
import json
import os
import shutil
import sqlite3
import warnings
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from daemon.cli import cli
from daemon.study.report import write_report
from daemon.study.results import Results, results
from daemon.study.rows import FILE_NAME, Answer
from daemon.study.snapshot import read_stored
from daemon.study.store import Store
from daemon.study.study import FILE_NAME as STUDY_FILE
from daemon.study.study import Study, StudyError, read_study
from exporters.writing import WriteError
from tests.study.process import Server
from tests.study.test_design import study_of


def report(folder: Path, out: Path) -> Result:
    return CliRunner().invoke(cli, ["study", "report", str(folder), "--out", str(out)])


def state(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Return the files of a folder, each with the time of its last change and its content."""
    return {
        path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in folder.iterdir() if path.is_file()
    }


def answer(store: Store, screens: int) -> None:
    listener = store.listener(store.admit("en", "some", ""))
    assert listener is not None
    for screen in range(screens):
        store.keep(listener, Answer(screen, (1, 2, 3, 4), 3.0), is_last=False, code="")


@pytest.fixture
def answered(folder: Path, study: Study) -> Path:
    """A study with two answers of one listener."""
    with Store(folder, study.id) as store:
        answer(store, 2)
    return folder


def edit(folder: Path, *statements: str) -> None:
    with contextlib.closing(sqlite3.connect(folder / FILE_NAME)) as file, file:
        file.execute("PRAGMA ignore_check_constraints = ON")
        for each in statements:
            file.execute(each)


def test_a_report_changes_nothing_beside_the_answers(answered: Path, tmp_path: Path) -> None:
    before = state(answered)
    ran = report(answered, tmp_path / "report")
    assert ran.exit_code == 0, ran.output
    assert "1 listeners began" in ran.stdout
    assert state(answered) == before


def test_a_report_of_a_killed_server_changes_nothing_and_has_all_answers(
    folder: Path, study: Study, tmp_path: Path
) -> None:
    server = Server(folder)
    server.start()
    server.ask("POST", "/api/listeners", {"language": "en"})
    server.kill()
    assert (folder / f"{FILE_NAME}-wal").stat().st_size
    before = state(folder)
    assert "1 listeners began" in report(folder, tmp_path / "report").stdout
    assert state(folder) == before
    (folder / f"{FILE_NAME}-shm").unlink()
    assert len(read_stored(study, folder)[0]) == 1, "a copy may be without the index"


@pytest.mark.skipif(getattr(os, "geteuid", int)() == 0, reason="root may write everywhere")
def test_a_report_of_a_folder_that_cannot_be_written(answered: Path, tmp_path: Path) -> None:
    answered.chmod(0o500)
    try:
        assert report(answered, tmp_path / "report").exit_code == 0
    finally:
        answered.chmod(0o700)


def test_a_report_while_answers_come(folder: Path, study: Study) -> None:
    with Store(folder, study.id) as store:
        for count in range(1, 6):
            answer(store, 2)
            listeners, answers = read_stored(study, folder)
            assert len(listeners) == len(answers) == count


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE answers SET complexity = 9", "a row was edited"),
        ("UPDATE answers SET complexity = 2.5", "a row was edited"),
        ("UPDATE answers SET emotion = 'much'", "a row was edited"),
        ("UPDATE answers SET heard_seconds = 9e999", "a row was edited"),
        ("UPDATE answers SET heard_seconds = 'long'", "a row was edited"),
        ("UPDATE answers SET screen = -1 WHERE screen = 0", "a row was edited"),
        ("UPDATE answers SET screen = 7 WHERE screen = 1", "some are missing"),
        ("UPDATE answers SET screen = 'x' WHERE screen = 1", "a row was edited"),
        ("DELETE FROM answers WHERE screen = 0", "some are missing"),
        ("UPDATE answers SET listener = 77", "listener 77 has answers and no row"),
        ("UPDATE listeners SET number = 'first'", "a row was edited"),
        ("UPDATE listeners SET number = -3", "a row was edited"),
        ("UPDATE listeners SET number = 1.5", "a row was edited"),
        ("UPDATE listeners SET language = x'ff'", "a row was edited"),
        ("UPDATE listeners SET seen = 'today'", "a row was edited"),
        (
            "INSERT INTO answers SELECT 1, 2 + value, 1, 1, 1, 1, 3 FROM (WITH RECURSIVE up(value) AS"
            " (SELECT 0 UNION ALL SELECT value + 1 FROM up WHERE value < 30) SELECT value FROM up)",
            "more answers than the study has screens",
        ),
        ("UPDATE study SET id = 'other'", "another study"),
        ("DELETE FROM study", "another study"),
        ("DROP TABLE answers", "no such table"),
        ("PRAGMA user_version = 9", "version 9"),
    ],
)
def test_an_edited_file_of_answers_is_told(answered: Path, tmp_path: Path, statement: str, said: str) -> None:
    edit(answered, statement)
    told(report(answered, tmp_path / "report"), said, answered / FILE_NAME)


def told(ran: Result, said: str, path: Path) -> None:
    """Check that a command has failed with one sentence that names the file."""
    assert ran.exit_code == 1
    assert isinstance(ran.exception, SystemExit)
    assert ran.stderr.startswith("Error: ")
    assert ran.stderr.count("\n") == 1
    assert said in ran.stderr
    assert str(path) in ran.stderr


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
@pytest.mark.timeout(60)
@pytest.mark.parametrize("command", ["serve", "report"])
def test_pipes_are_told_and_not_waited_for(answered: Path, command: str) -> None:
    for name in (FILE_NAME, STUDY_FILE):
        (answered / name).unlink()
        os.mkfifo(answered / name)
        ran = CliRunner().invoke(cli, ["study", command, str(answered)])
        told(ran, "not a regular file", answered / name)


@pytest.mark.parametrize(
    "edited",
    [
        {"seed": 2.0},
        {"format": 1.0},
        {"format": True},
        {"id": "\ud800"},
        {"synthesiser": "\udfff"},
        {"seconds": "30"},
        {"seconds": 10**400},
        {"x": 1},
    ],
)
def test_an_edited_study_is_told(answered: Path, tmp_path: Path, edited: dict[str, Any]) -> None:
    path = answered / STUDY_FILE
    path.write_text(json.dumps({**json.loads(path.read_text()), **edited}))
    told(report(answered, tmp_path / "report"), "cannot be used", path)


def test_a_bar_is_a_whole_number(answered: Path) -> None:
    path = answered / STUDY_FILE
    path.write_text(path.read_text().replace('"bar": ', '"bar": 0.0e', 1))
    with pytest.raises(StudyError, match="Expected `int`, got `float`"):
        read_study(answered)


NAMES = ["_ours", "$peer", r"a$\frac{$b", "__", r"\$x|y", "*b* <i> `c`"]


def named(folder: Path) -> Results:
    """Return results of a study whose sources have names with signs that mean something elsewhere."""
    plain = study_of(len(NAMES), 2)
    sources = dict(zip(NAMES, plain.sources.values(), strict=True))
    study = msgspec.structs.replace(plain, sources=sources)
    with Store(folder, study.id) as store:
        for _ in range(3):
            answer(store, study.clips + 1)
        return results(study, store.listeners(), store.answers(), all_count=True)


def test_names_are_shown_as_they_are(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        files = write_report(named(tmp_path), tmp_path / "report")
    assert len(files) == 6
    picture = (tmp_path / "report" / "means.svg").read_text(encoding="utf-8")
    for name in NAMES:
        assert f"<!-- {name} -->" in picture.replace("\u200b", "").replace("&lt;", "<").replace("&gt;", ">")
    page = (tmp_path / "report" / "report.md").read_text(encoding="utf-8")
    assert r"| \_ours |" in page
    assert r"| \\\$x\|y |" in page
    assert r"| \*b\* \<i\> \`c\` |" in page
    assert "![means](means.png)" in page


def test_a_fault_of_a_plot_loses_no_figures(tmp_path: Path) -> None:
    out = tmp_path / "report"
    (out / "means.png").mkdir(parents=True)
    with pytest.raises(WriteError, match=r"report\.json are complete, but without plots: .*means\.png"):
        write_report(named(tmp_path), out)
    assert "## Comparisons" in (out / "report.md").read_text(encoding="utf-8")
    assert "means.png" not in (out / "report.md").read_text(encoding="utf-8")
    assert json.loads((out / "report.json").read_text(encoding="utf-8"))["sources"] == NAMES


def test_a_copy_of_a_study_has_the_same_report(answered: Path, tmp_path: Path) -> None:
    copy = shutil.copytree(answered, tmp_path / "copy")
    assert (
        report(copy, tmp_path / "one").stdout.splitlines()[:-1]
        == (report(answered, tmp_path / "two").stdout.splitlines()[:-1])
    )
