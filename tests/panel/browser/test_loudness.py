"""The loudness that the songs page measures is that of BS.1770."""

from typing import Any

import pytest
from playwright.sync_api import Browser

from models.notes import PULSES_PER_BEAT, Note
from tests.panel.browser.passage import TEMPO, SongStore, loudness

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
MEASURED = """async ({ notes, song, beats }) => {
  const { renderWave } = await import("/static/js/audio/offline.js");
  const { loudness, peaks } = await renderWave(song, notes, beats, () => true);
  return [loudness, Math.max(...peaks), peaks.length];
}"""
BEATS = 16


def music(velocity: int) -> list[Note]:
    beat = PULSES_PER_BEAT
    kicks = [Note(at * beat, beat // 4, "drums", 36, velocity) for at in range(BEATS)]
    bass = [Note(at * beat + beat // 2, beat // 2, "bass", 36, velocity) for at in range(BEATS)]
    chords = [
        Note(at * beat, 3 * beat, "chords", pitch, velocity)
        for at in range(0, BEATS, 4)
        for pitch in (60, 64, 67)
    ]
    return sorted(kicks + bass + chords)


def told(notes: list[Note]) -> list[dict[str, Any]]:
    """Return notes as the songs page has them."""
    return [
        {
            "beat": note.pulse / PULSES_PER_BEAT,
            "end": (note.pulse + note.length) / PULSES_PER_BEAT,
            "voice": note.voice,
            "pitch": note.pitch,
            "velocity": note.velocity,
        }
        for note in notes
    ]


@pytest.mark.parametrize("velocity", [40, 110])
def test_the_page_measures_as_a_meter_does(velocity: int, browser: Browser) -> None:
    notes, song = music(velocity), {"tempo": TEMPO, "genre": ""}
    with SongStore.opened(browser) as store:
        passage = store.render(notes)
        asked = {"notes": told(notes), "song": song, "beats": BEATS}
        measured, peak, count = store._page.evaluate(MEASURED, asked)
    assert measured == pytest.approx(loudness(passage.out), abs=0.7)
    assert peak == pytest.approx(10 ** (passage.peak_db / 20), rel=0.15)
    assert count == BEATS * 8


def test_a_song_has_its_sweeps_its_riser_and_its_genre(browser: Browser) -> None:
    """Chords behind a filter that is nearly closed are quieter; a riser alone is heard; genres sound different."""
    beat = PULSES_PER_BEAT
    chords = [Note(at * beat, beat, "chords", pitch, 100) for at in range(BEATS) for pitch in (60, 64, 67)]
    closed = [[0, {"filters": {"chords": 4}, "riser": 0, "impact": 0}]]
    rising = [[at, {"filters": {}, "riser": min(16 + 7 * at, 127), "impact": 0}] for at in range(BEATS)]
    songs = {
        "open": {"tempo": TEMPO, "genre": "house"},
        "closed": {"tempo": TEMPO, "genre": "house", "effects": closed},
        "trance": {"tempo": TEMPO, "genre": "trance"},
    }
    with SongStore.opened(browser) as store:

        def measured(song: dict[str, Any], notes: list[Note]) -> float:
            asked = {"notes": told(notes), "song": song, "beats": BEATS}
            loudness: float = store._page.evaluate(MEASURED, asked)[0]
            return loudness

        heard = {name: measured(song, chords) for name, song in songs.items()}
        riser = measured({"tempo": TEMPO, "genre": "house", "effects": rising}, [])
        nothing = measured({"tempo": TEMPO, "genre": "house"}, [])
    assert heard["closed"] < heard["open"] - 6
    assert abs(heard["trance"] - heard["open"]) > 0.3
    assert nothing < -69 < -50 < riser
