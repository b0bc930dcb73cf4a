"""What `edmd train` says of music that a system of symbols cannot learn from, and of checkpoints that do not fit."""

import os
import shutil
from pathlib import Path

import pytest
import torch

from models import bundle
from tests.training.songs import write_midi
from tests.training.systems.sequences.made import PLAIN, STREAM, VOICES, WINDOW, recipe, write_songs
from tests.training.systems.sequences.test_train import train


@pytest.fixture(scope="module")
def songs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_songs(tmp_path_factory.mktemp("corpus") / "songs")


@pytest.mark.parametrize("system", ["performance", "jazz", "pop", "folk"])
def test_a_folder_of_nothing_usable_gives_the_reasons_counted(tmp_path: Path, system: str) -> None:
    bad = tmp_path / "bad"
    (bad / "b").mkdir(parents=True)
    for name in ("x.mid", "b/y.mid"):
        (bad / name).write_bytes(b"junk")
    write_midi(bad / "short.mid", [("lead", 0, [(0, 120, 60, 80)])])
    result = train(tmp_path, bad, recipe(system, PLAIN))
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit), result.exception
    assert f"no music to train on in {bad}: 2 files: is not a MIDI file" in result.output
    assert "1 file: has fewer than 8 notes of lead" in result.output
    empty = tmp_path / "empty"
    empty.mkdir()
    result = train(tmp_path, empty, recipe(system, PLAIN))
    assert result.exit_code == 1
    assert f"no music to train on in {empty}: there are no MIDI files or scores" in result.output


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
@pytest.mark.parametrize("name", [b"[/bold]", b"\xff\xfe"])
def test_folders_may_have_any_name(tmp_path: Path, songs: Path, name: bytes) -> None:
    own = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
    shutil.copytree(songs, own)
    result = train(tmp_path, own, recipe("performance", WINDOW).replace("window = 16", "window = 512"))
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit), result.exception
    assert "10 songs" in result.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (recipe("performance", WINDOW).replace("window = 16", "window = 512"), "is longer than the window of 512"),
        (recipe("folk", PLAIN, voices='"chords"'), "gives any symbols of folk with the voices chords"),
        (recipe("jazz", STREAM, voices='"chords"'), "gives any symbols of jazz with the voices chords"),
    ],
)  # fmt: skip
def test_songs_that_give_nothing_to_learn_are_told_in_a_sentence(
    tmp_path: Path, songs: Path, words: str, said: str
) -> None:
    result = train(tmp_path, songs, words)
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit), result.exception
    assert f"no song to train on {said}" in result.output
    assert not (tmp_path / "out" / "model.toml").exists()


def test_a_validation_song_must_be_long_enough_too(tmp_path: Path, songs: Path) -> None:
    own = tmp_path / "own"
    shutil.copytree(songs, own)
    # By the MD5 of their names 18 is the validation song.
    write_midi(own / "18.mid", [("lead", 0, [(n * 240, 120, 60 + n, 80) for n in range(8)])])
    result = train(tmp_path, own, recipe("performance", WINDOW).replace("window = 16", "window = 64"))
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit), result.exception
    assert "no song to validate with is longer than the window of 64 symbols" in result.output


@pytest.mark.train
def test_a_bundle_is_remade_from_its_own_checkpoints_alone(tmp_path: Path, songs: Path) -> None:
    own, words = tmp_path / "own", recipe("pop", PLAIN, voices=VOICES)
    shutil.copytree(songs, own)
    assert train(tmp_path, own, words, "--epochs", "1").exit_code == 0
    made = bundle.load(str(tmp_path / "out"))
    again = train(tmp_path, own, words, "--from-checkpoints")
    assert again.exit_code == 0, again.output
    assert bundle.load(str(tmp_path / "out")).hashes == made.hashes
    kept = _contents(tmp_path / "out")

    other = train(tmp_path, own, words.replace("hidden = 12", "hidden = 13"), "--from-checkpoints")
    assert other.exit_code == 1
    assert "contains a network of other sizes or songs than the recipe's melody" in other.output
    (own / "1.mid").rename(tmp_path / "1.mid")
    fewer = train(tmp_path, own, words, "--from-checkpoints")
    assert fewer.exit_code == 1
    assert "contains a network of other sizes or songs than the recipe's melody" in fewer.output
    assert _contents(tmp_path / "out") == kept

    (tmp_path / "1.mid").rename(own / "1.mid")
    best = tmp_path / "out" / "checkpoints" / "melody" / "best.ckpt"
    saved = torch.load(best, weights_only=True)
    saved["state_dict"]["network.out.bias"][:] = torch.nan
    torch.save(saved, best)
    broken = train(tmp_path, own, words, "--from-checkpoints")
    assert broken.exit_code == 1
    assert isinstance(broken.exception, SystemExit), broken.exception
    assert "weights that are not numbers" in broken.output
    assert _contents(tmp_path / "out") == kept


def _contents(folder: Path) -> dict[str, bytes]:
    """Return the files of a bundle, and what lies beside them apart from the report and the checkpoints."""
    left_out = {"report.json", "checkpoints"}
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name not in left_out}
