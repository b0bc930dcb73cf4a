"""Draw the spectrogram of a sound file: `python -m tests.exporters.spectrogram set.wav set.png`, as in docs/sound.md."""

from pathlib import Path
from typing import Final

import click
import matplotlib as mpl
import numpy as np
from PIL import Image
from scipy import signal

from tests import needs

soundfile = needs.library("soundfile")
mpl.use("agg")
from matplotlib import pyplot as plt

_WINDOW: Final = 4096
_FLOOR_DB: Final = -75.0
_ROWS: Final = 160


@click.command()
@click.argument("source", type=click.Path(path_type=Path, exists=True))
@click.argument("picture", type=click.Path(path_type=Path))
@click.option("--title", default="")
def main(source: Path, picture: Path, title: str) -> None:
    """Draw SOURCE into PICTURE: time, and 30 Hz to 18 kHz by octaves."""
    sound, rate = soundfile.read(source, dtype="float32")
    hertz, times, power = signal.spectrogram(sound.mean(axis=1), rate, nperseg=_WINDOW, noverlap=_WINDOW // 4)
    rows = np.geomspace(30, 18000, _ROWS)
    # Power in each octave, so that a club's slope of some dB an octave shows as about one colour.
    levels = 10 * np.log10(
        np.array([np.interp(rows, hertz, column) for column in power.T]).T * rows[:, None] + 1e-12
    )
    figure, axes = plt.subplots(figsize=(7.2, 2.6), dpi=80, layout="constrained")
    top = levels.max()
    axes.pcolormesh(times, rows, levels, vmin=top + _FLOOR_DB + 25, vmax=top, cmap="magma", rasterized=True)
    axes.set(yscale="log", xlabel="seconds", ylabel="Hz", title=title)
    figure.savefig(picture)
    with Image.open(picture) as drawn:
        drawn.convert("RGB").quantize(40).save(picture, optimize=True)


if __name__ == "__main__":
    main()
