"""The networks that play symbols: batches, losses, steps, and their export."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from models.codecs.base import Slot
from models.codecs.folk import FolkCodec
from models.codecs.sequences import RECALLS
from training.sampling import nucleus, nucleus_in_order
from training.systems.sequences.batches import RandomWindows, Snippets, Streams
from training.systems.sequences.export import check_export, export_network
from training.systems.sequences.lesson import Lesson, bare, lesson
from training.systems.sequences.networks import Draw, Heard, StreamNetwork, WindowNetwork
from training.systems.sequences.recipe import StreamSize, WindowSize
from training.systems.sequences.yardstick import CopyingNgram

CODEC = FolkCodec()
SIZE = StreamSize(hidden=12, layers=2, embedding=6, features=True, recalls=True, tied=True)
SIZES = (SIZE, StreamSize(hidden=12, layers=1), StreamSize(hidden=8, layers=1, embedding=5, recalls=True))
WINDOWS = (
    WindowSize(hidden=8, layers=2, bidirectional=True, dropout=0.3),
    WindowSize(hidden=8, layers=3, scalar=True, dense=6, dropout=0.3, recurrent_dropout=0.3),
)


def song(seed: int, length: int) -> Lesson:
    symbols = np.random.default_rng(seed).integers(3, 20, length).tolist()
    return lesson(CODEC, str(seed), symbols, 1920)


LESSONS = [song(seed, 30 + 11 * seed) for seed in range(6)]


def stream(size: StreamSize = SIZE) -> StreamNetwork:
    torch.manual_seed(3)
    return StreamNetwork(size, CODEC.size, CODEC.features).eval()


def test_streams_read_every_symbol_once_in_order() -> None:
    read: dict[int, list[int]] = {}
    owner: dict[int, int] = {}
    for batch in Streams(LESSONS, 3, 8, CODEC.size, steps=0):
        for row in range(3):
            if batch.fresh[row]:
                owner[row] = len(read)
                read[owner[row]] = []
            own = batch.target[row][batch.real[row]].tolist()
            before = batch.heard.previous[row][batch.real[row]].tolist()
            so_far = read[owner[row]]
            assert before == [*(so_far[-1:] or [CODEC.size]), *own][: len(own)] or not own
            read[owner[row]] += own
    wanted = sorted(each.symbols.tolist() for each in LESSONS)
    assert sorted(each for each in read.values() if each) == wanted


def test_every_place_of_a_long_song_is_read() -> None:
    """An epoch is shorter than the song, but each begins elsewhere."""
    long = [bare(CODEC, "long", list(range(3, 103)))]
    read = {
        int(symbol)
        for epoch in range(60)
        for batch in Streams(long, 2, 5, CODEC.size, steps=2, epoch=epoch)
        for symbol in batch.target[batch.real]
    }
    assert read == set(range(3, 103))


def test_epochs_differ_and_repeat() -> None:
    def order(epoch: int) -> list[int]:
        return [int(batch.target.sum()) for batch in Streams(LESSONS, 2, 8, CODEC.size, steps=9, epoch=epoch)]

    assert len(order(0)) == 9
    assert order(0) == order(0) != order(1)


def test_snippets_begin_without_memory() -> None:
    for batch in Snippets(LESSONS, 4, 8, CODEC.size, steps=3):
        assert batch.fresh.all()
        assert batch.real.all()


def test_windows_come_from_songs() -> None:
    whole = ["".join(map(chr, each.symbols)) for each in LESSONS]
    for batch in RandomWindows(LESSONS, 5, 8, steps=4):
        for window, target in zip(batch.window.tolist(), batch.target.tolist(), strict=True):
            text = "".join(map(chr, [*window, target]))
            assert any(text in each for each in whole)


def test_windows_before_a_song_are_padding() -> None:
    songs = [song(1, 4)]
    batches = list(RandomWindows(songs, 16, 8, steps=2, padding=2))
    assert all((batch.window[:, 0] == 2).all() for batch in batches)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size.layers}-{size.recalls}")
def test_a_step_samples_what_the_loss_measures(size: StreamSize) -> None:
    """The share of each symbol over many uniform numbers is the chance that the loss gives it."""
    network = stream(size)
    rows, count = 4000, CODEC.size
    rng = np.random.default_rng(1)
    heard = Heard(
        torch.full((rows, 1), 5),
        torch.from_numpy(rng.integers(0, 2, CODEC.features).astype(np.float32)).expand(rows, 1, -1),
        torch.tensor([7, count]).expand(rows, 1, RECALLS),
        torch.tensor([3, 0]).expand(rows, 1, RECALLS),
    )
    draw = Draw(
        torch.rand(rows, 2, generator=torch.Generator().manual_seed(2)),
        torch.ones(rows, 1),
        torch.ones(rows, 1),
        torch.zeros(rows, count),
        torch.tensor([True, False]).expand(rows, RECALLS),
        torch.zeros(rows, 1),
    )
    hidden, cell = network.fresh_state(rows)
    with torch.inference_mode():
        token, _, _ = network.step(heard, draw, (hidden.transpose(0, 1), cell.transpose(0, 1)))
        one = Heard(*(part[:count] for part in heard))
        nats, _, _ = network.nats(one, torch.arange(count)[:, None], network.fresh_state(count))
    chance = torch.exp(-nats).flatten()
    assert float(chance.sum()) == pytest.approx(1, abs=1e-4)
    share = torch.bincount(token.flatten(), minlength=count) / rows
    assert float((share - chance).abs().max()) < 0.03


def test_the_state_is_that_of_the_sequence() -> None:
    """Stepping along a song leads to the state that the training's LSTM has after it."""
    network = stream()
    (batch,) = Streams(LESSONS[:1], 1, 64, CODEC.size, steps=0)
    state = network.fresh_state(1)
    _, _, wanted = network(batch.heard, state)
    after = state[0].transpose(0, 1), state[1].transpose(0, 1)
    ones = torch.ones(1, 1)
    draw = Draw(
        torch.rand(1, 2), ones, ones, torch.zeros(1, CODEC.size), torch.zeros(1, 2, dtype=torch.bool), ones
    )
    for at in range(batch.target.shape[1]):
        heard = Heard(*(part[:, at : at + 1] for part in batch.heard))
        _, _, after = network.step(heard, draw, after)
    for got, want in zip(after, wanted, strict=True):
        assert torch.allclose(got.transpose(0, 1), want, atol=1e-5)


