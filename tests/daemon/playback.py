"""Music played offline, and takes read back from MIDI files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mido

from daemon.composer.offline.offline import perform
from daemon.music.deck.operations import SetParameters
from daemon.parameters import Parameters, change, check_all
from exporters.midi import write_midi
from models import bundle as bundles
from models.session import Provider
from models.take import Take
from tests.daemon.solo import Solo

CPU = Provider("CPUExecutionProvider", "a test")
Pressed = tuple[int, int, int, int, int]
"""(pulse, channel from 1, pitch, velocity, length)"""


def solo_of(folder: Path, seed: int) -> Solo:
    return Solo(bundles.load(str(folder)), CPU, seed)


def loud(**changes: Any) -> Parameters:
    """The parameters of `playing.words`: music from the first bar on."""
    return change(Parameters(), {"director": False, "energy": 0.8, **changes})


def performed(
    folder: Path,
    seed: int,
    bars: int,
    parameters: Parameters,
    changes: Mapping[int, Mapping[str, Any]] | None = None,
) -> Take:
    """What is played when each of `changes` is asked for while its tick is the next one."""
    deck = solo_of(folder, seed).deck(parameters)
    for tick, params in (changes or {}).items():
        deck.accept(SetParameters(check_all(params)), tick)
    return perform(deck, bars)


def rendered(
    folder: Path, seed: int, bars: int, changes: Mapping[int, Mapping[str, Any]], **parameters: Any
) -> list[Pressed]:
    """The same, as it is read back from the file that is written."""
    target = folder.parent / f"rendered-{seed}.mid"
    write_midi(performed(folder, seed, bars, loud(**parameters), changes), target)
    return take_of(target)


def take_of(path: Path) -> list[Pressed]:
    """Every note of a MIDI file."""
    found: list[Pressed] = []
    for track in mido.MidiFile(path).tracks:
        pulse = 0
        held: dict[tuple[int, int], tuple[int, int]] = {}
        for message in track:
            pulse += message.time
            if message.type == "note_on":
                held[message.channel, message.note] = (pulse, message.velocity)
            elif message.type == "note_off":
                begun, velocity = held.pop((message.channel, message.note))
                found.append((begun, message.channel + 1, message.note, velocity, pulse - begun))
    return sorted(found)
