"""FluidSynth as a JACK client in a process of its own, as a performer runs it.

It is the library that the exporters use, so no program `fluidsynth` is needed:

    python -m tests.midi.fluid FONT

It says first whether it is on JACK. It answers each line on its standard input with its channels, as JSON, and ends
with its input.
"""

import contextlib
import importlib.util
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests import needs
from tests.imports import ROOT

CLIENT = "fluidsynth"
INPUT = f"{CLIENT}:midi_00"
OUTPUTS = (f"{CLIENT}:left", f"{CLIENT}:right")
DRUM_BANK = 128
READY = "plays and listens on JACK"


class Preset(NamedTuple):
    """What a channel plays; the program is counted from 0."""

    bank: int
    program: int


class FluidSynth:
    """The running synthesiser."""

    def __init__(self, server: str) -> None:
        words = [sys.executable, "-m", "tests.midi.fluid", str(_font())]
        environ = {**os.environ, "JACK_DEFAULT_SERVER": server}
        self._process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environ
        )
        if self._hear() != READY:
            self.end()
            needs.lacks("JACK in this FluidSynth", needs.LIBRARIES["fluidsynth"])

    def presets(self) -> dict[int, Preset]:
        """Return what each channel, counted from 1, plays."""
        assert self._process.stdin is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        found = json.loads(self._hear())
        return {number: Preset(*each) for number, each in enumerate(found, 1)}

    def end(self) -> None:
        """End it as a user does, and wait until it has left JACK."""
        self._process.communicate(timeout=20)
        assert self._process.returncode == 0

    def _hear(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


@contextlib.contextmanager
def running(server: str) -> Iterator[FluidSynth]:
    """Run FluidSynth with MIDI and audio on a JACK server; skip where its library or its JACK drivers are missing."""
    needs.library("fluidsynth")
    synthesiser = FluidSynth(server)
    try:
        yield synthesiser
    finally:
        synthesiser.end()


def _font() -> Path:
    """Return the sound font that comes with pretty_midi, without its long import."""
    found = importlib.util.find_spec("pretty_midi")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "TimGM6mb.sf2"


def _main(font: str) -> None:
    # If $CI is set, the binding prints which library it found.
    with contextlib.redirect_stdout(io.StringIO()):
        import fluidsynth
    names = {"audio.jack.id": CLIENT, "midi.jack.id": CLIENT}
    synth: Any = fluidsynth.Synth(gain=0.5, samplerate=48000.0, channels=16, **names)
    assert synth.sfload(font, update_midi_preset=1) >= 0, "it loads the sound font"
    synth.start(driver="jack", midi_driver="jack")
    _say(READY if synth.audio_driver and synth.midi_driver else "no JACK")
    for _ in sys.stdin:
        _say(json.dumps([_preset(synth, channel) for channel in range(16)]))
    synth.delete()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _preset(synth: Any, channel: int) -> Preset:
    _, bank, program, _ = synth.channel_info(channel)
    return Preset(bank, program)


if __name__ == "__main__":
    _main(sys.argv[1])
