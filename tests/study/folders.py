"""Folders of real MIDI files for studies, and studies made of them."""

from pathlib import Path

from daemon.study.clips import Plan, Prepared, prepare
from exporters.midi import file_bytes
from models.music import Music, Part, Sound
from models.notes import PULSES_PER_BAR as BAR
from models.notes import PULSES_PER_BEAT as BEAT

SECONDS = 3.0
LUFS = -18.0
SILENT_BARS = 2


def piece(seed: int, bars: int = 8, tempo: float = 120.0) -> Music:
    """Return music that begins after two silent bars: a melody of its own for each seed, over a bass."""
    places = range(SILENT_BARS * BAR, bars * BAR, BEAT)
    tune = tuple(Sound(at, BEAT, 60 + (seed * 7 + at // BEAT * 5) % 24, 90) for at in places)
    bass = tuple(Sound(at, BEAT // 2, 36 + seed % 12, 100) for at in places)
    parts = (Part("tune", 1, 80, tune), Part("bass", 2, 38, bass))
    return Music(f"piece {seed}", parts, ((0, tempo),), (), bars * BAR)


def midi_folder(folder: Path, count: int, first: int = 0) -> Path:
    """Write `count` pieces as MIDI files into a new folder."""
    folder.mkdir(parents=True)
    for seed in range(first, first + count):
        (folder / f"piece-{seed}.mid").write_bytes(file_bytes(piece(seed, tempo=100 + seed % 7 * 10)))
    return folder


def prepared(folder: Path, sources: int = 3, clips: int = 4, seconds: float = SECONDS) -> Prepared:
    """Make a study in `folder / "study"`, of as many sources named red, green, blue, ... with so many clips each."""
    names = ("red", "green", "blue", "white")[:sources]
    folders = {name: midi_folder(folder / name, clips + 1, number * 10) for number, name in enumerate(names)}
    return prepare(Plan(folders, clips, seconds, LUFS, 1, None), folder / "study", lambda _, __: None)
