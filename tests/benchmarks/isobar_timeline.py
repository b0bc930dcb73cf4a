"""Play a file with isobar's Timeline on a device that does nothing; prints how late its note-ons were."""

import json
import sys
import time
from itertools import pairwise
from pathlib import Path

import isobar
from isobar.io.output import OutputDevice

from daemon.control.telemetry import percentiles
from models.notes import PULSES_PER_BEAT
from tests.benchmarks.stage import TEMPO
from tests.benchmarks.takes import Call, Struck, lateness_us, read_notes


class Silent(OutputDevice):  # type: ignore[misc]
    """Stores the time of every note-on."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[Call] = []

    @property
    def ticks_per_beat(self) -> int:
        """The resolution of the timeline."""
        return PULSES_PER_BEAT

    def note_on(self, note: int = 60, velocity: int = 64, channel: int = 0) -> None:
        """Store the time."""
        self.calls.append(Call(time.perf_counter(), (channel, note)))


def lanes(notes: list[Struck]) -> list[list[Struck]]:
    """Split notes into lines in which each note begins after the one before; isobar's tracks need this."""
    lines: list[list[Struck]] = []
    for note in notes:
        free = (line for line in lines if line[-1].key[0] == note.key[0] and line[-1].pulse < note.pulse)
        line = next(free, None)
        if line is None:
            lines.append([note])
        else:
            line.append(note)
    return lines


def events(line: list[Struck]) -> dict[str, object]:
    """Return a line as isobar's patterns: a rest before its first note, then its notes."""
    spans = [after.pulse - note.pulse for note, after in pairwise(line)] + [line[-1].length]
    lead = [(line[0].pulse, None, 1.0, 0)] if line[0].pulse else []
    rows = lead + [
        (span, note.key[1], note.length / span, note.velocity) for note, span in zip(line, spans, strict=True)
    ]
    return {
        "duration": isobar.PSequence([row[0] / PULSES_PER_BEAT for row in rows], 1),
        "note": isobar.PSequence([row[1] for row in rows], 1),
        "gate": isobar.PSequence([row[2] for row in rows], 1),
        "amplitude": isobar.PSequence([row[3] for row in rows], 1),
        "channel": line[0].key[0],
    }


def main() -> None:
    """Play the file named on the command line."""
    notes, device = read_notes(Path(sys.argv[1])), Silent()
    timeline = isobar.Timeline(TEMPO, output_device=device, ticks_per_beat=PULSES_PER_BEAT)
    timeline.stop_when_done = True
    for line in lanes(notes):
        timeline.schedule(events(line))
    timeline.run()
    late = percentiles(lateness_us(notes, device.calls, TEMPO))
    sys.stdout.write(json.dumps({**late, "played": len(device.calls), "written": len(notes)}) + "\n")


if __name__ == "__main__":
    main()
