"""The systems that play symbols: one network, its figures beside an n-gram, and its bundle."""

import json
from collections.abc import Mapping, Sequence
from hashlib import md5, sha256
from pathlib import Path
from typing import Any, Final, cast

import numpy as np
from torch import nn

from exporters.onnx import write_bundle
from exporters.writing import replacing
from models import bundle
from models.bundle import Bundle
from models.codecs import jazz, pop
from models.codecs.performance import LINE, VOICES
from models.codecs.sequences import PART, symbols_of
from models.codecs.symbols import SymbolCodec
from models.codecs.vocabulary import TABLE, Vocabulary, dumps
from models.session import choose_provider, open_session
from training.errors import TrainingError
from training.music import Corpus
from training.splits import Split, split
from training.system import System
from training.systems.sequences.corpus import gather
from training.systems.sequences.export import export_network
from training.systems.sequences.figures import (
    UNIT,
    HeldOut,
    Measured,
    Places,
    measured,
    places_of,
    summary,
    yardstick,
)
from training.systems.sequences.lesson import (
    ALONE,
    Lesson,
    bare,
    end_of,
    lesson,
    symbols_of_lead,
    symbols_of_song,
)
from training.systems.sequences.lessons import SequenceLessons
from training.systems.sequences.networks import StreamNetwork, WindowNetwork
from training.systems.sequences.recipe import SequenceRecipe, WindowSize
from training.systems.sequences.songs import NotePiece

__all__ = ["Sequences", "gather"]
HELD_OUT: Final = "held_out.json"
_OPENINGS: Final = 64
_USUAL_VALUES: Final = 512


class Sequences(System):
    """One network on one corpus."""

    def __init__(self, recipe: SequenceRecipe, corpus: Corpus[NotePiece]) -> None:
        self._recipe = recipe
        self._songs = _split(recipe, corpus.pieces)
        self.pieces = [*self._songs.train, *self._songs.validation, *self._songs.test]
        self._vocabulary = _vocabulary(recipe, self._songs.train)
        self._codec = symbols_of(self._vocabulary)
        learned = Split(*(self._lessons_of(songs) for songs in self._songs))
        _check_lengths(recipe, learned, self._codec)
        self.lessons: dict[str, SequenceLessons] = {
            PART: SequenceLessons(recipe, self._codec, learned, self._contents())
        }

    def _contents(self) -> str:
        """Return what tells these songs and their vocabulary from any others: a checkpoint must agree with it."""
        digest = sha256(dumps(self._vocabulary))
        for piece in self._songs.train:
            digest.update(piece.key.encode())
            digest.update(piece.song.rows.tobytes())
        return digest.hexdigest()

    def _lessons_of(self, songs: Sequence[NotePiece]) -> list[Lesson]:
        size = self._recipe.network
        is_bare = isinstance(size, WindowSize) or not (size.features or size.recalls)
        return [
            bare(self._codec, key, symbols)
            if is_bare
            else lesson(self._codec, key, symbols, piece.song.bar_pulses)
            for piece in songs
            for key, symbols in _takes(self._codec, piece, self._recipe)
            if len(symbols) > 1
        ]

    def figures(self, name: str, network: nn.Module) -> dict[str, Any]:
        """Return nats and accuracy on held-out songs; nothing if there are none."""
        del name
        by_song = self._measured(network)[1]
        return summary(by_song) if by_song else {}

    def _measured(self, network: nn.Module) -> tuple[Any, Any]:
        lessons = self.lessons[PART]
        window = lessons.recipe.fit.window
        places = places_of(lessons.songs.test, window)
        return places, measured(network, places, window, self._codec.size)

    def finish(
        self,
        folder: Path,
        networks: Mapping[str, nn.Module],
        facts: Mapping[str, Any],
        learned: Mapping[str, Mapping[str, Any]],
    ) -> Bundle:
        """Measure, export and verify the network. The figures of each song lie beside the bundle."""
        network = cast("StreamNetwork | WindowNetwork", networks[PART])
        exported = export_network(network, self._recipe.system_name, self._recipe.fit.window)
        places, by_song = self._measured(network)  # of the rounded weights, which the bundle has
        train = self.lessons[PART].songs.train
        ngram = yardstick(train, places, self._codec.size) if places else []
        held_out = {"unit": UNIT, **_summaries(places, by_song, ngram)}
        rows = {
            each.lesson.key: HeldOut(float(song.nats.sum()), len(song.nats), each.digest)
            for each, song in zip(places, by_song, strict=True)
        }
        with replacing(folder / HELD_OUT) as partial:
            partial.write_text(json.dumps(rows, indent=1), encoding="utf-8")
        words = {**facts, "held_out": held_out, "training": {**facts["training"], **learned}}
        write_bundle(folder, [exported], {TABLE: dumps(self._with_openings())}, words)
        made = bundle.load(str(folder.resolve()))
        open_session(made, PART, choose_provider("cpu", b""))
        return made

    def _with_openings(self) -> Vocabulary:
        """Return the vocabulary, with passages of training songs if the network reads windows."""
        lessons = self.lessons[PART]
        if not lessons.reads_windows:
            return self._vocabulary
        window = lessons.recipe.fit.window
        if lessons.padding is not None:
            return self._vocabulary._replace(openings=((lessons.padding,) * window,))
        rng = np.random.default_rng(1)
        long = [each for each in lessons.songs.train if len(each) > window]
        chosen = [long[number] for number in rng.permutation(len(long))[:_OPENINGS]]
        starts = [(each, int(rng.integers(len(each) - window))) for each in chosen]
        passages = tuple(tuple(each.symbols[at : at + window].tolist()) for each, at in starts)
        return self._vocabulary._replace(openings=passages)


