"""Loudness in the browser: each voice can be heard beside the others, and the output never exceeds full scale."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from models.notes import PULSES_PER_BEAT, VOICES, Note, Voice
from tests.panel.browser.levels import TOP
from tests.panel.browser.passage import Passage, SongStore, loudness, played

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
CEILING_DB = -1.0
# The music at these seeds and energies; docs/panel.md shows more.
MEASURED = [(1, 1.0), (3, 0.5), (5, 1.0)]


@pytest.fixture(scope="module")
def song_store(browser: Browser) -> Iterator[SongStore]:
    with SongStore.opened(browser) as song_store:
        yield song_store


@pytest.fixture(scope="module", params=MEASURED, ids=str)
def passage(request: pytest.FixtureRequest, song_store: SongStore) -> Passage:
    seed, energy = request.param
    return song_store.render(played(seed, 8, energy=energy, director=False))


def test_every_voice_is_heard_beside_the_others(passage: Passage) -> None:
    """In LU: chords are near the lead, drums and bass are in front, and no voice is lost among the others."""
    lufs = {voice: passage.loudness(voice) for voice in VOICES}
    assert abs(lufs["chords"] - lufs["lead"]) < 5, lufs
    assert max(lufs.values()) == lufs["drums"] or lufs["drums"] > lufs["bass"] - 2, lufs
    assert max(lufs.values()) - min(lufs.values()) < 10, lufs
    assert passage.mix_loudness - min(lufs.values()) < 12, lufs


def test_kicks_stand_out_from_the_bass(passage: Passage) -> None:
    assert passage.kick_over_bass_db > 3


def test_what_leaves_the_page_is_neither_soft_nor_clipped(passage: Passage) -> None:
    assert -16.5 < loudness(passage.out) < -12.5
    assert passage.true_peak_db < CEILING_DB


def test_the_limiter_holds_where_everybody_plays_as_loudly_as_can_be(song_store: SongStore) -> None:
    """Every fader at the top, every note at full velocity, everything on the same beat."""
    passage = song_store.render(_everything(), TOP)
    assert passage.mix_loudness > -8, "the limiter has something to limit"
    assert passage.true_peak_db <= CEILING_DB


def test_the_limiter_holds_for_real_music_with_every_fader_at_the_top(song_store: SongStore) -> None:
    passage = song_store.render(played(3, 8, energy=1.0, director=False), TOP)
    assert passage.true_peak_db <= CEILING_DB


def _everything() -> list[Note]:
    """Return eight beats of chords of six notes, bass, lead, kick, snare, clap, crash, toms."""
    together: dict[Voice, tuple[int, ...]] = {
        "lead": (72, 84),
        "chords": (48, 55, 60, 64, 67, 72),
        "bass": (36,),
        "drums": (36, 38, 39, 41, 45, 46, 49, 57),
    }
    return sorted(
        Note(beat * PULSES_PER_BEAT, PULSES_PER_BEAT, voice, pitch, 127)
        for beat in range(8)
        for voice, pitches in together.items()
        for pitch in pitches
    )