def test_recalls_make_a_repetition_likely() -> None:
    """An untrained network's loss falls where a song repeats, because it may copy."""
    network = stream()
    assert network.gate is not None
    with torch.no_grad():
        network.gate.weight.zero_()
        network.gate.bias.copy_(torch.tensor([0.0, 5.0, 0.0]))
    tune = np.random.default_rng(4).permutation(np.arange(3, 27)).tolist()
    (batch,) = Streams([lesson(CODEC, "loop", tune * 2, 1920)], 1, 64, CODEC.size, steps=0)
    with torch.inference_mode():
        nats, right, _ = network.nats(batch.heard, batch.target, network.fresh_state(1))
    assert float(nats[0, 25:48].mean()) < 0.1 < float(nats[0, :24].mean())
    assert right[0, 25:48].all()


@pytest.mark.parametrize("rate", [0.0, 0.5])
def test_dropped_units_are_those_of_a_whole_batch(rate: float) -> None:
    torch.manual_seed(1)
    size = WindowSize(hidden=8, layers=1, recurrent_dropout=rate)
    network = WindowNetwork(size, CODEC.size).train()
    window = torch.randint(0, CODEC.size, (1, 16)).repeat(6, 1)
    first, second = network(window), network(window)
    assert torch.allclose(first, first[:1].expand_as(first), atol=1e-6)  # every row lost the same units
    assert torch.allclose(first, second) == (rate == 0)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size.layers}-{size.recalls}")
def test_a_stream_exports_as_it_is(size: StreamSize) -> None:
    made = export_network(stream(size), "folk", 16)
    assert made.declaration["codec"] == "folk-stream-v1"
    assert made.declaration.get("recalls", 0) == (RECALLS if size.recalls else 0)


@pytest.mark.parametrize("size", WINDOWS, ids=["bidirectional", "dense"])
def test_a_window_exports_as_it_is(size: WindowSize) -> None:
    torch.manual_seed(2)
    network = WindowNetwork(size, CODEC.size).eval()
    made = export_network(network, "pop", 12)
    assert made.declaration["codec"] == "pop-window-v1"
    with torch.no_grad():
        for weight in network.parameters():
            weight.mul_(1.5)
    with pytest.raises(Exception, match="does not match its network"):
        check_export(network, made)


def test_the_baseline_copies_what_repeats() -> None:
    rng = np.random.default_rng(7)
    songs = [np.tile(rng.integers(0, 50, 40), 4).astype(np.int16) for _ in range(6)]
    model = CopyingNgram(
        [bare(CODEC, str(n), each.tolist()) for n, each in enumerate(songs[:5])], Slot("symbol", 50)
    )
    nats = model.nats(songs[5])
    assert nats[:40].mean() > 3
    assert nats[45:].mean() < 0.5


def test_the_baseline_gives_chances_that_sum_to_one() -> None:
    rng = np.random.default_rng(8)
    songs = [rng.integers(0, 6, 60).astype(np.int16) for _ in range(4)]
    model = CopyingNgram(
        [bare(CODEC, str(n), each.tolist()) for n, each in enumerate(songs[:3])], Slot("symbol", 6)
    )
    for at in (1, 17, 40):
        chances = []
        for symbol in range(6):
            changed = songs[3][: at + 1].copy()
            changed[at] = symbol
            chances.append(np.exp(-model.nats(changed)[at]))
        assert sum(chances) == pytest.approx(1, abs=1e-6)
    assert all(one <= other for one, other in pairwise(sorted(chances)))


@pytest.mark.parametrize("top_p", [0.3, 0.9, 1.0])
def test_the_nucleus_in_order_has_the_chances_of_the_nucleus(top_p: float) -> None:
    rows, size = 40_000, 9
    logits = torch.linspace(-1, 2, size)[torch.randperm(size, generator=torch.Generator().manual_seed(1))]
    uniform = torch.rand(rows, 1, generator=torch.Generator().manual_seed(2))
    limit = torch.full((rows, 1), top_p)
    shares = [
        torch.bincount(draw(logits.expand(rows, -1), uniform, limit).flatten(), minlength=size) / rows
        for draw in (nucleus, nucleus_in_order)
    ]
    assert float((shares[0] - shares[1]).abs().max()) < 0.01
    assert (shares[0] > 0).tolist() == (shares[1] > 0).tolist()
