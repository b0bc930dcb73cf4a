"""Music of the real networks through the panel's own mixing desk, rendered by a browser faster than real time."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources
from pathlib import Path
from threading import Thread
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page

import daemon.panel
from daemon.composer.assembly import Start, start
from daemon.composer.offline.rendering import rendered
from daemon.config import load_config
from daemon.parameters import Parameters
from exporters.loudness import FRAME, RATE, Meter, integrated, true_peaks
from exporters.synthesiser import Samples
from models.notes import PULSES_PER_BEAT, VOICES, Note
from models.take import Take

TEMPO: Final = 128.0
_TAIL_SECONDS: Final = 1.0
_FOLDER: Final = Path(daemon.panel.__file__).parent
# Six channels: the output of each voice's fader, then the page's output, left and right.
_RENDER: Final = """async ({ notes, effects, level, seconds, rate, genre, root, tempo }) => {
  const names = ["audio/mixing_desk", "audio/layer", "audio/effects", "audio/note", "parts/music"];
  const [{ Desk }, { Layer }, { EffectsPlayer }, { play }, { VOICES }] =
    await Promise.all(names.map((name) => import(`/static/js/${name}.js`)));
  const context = new OfflineAudioContext({ numberOfChannels: 6, length: Math.ceil(seconds * rate), sampleRate: rate });
  context.destination.channelInterpretation = "discrete";
  const desk = await Desk.opened(context, genre);
  desk.hold(seconds + 1);
  desk.root = root;
  desk.tempo = tempo;
  desk.space.follow(tempo, 0);
  for (const voice of VOICES) desk.strips[voice].fader.gain.value = level;
  const merger = context.createChannelMerger(6);
  VOICES.forEach((voice, index) => desk.strips[voice].fader.connect(merger, 0, index));
  desk.gate.disconnect();
  const sides = context.createChannelSplitter(2);
  desk.gate.connect(sides);
  for (const side of [0, 1]) sides.connect(merger, side, 4 + side);
  merger.connect(context.destination);
  const layer = new Layer(desk);
  const player = new EffectsPlayer(layer);
  let next = 0;
  const schedule = (until) => {
    for (; next < notes.length && notes[next].at < until; next++) {
      const note = notes[next];
      play(layer, note, note.at).end(note.end);
    }
    for (; effects.length > 0 && effects[0].at < until; effects.shift()) player.play(effects[0], effects[0].at);
  };
  schedule(1);
  for (let second = 0.5; second < seconds; second += 0.5) {
    context.suspend(second).then(() => { schedule(second + 1); context.resume(); });
  }
  const buffer = await context.startRendering();
  return Array.from({ length: 6 }, (_, channel) => {
    const bytes = new Uint8Array(buffer.getChannelData(channel).buffer);
    let text = "";
    for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768));
    return btoa(text);
  });
}"""


@dataclass(frozen=True)
class Passage:
    """The sound that a browser made of some notes: each voice after its fader, and the page's output."""

    notes: Sequence[Note]
    voices: dict[str, NDArray[np.float32]]
    out: Samples

    def loudness(self, voice: str) -> float:
        """Return the LUFS of a voice while it plays, before the limiter; -inf if it does not play."""
        mono = self.voices[voice]
        return loudness(np.stack([mono, mono], axis=1))

    @property
    def mix_loudness(self) -> float:
        """Return the LUFS of all voices together, before echo and limiter."""
        mono = np.sum(list(self.voices.values()), axis=0)
        return loudness(np.stack([mono, mono], axis=1))

    @property
    def peak_db(self) -> float:
        """Return the loudest sample of the page's output, in dBFS."""
        return decibels(float(np.abs(self.out).max()))

    @property
    def true_peak_db(self) -> float:
        """Return the true peak of the page's output, between samples."""
        nothing = np.zeros((0, 2), np.float32)
        return decibels(float(true_peaks(self.out, nothing, nothing).max()))

    @property
    def kick_over_bass_db(self) -> float:
        """Return how much louder kicks are than the bass below 160 Hz in the tenth of a second after each (median, dB)."""
        starts = [round(seconds(note.pulse) * RATE) for note in self.notes if is_kick(note)]
        drums, bass = low(self.voices["drums"]), low(self.voices["bass"])
        ratios = [power(drums, start) / max(power(bass, start), 1e-9) for start in starts]
        return 10 * float(np.log10(np.median(ratios))) if ratios else float("nan")