def _summaries(
    places: Sequence[Places], by_song: Sequence[Measured], ngram: Sequence[Measured]
) -> dict[str, Any]:
    """Return the figures of whole songs, and apart from them those of leads alone."""
    table: dict[str, Any] = {}
    for suffix, is_alone in (("", False), ("_lead_alone", True)):
        own = [n for n, each in enumerate(places) if each.lesson.key.endswith(ALONE) == is_alone]
        if own:
            table[f"network{suffix}"] = summary([by_song[n] for n in own])
            table[f"ngram{suffix}"] = summary([ngram[n] for n in own], has_hits=False)
    return table


def _split(recipe: SequenceRecipe, pieces: Sequence[NotePiece]) -> Split[NotePiece]:
    """Divide the songs; of those to train on, some are drawn by the MD5 of their path if the recipe wants fewer.

    Songs to train on that have all pitches of a held-out song are left out: they are the same tune in another rhythm or key.
    """
    train, validation, test = split(sorted(pieces, key=lambda piece: _drawn(piece.key)))
    held = {_tune(piece) for piece in (*validation, *test)}
    others = [piece for piece in train if _tune(piece) not in held] or train
    if not others:
        raise TrainingError(f"{recipe.name} has no song to train on")
    return Split(others[: recipe.music.songs or None], validation, test)


def _check_lengths(recipe: SequenceRecipe, learned: Split[Lesson], codec: SymbolCodec) -> None:
    """Raise TrainingError if there is no symbol to learn or to validate with, or no song is longer than a window."""
    window = recipe.fit.window
    is_bare = isinstance(recipe.network, WindowSize) and codec.separator is None
    for use, lessons in (("train on", learned.train), ("validate with", learned.validation)):
        if not lessons:
            raise TrainingError(
                f"no song to {use} gives any symbols of {recipe.system_name} with the voices "
                f"{', '.join(recipe.music.voices)}; give other music, or change music.voices in the recipe"
            )
        if is_bare and max(map(len, lessons)) <= window:
            raise TrainingError(
                f"no song to {use} is longer than the window of {window} symbols; "
                "give longer songs, or a smaller fit.window in the recipe"
            )


def _tune(piece: NotePiece) -> bytes:
    """Return the pitches of a song in order; they are in the common key."""
    return piece.song.rows[:, 3].astype(np.uint8).tobytes()


def _drawn(key: str) -> bytes:
    return md5(f"draw {key}".encode(), usedforsecurity=False).digest()


def _vocabulary(recipe: SequenceRecipe, songs: Sequence[NotePiece]) -> Vocabulary:
    match recipe.system_name:
        case "performance":
            return Vocabulary((VOICES if len(recipe.music.voices) > 1 else LINE).name)
        case "jazz":
            values = [
                jazz.values_of(piece.song.notes, end_of(piece.song.notes, piece.song.bar_pulses))
                for piece in songs
            ]
            return Vocabulary(jazz.JazzCodec.name, jazz.vocabulary_of(values, recipe.music.least_uses))
        case "pop":
            chords = pop.vocabulary_of(
                (piece.song.notes for piece in songs), recipe.music.values or _USUAL_VALUES
            )
            return Vocabulary(pop.PopCodec.name, chords)
        case "folk":
            return Vocabulary("folk-kern")


def _takes(codec: SymbolCodec, piece: NotePiece, recipe: SequenceRecipe) -> list[tuple[str, list[int]]]:
    """Return the sequences that a song gives, by key: all voices, and if the recipe wants it the lead alone."""
    takes = [(piece.key, symbols_of_song(codec, piece))]
    if recipe.music.lead_alone:
        takes.append((f"{piece.key}{ALONE}", symbols_of_lead(codec, piece, recipe.music.least_notes)))
    return takes
