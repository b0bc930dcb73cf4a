"""Draw tokens from logits with given random numbers, as the exported networks do."""

import torch
from torch import Tensor


def nucleus(logits: Tensor, uniform: Tensor, top_p: Tensor) -> Tensor:
    """Draw an index (B, 1) from the smallest set of likeliest tokens with at least `top_p` of the probability.

    Nucleus sampling: Holtzman et al., 2020.
    """
    likely, order = torch.topk(torch.softmax(logits, dim=-1), logits.shape[-1])
    reached = torch.cumsum(likely, dim=-1)
    within = torch.where(reached - likely < top_p, reached, 0.0).amax(dim=-1, keepdim=True)
    return torch.gather(order, 1, drawn(reached, uniform * within))


def nucleus_in_order(logits: Tensor, uniform: Tensor, top_p: Tensor) -> Tensor:
    """Draw an index (B, 1) as `nucleus` does, but cumulate the probabilities in the order of the indices.

    So near ties between tokens, of which there are many in a large vocabulary, do not change what is drawn.
    """
    chance = torch.softmax(logits, dim=-1)
    likely, _ = torch.topk(chance, chance.shape[-1])
    least = torch.where(torch.cumsum(likely, dim=-1) - likely < top_p, likely, 1.0).amin(dim=-1, keepdim=True)
    reached = torch.cumsum(torch.where(chance >= least, chance, 0.0), dim=-1)
    return drawn(reached, uniform * reached[:, -1:])


def drawn(reached: Tensor, uniform: Tensor) -> Tensor:
    """Return (B, 1): the first index whose cumulated probability exceeds `uniform`; 0 if rounding leaves none."""
    return (reached > uniform).to(torch.float32).argmax(dim=-1, keepdim=True)
