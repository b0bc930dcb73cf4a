"""A training that begins with a bundle: its networks compute what the bundle's compute, also with more inputs."""

from pathlib import Path

import pytest
import torch
from msgspec.structs import replace

from exporters.onnx import Exported, write_bundle
from models import bundle
from models.bundle import Bundle
from models.codecs import bars, melody
from models.codecs.base import LAGS
from models.codecs.condition import SIZES
from models.codecs.roles import OLD_MELODY, SHAPES
from tests.models.bundles import FORMAT_1
from tests.training import tiny
from tests.training.songs import SMALL
from training.errors import TrainingError
from training.networks import StepInputs, TickNetwork
from training.systems.edm.export import declaration_of, export_network
from training.systems.edm.recipe import NetworkSize
from training.systems.edm.starting import begin_with

TICKS = 24
OLD = SHAPES[OLD_MELODY.name]
SIZES_OF_SLOTS = torch.tensor([slot.size for slot in melody.LAYOUT.slots])


def new(size: NetworkSize = SMALL) -> TickNetwork:
    torch.manual_seed(5)
    return TickNetwork(melody.LAYOUT, SIZES["melody"], size).eval()


def nats(network: TickNetwork, lags: int, columns: torch.Tensor | None = None) -> torch.Tensor:
    """Return the likelihoods of random music; the network hears `lags` lookbacks and some columns of the condition."""
    draw = torch.Generator().manual_seed(1)

    def tokens(*shape: int) -> torch.Tensor:
        return torch.randint(0, 2**31, (*shape, len(SIZES_OF_SLOTS)), generator=draw) % SIZES_OF_SLOTS

    target, previous, lookback = tokens(1, TICKS), tokens(1, TICKS), tokens(1, TICKS, LAGS)
    condition = torch.rand((1, TICKS, SIZES["melody"]), generator=draw)
    valid = torch.rand((1, TICKS, 3, LAGS), generator=draw) < 0.5
    valid[..., LAGS - 1] = False
    matched = torch.rand((1, TICKS, 3, LAGS), generator=draw) < 0.5
    heard = StepInputs(
        previous,
        lookback[:, :, :lags],
        condition if columns is None else condition[..., columns],
        valid[..., :lags],
    )
    with torch.no_grad():
        result: torch.Tensor = network(heard, target, matched[..., :lags], network.fresh_state(1))[0]
    return result


@pytest.fixture(scope="module")
def current(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return bundle.load(str(tiny.write(tmp_path_factory.mktemp("current") / "tiny")))


def test_a_network_of_the_same_codec_is_taken_over_whole(current: Bundle) -> None:
    taken = new()
    assert begin_with(taken, "melody", current)
    assert torch.equal(nats(taken, LAGS), nats(tiny.network("melody"), LAGS))


def test_what_a_network_of_version_2_lacks_begins_without_influence(current: Bundle, tmp_path: Path) -> None:
    torch.manual_seed(3)
    old = TickNetwork(melody.LAYOUT, OLD.condition_size("melody"), SMALL, OLD.lags).eval()
    percussion = tiny.network("percussion")
    beside = Exported(current.model("percussion"), declaration_of(percussion, "percussion"))
    write_bundle(tmp_path / "old", [export_network(old, "melody"), beside], tiny.TABLES, tiny.PAPERS)
    taken = new()
    assert begin_with(taken, "melody", bundle.load(str(tmp_path / "old")))
    columns = torch.from_numpy(OLD.columns)
    assert torch.allclose(nats(taken, LAGS), nats(old, OLD.lags, columns), atol=1e-4)


def test_a_network_that_the_bundle_lacks_begins_untrained(current: Bundle) -> None:
    plan = TickNetwork(bars.LAYOUT, bars.CONDITION, SMALL, bars.LAGS)
    before = {name: weight.clone() for name, weight in plan.state_dict().items()}
    assert not begin_with(plan, bars.PART, current)
    assert all(torch.equal(weight, before[name]) for name, weight in plan.state_dict().items())


def test_other_sizes_are_refused(current: Bundle) -> None:
    wider = replace(SMALL, hidden=14)
    with pytest.raises(TrainingError, match="other sizes than the recipe's; leave out --start"):
        begin_with(new(wider), "melody", current)


@pytest.mark.parametrize("part", ["melody", bars.PART])
def test_a_bundle_of_format_1_must_be_converted_first(part: str) -> None:
    with pytest.raises(TrainingError, match="has format 1; convert it with `edmd models convert"):
        begin_with(new(), part, bundle.load(str(FORMAT_1 / "tiny")))
