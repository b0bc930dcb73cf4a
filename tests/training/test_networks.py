"""The tick network: stepwise results equal those of whole sequences, and probabilities sum to one."""

import itertools

import numpy as np
import pytest
import torch
from msgspec import structs

from models.codecs.base import Layout, Part, Slot, matches
from models.manifest import PARTS
from tests.training import tiny
from tests.training.pieces import random_piece
from tests.training.songs import QUICK, SMALL
from training.networks import ByteDropout, Draw, State, StepInputs, TickInputs, TickNetwork
from training.systems.edm.lesson import lesson
from training.systems.edm.streams import Streams


def _ticks(heard: StepInputs, start: int, stop: int) -> StepInputs:
    return StepInputs(*(each[:, start:stop] for each in heard))


def _tick(heard: StepInputs, tick: int) -> TickInputs:
    history = torch.cat([heard.previous[:, tick, None], heard.lookback[:, tick]], dim=1)
    return TickInputs(history, heard.condition[:, tick], heard.valid[:, tick].flatten(1))


def _of_rows(state: State) -> State:
    """Put the rows on the first axis, as `step` has them."""
    hidden, cell = (each.transpose(0, 1) for each in state)
    return hidden, cell


@torch.inference_mode()
@pytest.mark.parametrize("part", PARTS)
def test_stepwise_equals_the_whole_sequence(part: str) -> None:
    network = tiny.network(part)
    fit = structs.replace(QUICK, window=160)
    batch = next(iter(Streams([lesson(random_piece("a", 200, 2), part)], part, fit, learning=False)))
    whole, end = network(batch.heard, batch.target, batch.matched, network.fresh_state(1))
    state, steps = network.fresh_state(1), []
    for tick in range(batch.target.shape[1]):
        one = slice(tick, tick + 1)
        nats, state = network(
            _ticks(batch.heard, tick, tick + 1), batch.target[:, one], batch.matched[:, one], state
        )
        steps.append(nats)
    assert torch.allclose(torch.cat(steps, dim=1), whole, atol=1e-4)
    assert all(torch.allclose(got, wanted, atol=1e-5) for got, wanted in zip(state, end, strict=True))


@torch.inference_mode()
def test_songs_side_by_side_do_not_hear_each_other() -> None:
    network = tiny.network("percussion")
    songs = [lesson(random_piece(str(n), 32, n), "percussion") for n in range(2)]
    both = next(iter(Streams(songs, "percussion", QUICK, learning=False)))
    nats, _ = network(both.heard, both.target, both.matched, network.fresh_state(2))
    for row in range(2):
        heard = StepInputs(*(each[row : row + 1] for each in both.heard))
        alone, _ = network(
            heard, both.target[row : row + 1], both.matched[row : row + 1], network.fresh_state(1)
        )
        assert torch.allclose(alone[0], nats[row], atol=1e-5)


@torch.inference_mode()
def test_the_chances_of_all_answers_add_up_to_one() -> None:
    layout = Layout([Part("a", (Slot("a.0", 3), Slot("a.1", 2))), Part("b", (Slot("b.0", 4),))])
    torch.manual_seed(0)
    network = TickNetwork(layout, 5, SMALL, lags=4).eval()
    rng = np.random.default_rng(0)
    lookback = torch.from_numpy(rng.integers(0, [3, 2, 4], (1, 1, 4, 3)))
    valid = torch.tensor([[[[True, True, False, True], [False, True, True, False]]]])
    heard = StepInputs(torch.zeros((1, 1, 3), dtype=torch.int64), lookback, torch.ones((1, 1, 5)), valid)
    total = 0.0
    for row in itertools.product(range(3), range(2), range(4)):
        target = torch.tensor(row)[None, None]
        same = [(lookback[..., a:b] == target[:, :, None, a:b]).all(dim=-1) for a, b in layout.part_ranges]
        nats, _ = network(heard, target, torch.stack(same, dim=2), network.fresh_state(1))
        total += float(torch.exp(-nats.sum()))
    assert total == pytest.approx(1.0, abs=1e-4)


