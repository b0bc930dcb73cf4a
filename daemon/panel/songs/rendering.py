"""The worker of the songs page: a process that composes or judges one song and reports its progress."""

import contextlib
import json
import logging
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from daemon.composer.assembly import Start, start
from daemon.composer.offline.offline import ComposeError, perform
from daemon.config import Config, ConfigError, load_config
from daemon.control.telemetry import effects_message
from daemon.panel import parent_watch
from daemon.panel.songs.recipe import difference
from daemon.panel.songs.songfiles import SONG_FILE, keep_facts
from daemon.parameters import Parameters
from daemon.reporting.logs import inherit_logs
from daemon.workers.confinement import confine
from daemon.workers.jobs import Bounds
from exporters.midi import write_midi
from models.bundle import BundleError
from models.effects import NO_EFFECTS, Effects
from models.gauge import Gauge
from models.grid import Song, on_grid, song_of_take
from models.hearing import TokenisedMusic, hear
from models.notes import BARS_PER_PHRASE, PULSES_PER_BEAT, TICKS_PER_BAR, TICKS_PER_BEAT, VOICES
from models.reading.limits import RefusedError
from models.reading.reader import read_music
from models.session import ProviderError
from models.take import tonic
from models.voicing import deal

Progress = Callable[[float], None]
_log: Final = logging.getLogger(__name__)
# For files without a tempo.
_USUAL_TEMPO: Final = 120.0
# A file of a stranger is read and judged within these. A song that is made has none: CUDA needs all addresses.
_UPLOAD: Final = Bounds("reading it", seconds=900.0, cpu_seconds=600, memory_bytes=3 * 2**29)
NoteRow = tuple[float, float, str, int, int]
"""(beat, length in beats, voice, pitch, velocity)"""


def compose(task: Mapping[str, Any], folder: Path, progress: Progress) -> dict[str, Any]:
    """Compose a song as `edmd render` does, write its MIDI file, and return the facts that the page shows.

    A task with a `recipe` makes a shared song again.
    """
    config = _config_of(task)
    bars, asked = int(task["bars"]), task.get("recipe")
    begun = start(config, task["seed"])
    recipe = {**(asked or recipe_of(config, begun, bars)), "models": models_of(begun)}
    remark = difference(asked["models"], recipe["models"]) if asked else ""
    midi, parameters = recipe["midi"], Parameters.from_names(recipe["parameters"])

    def composed(tick: int) -> None:
        if tick % TICKS_PER_BAR == TICKS_PER_BAR - 1:
            progress(0.9 * (tick + 1) / TICKS_PER_BAR / bars)

    backdrop = Backdrop(bars)
    take = perform(
        begun.deck(parameters),
        bars,
        midi["channels"],
        composed,
        effects=VOICES if midi["effects"] else (),
        programs=midi["programs"],
        told=backdrop.add,
    )
    write_midi(take, folder / SONG_FILE)
    sections = [[pulse / PULSES_PER_BEAT, name] for pulse, name in take.sections]
    return {
        "bars": bars,
        "seed": begun.seed,
        "tempo": take.tempos[0][1] if take.tempos else parameters.tempo,
        "recipe": recipe,
        **({"remark": remark} if remark else {}),
        "genre": parameters.genre,
        "roots": [[pulse / PULSES_PER_BEAT, tonic(key)] for pulse, key in take.keys],
        "effects": backdrop.rows,
        "sections": sections,
        "notes": [
            (n.pulse / PULSES_PER_BEAT, n.length / PULSES_PER_BEAT, n.voice, n.pitch, n.velocity)
            for n in take.notes
        ],
        **judged(config.gauge, lambda: hear(song_of_take(take)), bars, progress),
    }


class Backdrop:
    """The effects of a song as (beat, effects), each where they change; as the page plays them, sent by MIDI or not."""

    def __init__(self, bars: int) -> None:
        self.rows: list[tuple[float, dict[str, Any]]] = []
        self._ticks, self._last = bars * TICKS_PER_BAR, NO_EFFECTS

    def add(self, tick: int, effects: Effects | None) -> None:
        """Take the effects of the next tick."""
        now = effects or NO_EFFECTS
        if now != self._last and tick < self._ticks:
            self.rows.append((tick / TICKS_PER_BEAT, effects_message(now)))
        self._last = now


def recipe_of(config: Config, begun: Start, bars: int) -> dict[str, Any]:
    """Return the recipe of a song that begins with `begun`."""
    return {
        "bars": bars,
        "seed": begun.seed,
        "models": models_of(begun),
        "parameters": config.parameters.to_names(),
        "midi": {
            "channels": {voice: route.channel for voice, route in config.midi.routes.items()},
            "programs": config.midi.file_programs(),
            "effects": bool(config.midi.effects),
        },
    }


