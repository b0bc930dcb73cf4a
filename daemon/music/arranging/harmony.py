"""Which chords a bar has: loops of real songs, kept for a section and coming back, and the key they lie in."""

from collections.abc import Sequence

from daemon.music.arranging.chance import chance
from daemon.music.arranging.course import Section
from daemon.parameters import AUTO, Parameters
from models.arrangement import Arrangement, Loop
from models.chords import KEYS, PROGRESSIONS, Halves
from models.scales import FREE

# How often a break has chords of its own.
_OWN_CHORDS = 0.6
_UNSTATED: Halves = ((0, -1), (0, -1))


class Harmony:
    """Draws the loops of a set: `of` gives a bar's two halves, each a 12-bit mask and a root."""

    def __init__(self, seed: int, arrangement: Arrangement) -> None:
        self._seed = seed
        self._loops = {name: _playable(style.loops) for name, style in arrangement.styles.items()}

    def of(self, section: Section, bar: int, parameters: Parameters) -> Halves:
        """Mask and root of both halves of a bar."""
        halves = self._loop(section, parameters)
        first = 2 * bar % len(halves)
        return halves[first : first + 2]

    def _loop(self, section: Section, parameters: Parameters) -> Halves:
        match parameters.chord_loop:
            case "auto":
                return self._planned(section, parameters.classical_mix)
            case "hold":
                return self._edm(section.track, "main")
            case "next":
                return self._edm(section.track + 1, "main")
            case name:
                return PROGRESSIONS[name]

    def _planned(self, section: Section, classical_mix: float) -> Halves:
        """A track's main loop, in some breaks its other one; as many sections as the mix says are Classical."""
        classical = self._loops.get("classical")
        if classical and chance(self._seed, "chords of", section.start_bar) < classical_mix:
            draw = chance(self._seed, "classical chords", section.track, section.name)
            return classical[int(len(classical) * draw)]
        leaves = section.name == "break" and chance(self._seed, "break", section.start_bar) < _OWN_CHORDS
        return self._edm(section.track, "other" if leaves else "main")

    def _edm(self, track: int, which: str) -> Halves:
        """The clearest loops, which come first, are drawn more often than the others."""
        loops = self._loops.get("edm") or (_UNSTATED,)
        return loops[int(len(loops) * chance(self._seed, "loop", track, which) ** 2)]


def key_of(section: Section, parameters: Parameters) -> int:
    """Semitones above the common key; a scale lock has the last word on where the music lies."""
    if parameters.scale != FREE:
        return 0
    return section.key if parameters.key == AUTO else KEYS[parameters.key]


def _playable(loops: Sequence[Loop]) -> tuple[Halves, ...]:
    return tuple(tuple(zip(loop.masks, loop.roots, strict=True)) for loop in loops)
