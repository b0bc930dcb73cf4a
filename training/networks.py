"""The tick network: it gets the last tick and the ticks some bars ago, and draws one tick.

Each part of a tick (bass, chords, lead; or kick, backbeat, hats, colour) is a mixture: copy the part's tokens
from 1, 2, 4 or 8 bars ago or from where the song is recalled, or choose new ones slot by slot, each slot depending on
those before it.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.codecs.base import LAGS, Layout
from training.sampling import drawn, nucleus
from training.systems.edm.recipe import NetworkSize

_NEVER = -1e4
# A mask value up to this one forbids a token; a larger one is a bias.
_FORBIDDEN = -1e3
State = tuple[Tensor, Tensor]


class StepInputs(NamedTuple):
    """The inputs of the network at each of T ticks of B streams.

    `previous` (B, T, S): tokens one tick ago. `lookback` (B, T, L, S): tokens at the lookbacks.
    `condition` (B, T, C). `valid` (B, T, P, L): which lookbacks may be copied.
    """

    previous: Tensor
    lookback: Tensor
    condition: Tensor
    valid: Tensor


class TickInputs(NamedTuple):
    """The inputs of the network at one tick of B rows.

    `history` (B, 1 + L, S): tokens one tick ago, then at the lookbacks. `condition` (B, C). `valid` (B, P * L): which
    lookbacks each part may copy.
    """

    history: Tensor
    condition: Tensor
    valid: Tensor


class Draw(NamedTuple):
    """The inputs for sampling one tick of B rows.

    `uniform` (B, P + S) in [0, 1); `temperature`, `top_p`, `copy_bias` (B, 1); `mask` (B, V) is added to the logits.
    """

    uniform: Tensor
    temperature: Tensor
    top_p: Tensor
    copy_bias: Tensor
    mask: Tensor


class ByteDropout(nn.Module):
    """Dropout with a probability in 256ths. Eight elements share one random draw, because the CPU's generator is slow."""

    def __init__(self, chance: float) -> None:
        super().__init__()
        self._below = round(chance * 256)

    def forward(self, values: Tensor) -> Tensor:
        """Zero some of the values and scale up the rest, in training mode only."""
        if not (self.training and self._below):
            return values
        draws = torch.empty(-(-values.numel() // 8), dtype=torch.int64, device=values.device)
        draws.random_(-(2**63), None)
        keep = draws.view(torch.uint8)[: values.numel()].reshape(values.shape) >= self._below
        return values * keep * (256 / (256 - self._below))


class TickNetwork(nn.Module):
    """One network for melody, percussion or bars; its shapes follow a codec's layout.

    `lags` is the number L of lookbacks.
    """

    offsets: Tensor

    def __init__(self, layout: Layout, condition_size: int, size: NetworkSize, lags: int = LAGS) -> None:
        super().__init__()
        self.layout, self.size, self.condition_size, self.lags = layout, size, condition_size, lags
        self.register_buffer("offsets", torch.tensor(layout.offsets[:-1]), persistent=False)
        self.hear = nn.Embedding(layout.vocabulary, size.embedding)
        width = size.embedding * (1 + lags) + condition_size
        between = size.dropout if size.layers > 1 else 0.0
        self.lstm = nn.LSTM(width, size.hidden, size.layers, batch_first=True, dropout=between)
        self.dropout = ByteDropout(size.dropout)
        self.mix = nn.Linear(size.hidden, size.mix)
        self.chosen = nn.ModuleList(nn.Embedding(slot.size, size.mix) for slot in layout.slots)
        self.choose = nn.ModuleList(nn.Linear(size.mix, slot.size) for slot in layout.slots)
        self.gate = nn.ModuleList(nn.Linear(size.mix, 1 + lags) for _ in layout.parts)

    def fresh_state(self, streams: int) -> State:
        """Return two tensors (layers, B, hidden) of zeros."""
        shape = (self.size.layers, streams, self.size.hidden)
        return torch.zeros(shape), torch.zeros(shape)

    def hidden(self, heard: StepInputs, state: State) -> tuple[Tensor, State]:
        """Return (B, T, mix): the contexts for choosing ticks, and the state after T ticks."""
        tokens = torch.cat([heard.previous.unsqueeze(2), heard.lookback], dim=2) + self.offsets
        # One product instead of gathered embeddings, whose gradients would be added row by row.
        kind = torch.get_autocast_dtype(tokens.device.type)
        kind = kind if torch.is_autocast_enabled(tokens.device.type) else self.hear.weight.dtype
        present = torch.zeros(*tokens.shape[:3], self.layout.vocabulary, dtype=kind, device=tokens.device)
        bags = present.scatter_(3, tokens, 1) @ self.hear.weight
        return self._advance(bags.flatten(2), heard.condition, state)

    def _advance(self, bags: Tensor, condition: Tensor, state: State) -> tuple[Tensor, State]:
        outputs, after = self.lstm(torch.cat([bags, condition], dim=2), state)
        return self.mix(self.dropout(outputs)), after

    def forward(
        self, heard: StepInputs, target: Tensor, matched: Tensor, state: State
    ) -> tuple[Tensor, State]:
        """Return (B, T, P) negative log-likelihoods in nats of the tokens `target` (B, T, S), and the state after.

        `matched` (B, T, P, L) says which lookbacks equal the target.
        """
        context, after = self.hidden(heard, state)
        losses = []
        for part, (start, stop) in enumerate(self.layout.part_ranges):
            gates = self.gate[part](functional.relu(context)).float()
            gates = functional.log_softmax(_closed(gates, heard.valid[:, :, part]), dim=-1)
            anew = gates[..., 0]
            for slot in range(start, stop):
                logits = self.choose[slot](functional.relu(context)).float()
                picked = target[..., slot]
                anew = anew - functional.cross_entropy(logits.movedim(-1, 1), picked, reduction="none")
                context = context + self.chosen[slot](picked)
            copied = gates[..., 1:].masked_fill(~(matched[:, :, part] & heard.valid[:, :, part]), _NEVER)
            losses.append(-torch.logsumexp(torch.cat([anew.unsqueeze(-1), copied], dim=-1), dim=-1))
        return torch.stack(losses, dim=-1), after

    def step(self, heard: TickInputs, draw: Draw, state: State) -> tuple[Tensor, Tensor, State]:
        """Sample one tick of B rows. Return tokens (B, S), each part's source (B, P) and the state after.

        Both tensors of the state are (B, layers, hidden) here. Source 0 means new tokens, 1 to L a lookback.
        """
        bags = self.hear.weight[heard.history + self.offsets].sum(dim=2).flatten(1)
        output, after = self._step_lstm(torch.cat([bags, heard.condition], dim=1), state)
        context = self.mix(output)
        slots, lags = self.layout.slots, self.lags
        closed = torch.where(heard.valid, draw.copy_bias, _NEVER).reshape(-1, len(self.layout.parts), lags)
        biases = torch.split(functional.pad(closed, (1, 0)).flatten(1), 1 + lags, dim=1)
        uniforms = torch.split(draw.uniform, 1, dim=1)
        masks = _by_slot(draw.mask, self.layout)
        forbidden = _by_slot(torch.where(draw.mask <= _FORBIDDEN, draw.mask, 0.0), self.layout)
        lookbacks = torch.split(heard.history[:, 1:].transpose(1, 2).flatten(1), lags, dim=1)
        tokens: list[Tensor] = []
        sources: list[Tensor] = []
        for part, (start, stop) in enumerate(self.layout.part_ranges):
            gates = self.gate[part](functional.relu(context)) + biases[part]
            source = drawn(torch.cumsum(torch.softmax(gates, dim=-1), dim=-1), uniforms[part])
            sources.append(source)
            for slot in range(start, stop):
                logits = self.choose[slot](functional.relu(context))
                uniform = uniforms[len(self.layout.parts) + slot]
                if slots[slot].steady:
                    anew = _steady(logits, masks[slot], forbidden[slot], uniform, draw)
                else:
                    anew = nucleus((logits + masks[slot]) / draw.temperature, uniform, draw.top_p)
                token = torch.gather(torch.cat([anew, lookbacks[slot]], dim=1), 1, source)
                tokens.append(token)
                context = context + self.chosen[slot](token.squeeze(1))
        return torch.cat(tokens, dim=1), torch.cat(sources, dim=1), after

    def _step_lstm(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        """Step the LSTM once. Written out, because it runs faster in ONNX Runtime than its LSTM operator."""
        layers = self.size.layers
        hidden, cell = (each.flatten(1).chunk(layers, dim=1) for each in state)
        hidden_after: list[Tensor] = []
        cell_after: list[Tensor] = []
        for layer in range(layers):
            from_input, from_hidden, input_bias, hidden_bias = self.lstm.all_weights[layer]
            gates = functional.linear(inputs, from_input, input_bias + hidden_bias)
            gates = torch.addmm(gates, hidden[layer], from_hidden.t())
            enter, forget, candidate, leave = torch.chunk(gates, 4, dim=1)
            kept = torch.sigmoid(forget) * cell[layer]
            cell_after.append(kept + torch.sigmoid(enter) * torch.tanh(candidate))
            inputs = torch.sigmoid(leave) * torch.tanh(cell_after[-1])
            hidden_after.append(inputs)
        shape = (-1, layers, self.size.hidden)
        return inputs, (torch.cat(hidden_after, 1).reshape(shape), torch.cat(cell_after, 1).reshape(shape))


def _closed(gates: Tensor, valid: Tensor) -> Tensor:
    """Return gate logits without the lookbacks that may not be copied. Choosing new tokens is always possible."""
    return torch.cat([gates[..., :1], gates[..., 1:].masked_fill(~valid, _NEVER)], dim=-1)


def _by_slot(mask: Tensor, layout: Layout) -> tuple[Tensor, ...]:
    return torch.split(mask, [slot.size for slot in layout.slots], dim=1)


def _steady(logits: Tensor, mask: Tensor, forbidden: Tensor, uniform: Tensor, draw: Draw) -> Tensor:
    """Draw a token (B, 1): silence with the learned probability, else a token at the temperature from the nucleus.

    The mask's prohibitions change the probability of silence; its biases do not.
    """
    nothing = torch.softmax(logits + forbidden, dim=-1)[:, :1]
    rest = (uniform - nothing) / (1 - nothing)
    something = nucleus((logits + mask)[:, 1:] / draw.temperature, rest, draw.top_p) + 1
    return torch.where(uniform < nothing, 0, something)
