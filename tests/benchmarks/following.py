"""`python -m tests.benchmarks.following`: how exactly a MIDI clock is followed. Writes docs/following.json.

Jitter in to jitter out runs in virtual time: edmd and isobar hear the same clocks. Then edmd follows jack_midi_clock on
a JACK server without hardware.
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import click
import pytest
from rich.console import Console

from daemon.client import Client
from daemon.link.inputs import CLOCK, START
from tests.benchmarks import isobar_clock
from tests.benchmarks.figure import Figure, table_of
from tests.benchmarks.stage import BenchError, daemon
from tests.daemon.player.foreign import clocks, command
from tests.daemon.player.test_following import followed, late_ms
from tests.imports import ROOT
from tests.midi import jack_clock
from tests.midi.conftest import Recorder, running_server, until
from tests.midi.jack_clock import RATE, TEMPO
from tests.midi.timebase import Timebase

OUT: Final = ROOT / "docs" / "following.json"
JITTERS_MS: Final = (0, 1, 2, 5, 10)
_BEGINS_SECONDS: Final = 1.0
_VIRTUAL_SECONDS: Final = 120.0
_VIRTUAL_TEMPO: Final = 120.0
_OPTIONS: Final = {
    "time.source": "midi",
    "parameters.humanize": "0",
    "parameters.swing": "0",
    "parameters.director": "false",
    "parameters.energy": "0.8",
}


@click.command()
@click.option("--seconds", default=60.0, show_default=True, help="How long jack_midi_clock is followed.")
@click.option("--out", default=OUT, show_default=True, type=click.Path(path_type=Path), help="The JSON file.")
def main(seconds: float, out: Path) -> None:
    """Measure everything. The exit status is 1 if a figure misses its reach."""
    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)
    rows = [row for jitter_ms in JITTERS_MS for row in [_jitter(jitter_ms)]]
    for row in rows:
        console.print(row)
    try:
        figures = [*_at_5_ms(rows), *_on_jack(seconds)]
    except (BenchError, pytest.skip.Exception, pytest.fail.Exception) as error:
        raise click.ClickException(str(error)) from None
    console.print(table_of(figures))
    contents = {
        "date": time.strftime("%Y-%m-%d"),
        "load": round(os.getloadavg()[0], 1),
        "jitter": rows,
        "figures": [figure.as_dict() for figure in figures],
    }
    out.write_text(json.dumps(contents, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    raise SystemExit(int(any(figure.met is False for figure in figures)))


def _jitter(jitter_ms: int) -> dict[str, float]:
    """Return the 95th percentile of the error of notes in ms from the fifth bar on, of edmd and of isobar."""
    stream = [*clocks(0.0, _VIRTUAL_SECONDS, _VIRTUAL_TEMPO, jitter_ms)]
    rig = followed([*stream, command(_BEGINS_SECONDS - 0.01, START)], _VIRTUAL_SECONDS)
    ours = [seconds for seconds, message in rig.notes() if message[0] & 0xF0 == 0x90]
    theirs = isobar_clock.note_times([*_song(stream)])
    p95 = {name: _p95(late_ms(times)) for name, times in (("edmd_ms", ours), ("isobar_ms", theirs))}
    return {"jitter_ms": jitter_ms, **p95}


def _song(stream: list[Any]) -> Iterator[float]:
    """Yield the times of the clocks from the start of the song on; as with edmd, each arrives when it is stamped."""
    before = round(_BEGINS_SECONDS * _VIRTUAL_TEMPO * 24 / 60)
    for cue in stream[before:]:
        for seconds, status, _ in cue.message.events:
            assert status == CLOCK
            yield seconds


def _p95(values: list[float]) -> float:
    return round(sorted(values)[int(0.95 * len(values))], 3)


def _at_5_ms(rows: list[dict[str, float]]) -> list[Figure]:
    (row,) = (row for row in rows if row["jitter_ms"] == 5)
    note = f"isobar's MIDI clock input in the same run: {row['isobar_ms']:.2f} ms"
    return [
        Figure(
            "notes under a clock with ±5 ms of jitter, p95 of the error", row["edmd_ms"], "ms", 1.0, note=note
        )
    ]


def _on_jack(seconds: float) -> list[Figure]:
    """Follow jack_midi_clock for a while."""
    with (
        running_server(jack_clock.CALM, jack_clock.PERIOD, "-R"),
        Recorder(*jack_clock.OURS, "jack_midi_clock", server=jack_clock.CALM) as recorder,
        daemon(_OPTIONS) as playing,
        Timebase(TEMPO, jack_clock.CALM) as transport,
    ):
        jack_clock.connect_ours(recorder)
        until(lambda: bool(jack_clock.sinks("edmd control")), "edmd control appears")
        client = Client(playing.control)
        with jack_clock.midi_clock(recorder):
            transport.start()
            until(lambda: client.state()["transport"]["state"] == "playing", "edmd starts with the clock")
            with jack_clock.steady(recorder):
                time.sleep(seconds)
            client.close()
            figures = [*_figures(recorder, transport.frames_per_beat)]
            transport.stop()
    return figures


def _figures(recorder: Recorder, frames_per_beat: float) -> Iterator[Figure]:
    start = jack_clock.begin_of_song(recorder, frames_per_beat)
    settled = start + 2 * frames_per_beat
    sent = [frame for frame in jack_clock.clocks(recorder) if frame > settled]
    tempo = 60 * RATE * (len(sent) - 1) / 24 / (sent[-1] - sent[0])
    seconds = (sent[-1] - sent[0]) / RATE
    yield Figure(
        f"tempo against jack_midi_clock, {seconds:.0f} s",
        abs(tempo - TEMPO),
        "BPM",
        0.1,
        note=f"{tempo:.3f} BPM",
    )
    heard = [each for port in jack_clock.OURS for each in recorder.notes(port)]
    notes = [each.frame for each in heard if each.message[0] & 0xF0 == 0x90 and each.frame > settled]
    errors = [abs(each) for each in jack_clock.phase_errors(notes, start, frames_per_beat / 4)]
    period = jack_clock.PERIOD / RATE * 1e3
    counted = f"{len(errors):,} notes, all within {max(errors):.2f} ms; a period of JACK is {period:.1f} ms"
    yield Figure(
        "notes against the beats of jack_midi_clock after two beats, p95",
        _p95(errors),
        "ms",
        5.0,
        note=counted,
    )


if __name__ == "__main__":
    main()