class SongStore:
    """A page of the panel's origin that renders music."""

    def __init__(self, page: Page) -> None:
        self._page = page

    @classmethod
    @contextmanager
    def opened(cls, browser: Browser) -> Iterator[Self]:
        """Open a page that contains only the panel's own files."""
        with served() as origin:
            page = browser.new_page()
            page.goto(origin)
            try:
                yield cls(page)
            finally:
                page.close()

    def render(
        self,
        notes: Sequence[Note],
        level: float = 1.0,
        *,
        genre: str = "",
        root: int = 9,
        tempo: float = TEMPO,
        effects: Sequence[Mapping[str, Any]] = (),
    ) -> Passage:
        """Play notes with every fader at `level`. `root` is a pitch class; `effects` are those of ticks, `at` seconds."""
        told = [
            {
                "at": seconds(note.pulse, tempo),
                "end": seconds(note.pulse + note.length, tempo),
                "voice": note.voice,
                "pitch": note.pitch,
                "velocity": note.velocity,
            }
            for note in sorted(notes)
        ]
        length = max(seconds(note.pulse + note.length, tempo) for note in notes) + _TAIL_SECONDS
        asked = {
            "notes": told,
            "effects": list(effects),
            "level": level,
            "seconds": length,
            "rate": RATE,
            "genre": genre,
            "root": root,
            "tempo": tempo,
        }
        heard = [
            np.frombuffer(base64.b64decode(each), np.float32) for each in self._page.evaluate(_RENDER, asked)
        ]
        voices: dict[str, NDArray[np.float32]] = dict(zip(VOICES, heard[:4], strict=True))
        return Passage(notes, voices, np.stack(heard[4:], axis=1))


def played(seed: int, bars: int, **parameters: Any) -> Sequence[Note]:
    """Return the notes of a set, as the daemon would send them."""
    return rendered_take(seed, bars, **parameters).notes


def rendered_take(seed: int, bars: int, **parameters: Any) -> Take:
    """Return a take of a set."""
    (take,) = rendered(_start(), Parameters(**parameters), [seed], bars)
    return take


@cache
def _start() -> Start:
    return start(load_config(overrides=("play.model=edm", "play.provider=cpu"), environ={}), 0)


def seconds(pulse: int, tempo: float = TEMPO) -> float:
    """Return when a pulse is heard."""
    return 0.05 + pulse / PULSES_PER_BEAT * 60 / tempo


def is_kick(note: Note) -> bool:
    return note.voice == "drums" and note.pitch in (35, 36)


def loudness(samples: Samples) -> float:
    """Return the gated LUFS of sound: silence does not count."""
    meter = Meter()
    meter.hear(samples[: len(samples) // FRAME * FRAME])
    return integrated(meter.measure().power)


def low(mono: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the part of the sound between 30 and 160 Hz."""
    spectrum = np.fft.rfft(mono)
    hertz = np.fft.rfftfreq(len(mono), 1 / RATE)
    spectrum[(hertz < 30) | (hertz > 160)] = 0
    return np.fft.irfft(spectrum, len(mono))


def power(mono: NDArray[np.float64], start: int) -> float:
    """Return the mean power in a tenth of a second."""
    return float(np.square(mono[start : start + RATE // 10]).mean())


def decibels(amplitude: float) -> float:
    return 20 * float(np.log10(max(amplitude, 1e-9)))


@contextmanager
def served() -> Iterator[str]:
    """Serve the panel's scripts and sounds, and yield the address. (A route of playwright does not serve worklets.)"""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Giver)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()


class _Giver(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        path = self.path.removeprefix("/")
        if path.startswith("static/js/"):
            self._give((_FOLDER / path).read_bytes(), "text/javascript")
        elif path == "sounds.json":
            self._give(resources.files("models").joinpath(path).read_bytes(), "application/json")
        else:
            self._give(b"<!doctype html><title>studio</title>", "text/html")

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _give(self, content: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
