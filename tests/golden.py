"""The golden take: eight bars of the shipped bundle, as text; `python -m tests.golden` writes it anew.

It is to be written when models/edm changes, or when the music is meant to change, and read before it is committed.
"""

import sys
from pathlib import Path
from typing import Final

from daemon.composer.offline.offline import perform
from daemon.parameters import Parameters, change
from models import bundle as bundles
from models.notes import PULSES_PER_BEAT
from models.session import Provider
from models.take import Take
from tests.daemon.solo import Solo

FILE: Final = Path(__file__).parent / "golden" / "edm-seed-7.txt"
MODEL: Final = "edm"
SEED: Final = 7
BARS: Final = 8


def play() -> Take:
    """Eight bars with all voices, a blend of styles and human touch."""
    solo = Solo(bundles.load(MODEL), Provider("CPUExecutionProvider", "a test"), SEED)
    parameters = change(Parameters(), {"director": False, "energy": 0.8, "humanize": 0.3})
    return perform(solo.deck(parameters), BARS)


def text_of(take: Take) -> str:
    """One line a note: beat, voice, pitch, velocity, length in pulses."""
    lines = [
        f"{note.pulse / PULSES_PER_BEAT:.6f} {note.voice} {note.pitch} {note.velocity} {note.length}"
        for note in take.notes
    ]
    return "\n".join([f"# {MODEL}, seed {SEED}, {BARS} bars", *lines, ""])


def main() -> None:
    """Write the golden take."""
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(text_of(play()))
    sys.stdout.write(f"{FILE}: {FILE.read_text().count(chr(10)) - 1} notes\n")


if __name__ == "__main__":
    main()
