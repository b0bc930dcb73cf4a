"""Scale locks: every note that sounds is in the scale, whatever else is turned."""

from daemon.parameters import change
from models.scales import scale_pitch_classes
from tests.music.row import Row
from tests.music.stage import EDM, Stage

BARS = 32
LOCKS = (
    {"scale": "C minor"},
    {"scale": "F# major", "transpose": -5},
    {"scale": "A dorian", "classical_mix": 1.0},
    {"scale": "D minor-pentatonic", "transpose": 7, "melody.temperature": 3.0},
    {"scale": "Bb blues", "lead.octave": 2, "bass.octave": -2},
    {"scale": "E phrygian-dominant", "director": False, "density": 1.0, "energy": 1.0},
)


def rows(stage: Stage) -> list[Row]:
    """How many pitches of all sets lie outside their scale."""
    outside, pitches = 0, 0
    for lock in LOCKS:
        allowed = scale_pitch_classes(str(lock["scale"])) or frozenset()
        parameters = change(EDM, lock)
        for each in stage.played(parameters, range(2), BARS, str(lock["scale"])):
            outside += sum(pitch % 12 not in allowed for pitch in each.pitches)
            pitches += len(each.pitches)
    note = "; ".join(", ".join(f"{name} {value}" for name, value in lock.items()) for lock in LOCKS)
    return [Row("pitches outside the scale", outside, f"of {pitches}", high=0, note=note)]
