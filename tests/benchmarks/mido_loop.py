"""Play a file with mido's sleep loop and no device; prints how late its note-ons were."""

import json
import sys
import time
from pathlib import Path

import mido

from daemon.control.telemetry import percentiles
from tests.benchmarks.stage import TEMPO
from tests.benchmarks.takes import Call, lateness_us, read_notes


def main() -> None:
    """Play the file named on the command line."""
    path = Path(sys.argv[1])
    notes = read_notes(path)
    calls = [
        Call(time.perf_counter(), (message.channel, message.note))
        for message in mido.MidiFile(path).play()
        if message.type == "note_on" and message.velocity
    ]
    late = percentiles(lateness_us(notes, calls, TEMPO))
    sys.stdout.write(json.dumps({**late, "played": len(calls), "written": len(notes)}) + "\n")


if __name__ == "__main__":
    main()
