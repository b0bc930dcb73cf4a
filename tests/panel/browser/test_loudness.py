"""The loudness that the songs page measures is that of BS.1770."""

import pytest
from playwright.sync_api import Browser

from models.notes import PULSES_PER_BEAT, Note
from tests.panel.browser.passage import TEMPO, SongStore, loudness

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
MEASURED = """async ({ notes, tempo, beats }) => {
  const { renderWave } = await import("/static/js/audio/offline.js");
  const { loudness, peaks } = await renderWave(notes, tempo, beats, () => true);
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


@pytest.mark.parametrize("velocity", [40, 110])
def test_the_page_measures_as_a_meter_does(velocity: int, browser: Browser) -> None:
    notes = music(velocity)
    told = [
        {
            "beat": note.pulse / PULSES_PER_BEAT,
            "end": (note.pulse + note.length) / PULSES_PER_BEAT,
            "voice": note.voice,
            "pitch": note.pitch,
            "velocity": note.velocity,
        }
        for note in notes
    ]
    with SongStore.opened(browser) as store:
        passage = store.render(notes)
        asked = {"notes": told, "tempo": TEMPO, "beats": BEATS}
        measured, peak, count = store._page.evaluate(MEASURED, asked)
    assert measured == pytest.approx(loudness(passage.out), abs=0.7)
    assert peak == pytest.approx(10 ** (passage.peak_db / 20), rel=0.15)
    assert count == BEATS * 8