def models_of(begun: Start) -> dict[str, dict[str, str]]:
    """Return name and digest of the bundle at each place. Of a bundle in a folder of its own only the last name is told."""
    return {
        place: {
            "name": source.name.replace("\\", "/").rstrip("/").rpartition("/")[2],
            "digest": source.digest,
        }
        for place, source in begun.lineup.places.items()
    }


def gauge_reader(task: Mapping[str, Any], folder: Path, progress: Progress) -> dict[str, Any]:
    """Return the facts of an uploaded song and the gauge's readings. Raises RefusedError if the file cannot be read."""
    config = _config_of(task)
    music = read_music(folder / SONG_FILE)
    song = on_grid(music, any_metre=True)
    heard = hear(song)
    return {
        "bars": heard.bars,
        "tempo": round(music.tempos[0][1], 2) if music.tempos else _USUAL_TEMPO,
        "sections": [],
        "notes": rows_of(song),
        **judged(config.gauge, lambda: heard, heard.bars, progress),
    }


def judged(
    name: str | None, listen: Callable[[], TokenisedMusic], bars: int, progress: Progress
) -> dict[str, Any]:
    """Return the readings of the gauge `name`, one for each bar. If there is no gauge, return the reason instead."""
    if name is None:
        return {"gauge": [], "no_gauge": "the gauge is switched off"}
    try:
        gauge = Gauge.load(name)
        heard = listen()
    except (BundleError, ValueError) as error:
        return {"gauge": [], "no_gauge": str(error)}
    readings = []
    for bar in range(1, heard.bars + 1):
        ticks = slice(max(bar - BARS_PER_PHRASE, 0) * TICKS_PER_BAR, bar * TICKS_PER_BAR)
        reading = gauge.read(heard.melody[ticks], heard.percussion[ticks])
        songs = [{"title": song.title, "share": round(song.share, 4)} for song in reading.songs]
        genres = {"edm": round(reading.edm, 4), "classical": round(reading.classical, 4)}
        readings.append({"bar": bar - 1, **genres, "songs": songs})
        progress(0.9 + 0.1 * bar / max(bars, 1))
    return {"gauge": readings}


def _config_of(task: Mapping[str, Any]) -> Config:
    return load_config(task["config"] and Path(task["config"]), task["overrides"])


def rows_of(song: Song) -> list[NoteRow]:
    """Return all notes of a song with the voices that play them. Beat 0 is the start of the first note's bar."""
    first = min(int(track.onset.min()) for track in song.tracks) // TICKS_PER_BAR * TICKS_PER_BAR
    return sorted(
        (
            int(onset - first) / TICKS_PER_BEAT,
            int(length) / TICKS_PER_BEAT,
            VOICES[voice],
            int(pitch),
            int(velocity),
        )
        for track, voicing in zip(song.tracks, deal(song.tracks), strict=True)
        for onset, length, pitch, velocity, voice in zip(*track[2:6], voicing, strict=True)
    )


def main() -> int:
    """Do the task in the first line of standard input. Report progress and errors as lines of JSON."""
    task: dict[str, Any] = json.loads(sys.stdin.readline())
    if task["kind"] == "uploaded":
        confine(_UPLOAD)
    parent_watch.hold()
    inherit_logs("worker")
    folder = Path(task["folder"])
    works = {"made": compose, "uploaded": gauge_reader}
    try:
        facts = works[task["kind"]](task, folder, _report_progress)
        keep_facts({"kind": task["kind"], "title": task["title"], "made": task["made"], **facts}, folder)
    except RefusedError as refusal:
        return _fail(f"the file cannot be read: it {refusal}")
    except MemoryError:
        return _fail(
            f"the file cannot be read: that needs more than {_UPLOAD.memory_bytes >> 20} MiB of memory"
        )
    except KeyboardInterrupt:
        return 1
    except (BundleError, ComposeError, ConfigError, ProviderError) as error:
        return _fail(str(error))
    except Exception as error:  # noqa: BLE001 - the page shows any error
        _log.exception("the song in %s failed", folder)
        return _fail(str(error) or type(error).__name__)
    return 0


def _report_progress(share: float) -> None:
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(json.dumps({"progress": round(share, 4)}) + "\n")
        sys.stdout.flush()


def _fail(reason: str) -> int:
    sys.stdout.write(json.dumps({"error": reason}) + "\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
