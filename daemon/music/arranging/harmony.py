"""Which chords a bar has: loops of real songs, kept for a section and coming back, and the key they lie in."""

from collections.abc import Sequence

from daemon.music.arranging.chance import chance
from daemon.music.arranging.set_form import FREE, Section, is_house
from daemon.parameters import AUTO, Parameters
from models.arrangement import Arrangement, Loop
from models.chords import KEYS, PROGRESSIONS, Halves
from models.scales import FREE as FREE_SCALE

# How often a break has chords of its own.
_OWN_CHORDS = 0.6
# Sections in which nobody waits for the loop of the track.
_RESTS = ("intro", "break", "outro")
_UNSTATED: Halves = ((0, -1), (0, -1))


class Harmony:
    """Draws the loops of a set: `of` gives a bar's two halves, each a 12-bit mask and a root."""

    def __init__(self, seed: int, arrangement: Arrangement) -> None:
        self._seed = seed
        self._classical = _playable(arrangement.style("classical").loops)
        self._loops = {
            house: _playable(style.loops) or (_UNSTATED,)
            for house, style in ((False, arrangement.style("edm")), (True, arrangement.house))
        }

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
                return self._edm(section.track, "main", house=section.house)
            case "next":
                following = section.track + 1
                house = section.name == FREE or is_house(self._seed, following)
                return self._edm(following, "main", house=house)
            case name:
                return PROGRESSIONS[name]

    def _planned(self, section: Section, classical_mix: float) -> Halves:
        """A track's main loop, in some breaks its other one; as the mix rises Classical chords, last where one dances."""
        share = classical_mix ** (1 if section.name in _RESTS else 2)
        if self._classical and chance(self._seed, "chords of", section.start_bar) < share:
            draw = chance(self._seed, "classical chords", section.track, section.name)
            return self._classical[int(len(self._classical) * draw)]
        leaves = section.name == "break" and chance(self._seed, "break", section.start_bar) < _OWN_CHORDS
        return self._edm(section.track, "other" if leaves else "main", house=section.house)

    def _edm(self, track: int, which: str, *, house: bool) -> Halves:
        """A loop of the track's kind of songs, each as likely as the others."""
        loops = self._loops[house]
        return loops[int(len(loops) * chance(self._seed, "loop", track, which))]


def key_of(section: Section, parameters: Parameters) -> int:
    """Semitones above the common key; a scale lock has the last word on where the music lies."""
    if parameters.scale != FREE_SCALE:
        return 0
    return section.key if parameters.key == AUTO else KEYS[parameters.key]


def _playable(loops: Sequence[Loop]) -> tuple[Halves, ...]:
    return tuple(tuple(zip(loop.masks, loop.roots, strict=True)) for loop in loops)