@torch.inference_mode()
@pytest.mark.parametrize("part", PARTS)
def test_a_step_leaves_the_state_that_the_sequence_leaves(part: str) -> None:
    network = tiny.network(part)
    batch = next(iter(Streams([lesson(random_piece("a", 40, 3), part)], part, QUICK, learning=False)))
    slots, vocabulary = len(network.layout.slots), network.layout.vocabulary
    draw = Draw(
        torch.full((1, len(network.layout.parts) + slots), 0.5),
        *(torch.ones(1, 1),) * 2,
        torch.zeros(1, 1),
        torch.zeros(1, vocabulary),
    )
    state = _of_rows(network.fresh_state(1))
    for tick in range(QUICK.window):
        *_, state = network.step(_tick(batch.heard, tick), draw, state)
    _, end = network.hidden(batch.heard, network.fresh_state(1))
    assert all(
        torch.allclose(got, wanted, atol=1e-5) for got, wanted in zip(state, _of_rows(end), strict=True)
    )


def test_a_song_that_repeats_matches_itself() -> None:
    piece = random_piece("a", 16, 4)
    looped = np.tile(piece.percussion, (4, 1))
    matched = matches(looped, tiny.network("percussion").layout)
    assert matched[16:, :, 0].all()
    assert not matched[:16].any()


@pytest.mark.parametrize("part", PARTS)
def test_what_is_heard_is_the_sum_of_gathered_embeddings(part: str) -> None:
    network = tiny.network(part)
    generator = torch.Generator().manual_seed(3)
    sizes = torch.tensor([slot.size for slot in network.layout.slots])

    def tokens(*shape: int) -> torch.Tensor:
        return (torch.rand(*shape, len(sizes), generator=generator) * sizes).long()

    valid = torch.ones(2, 9, len(network.layout.parts), network.lags, dtype=torch.bool)
    condition = torch.rand(2, 9, network.condition_size, generator=generator)
    heard = StepInputs(tokens(2, 9), tokens(2, 9, network.lags), condition, valid)
    rows = torch.cat([heard.previous.unsqueeze(2), heard.lookback], dim=2) + network.offsets
    inputs = torch.cat([network.hear.weight[rows].sum(dim=3).flatten(2), condition], dim=2)
    outputs, after = network.lstm(inputs, network.fresh_state(2))
    found, state = network.hidden(heard, network.fresh_state(2))
    torch.testing.assert_close(found, network.mix(outputs), rtol=0, atol=1e-5)
    torch.testing.assert_close(state, after, rtol=0, atol=1e-5)


def test_dropout_zeroes_its_share_and_keeps_the_mean() -> None:
    dropout = ByteDropout(0.25)
    values = torch.ones(37, 1001)
    torch.manual_seed(1)
    kept = dropout(values)
    assert float((kept == 0).float().mean()) == pytest.approx(0.25, abs=0.02)
    assert float(kept.mean()) == pytest.approx(1, abs=0.02)
    assert torch.equal(dropout.eval()(values), values)


@torch.inference_mode()
def test_what_a_mask_leans_towards_changes_which_notes_there_are_and_not_how_many() -> None:
    layout = Layout([Part("a", (Slot("a.0", 9, steady=True),))])
    torch.manual_seed(0)
    network = TickNetwork(layout, 5, SMALL, lags=4).eval()
    heard = TickInputs(torch.zeros((1, 5, 1), dtype=torch.int64), torch.ones((1, 5)), torch.zeros((1, 4)) > 0)

    def tokens(mask: torch.Tensor) -> list[int]:
        one, state = torch.ones(1, 1), _of_rows(network.fresh_state(1))
        draws = (Draw(torch.tensor([[0.0, n / 100]]), one, one, one * 0, mask[None]) for n in range(100))
        return [int(network.step(heard, draw, state)[0]) for draw in draws]

    plain, leaned, shut = (tokens(torch.tensor([0.0, 0, *[lean] * 7])) for lean in (0.0, -4.0, -1e4))
    assert plain.count(0) == leaned.count(0) < shut.count(0)
    assert plain.count(1) < leaned.count(1)
    assert set(shut) == {0, 1}
