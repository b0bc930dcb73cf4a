"""Replacing a table of an existing bundle changes nothing else."""

import json
from pathlib import Path

from exporters.files import put_table
from models import bundle
from models.arrangement import NOTHING, Arrangement, dumps
from models.manifest import ARRANGEMENT
from tests.training import tiny


def test_a_bundle_takes_another_arrangement(tmp_path: Path) -> None:
    folder = tiny.write(tmp_path / "tiny")
    before = bundle.load(str(folder))
    put_table(folder, ARRANGEMENT, dumps(Arrangement({"edm": NOTHING})))
    after = bundle.load(str(folder))
    assert set(after.arrangement.styles) == {"edm"}
    assert json.loads(after.table(ARRANGEMENT))["edm"]["loops"] == []
    assert after.model("melody") == before.model("melody")
    assert {key: row for key, row in after.manifest.items() if key != ARRANGEMENT} == {
        key: row for key, row in before.manifest.items() if key != ARRANGEMENT
    }
    assert not list(folder.glob("*.partial"))
