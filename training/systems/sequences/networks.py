"""The networks: a stream of symbols with features and copies, and the published networks that read a window."""

from typing import Final, NamedTuple

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional

from models.codecs.matching import LENGTHS
from models.codecs.sequences import RECALLS
from training.sampling import drawn, nucleus_in_order
from training.systems.sequences.recipe import StreamSize, WindowSize

_NEVER: Final = -1e4
State = tuple[Tensor, Tensor]


class Heard(NamedTuple):
    """What a stream reads at each step, each (B, T, ...): the last symbol, features, recalled symbols and their lengths."""

    previous: Tensor
    features: Tensor
    recalled: Tensor
    lengths: Tensor


class Draw(NamedTuple):
    """How a symbol is drawn; each (B, ...). `valid` says which recalled symbols may be copied."""

    uniform: Tensor
    temperature: Tensor
    top_p: Tensor
    mask: Tensor
    valid: Tensor | None = None
    copy_bias: Tensor | None = None


class StreamNetwork(nn.Module):
    """An LSTM that reads a symbol at each step. `symbols` are V; the symbol V stands for none.

    With recalls the next symbol is a mixture: a new one, or one of the recalled symbols; gates choose, as in a pointer
    network (Merity et al., 2017). With `tied` the output uses the embedding of the input (Press and Wolf, 2017).
    """

    def __init__(self, size: StreamSize, symbols: int, features: int) -> None:
        super().__init__()
        self.size, self.symbols = size, symbols
        self.features = features if size.features else 0
        width = size.embedding or symbols
        self.embed = nn.Embedding(symbols + 1, width)
        if not size.embedding:
            self.embed.weight.data[:] = 0
            self.embed.weight.data[:symbols] = torch.eye(symbols)
            self.embed.weight.requires_grad = False
        recalls = RECALLS if size.recalls else 0
        self.level = nn.Embedding(LENGTHS, 8) if recalls else None
        inputs = width * (1 + recalls) + 8 * recalls + self.features
        self.lstm = nn.LSTM(inputs, size.hidden, size.layers, batch_first=True, dropout=_between(size))
        self.drop = nn.Dropout(size.dropout)
        self.mix = nn.Linear(size.hidden, width) if size.tied else None
        self.out = None if size.tied else nn.Linear(size.hidden, symbols)
        self.bias = nn.Parameter(torch.zeros(symbols)) if size.tied else None
        if size.tied:
            self.embed.weight.data *= 0.1
        self.gate = nn.Linear(size.hidden + 8 * recalls, 1 + recalls) if recalls else None

    def fresh_state(self, rows: int) -> State:
        """Return the state at the beginning, each (layers, rows, hidden)."""
        zeros = self.embed.weight.new_zeros(self.size.layers, rows, self.size.hidden)
        return zeros, zeros.clone()

    def _inputs(self, heard: Heard) -> tuple[Tensor, Tensor | None]:
        inputs: list[Tensor] = [self._embedded(heard.previous)]
        levels: Tensor | None = None
        if self.level is not None:
            matched: Tensor = self.level(heard.lengths).flatten(-2)
            inputs += [self._embedded(heard.recalled).flatten(-2), matched]
            levels = matched
        if self.features:
            inputs.append(heard.features)
        return torch.cat(inputs, dim=-1), levels

    def _embedded(self, symbols: Tensor) -> Tensor:
        found: Tensor = self.embed(symbols)
        return self.drop(found) if self.size.embedding else found

    def _logits(self, output: Tensor) -> Tensor:
        if self.out is not None:
            logits: Tensor = self.out(output)
            return logits
        mixed = output if self.mix is None else self.mix(output)
        return functional.linear(mixed, self.embed.weight[: self.symbols], self.bias)

    def forward(self, heard: Heard, state: State) -> tuple[Tensor, Tensor | None, State]:
        """Return logits (B, T, V), gates (B, T, 1 + R) or None, and the state after."""
        inputs, levels = self._inputs(heard)
        output, after = self.lstm(inputs, state)
        output = self.drop(output)
        if self.gate is None or levels is None:
            return self._logits(output), None, after
        gates = self.gate(torch.cat([output, levels], dim=-1))
        return self._logits(output), gates, after

    def nats(self, heard: Heard, target: Tensor, state: State) -> tuple[Tensor, Tensor, State]:
        """Return (B, T) nats of each target, whether the likeliest symbol is the target, and the state after."""
        logits, gates, after = self(heard, state)
        likely = functional.log_softmax(logits.float(), dim=-1)
        anew = likely.gather(-1, target.unsqueeze(-1)).squeeze(-1)
        if gates is None:
            return -anew, likely.argmax(-1) == target, after
        gates = functional.log_softmax(_closed(gates, heard.recalled, self.symbols).float(), dim=-1)
        copied = gates[..., 1:].masked_fill(heard.recalled != target.unsqueeze(-1), _NEVER)
        nats = -torch.logsumexp(torch.cat([(gates[..., 0] + anew).unsqueeze(-1), copied], -1), -1)
        with torch.no_grad():
            chance = functional.pad((gates[..., :1] + likely).exp(), (0, 1))
            chance = chance.scatter_add(-1, heard.recalled, gates[..., 1:].exp())
            right = chance[..., : self.symbols].argmax(-1) == target
        return nats, right, after

    def step(self, heard: Heard, draw: Draw, state: State) -> tuple[Tensor, Tensor, State]:
        """Draw the next symbol of B rows. Return token (B, 1), source (B, 1) and the state, each (B, layers, hidden)."""
        inputs, levels = self._inputs(heard)
        output, after = self._step_lstm(inputs.squeeze(1), state)
        first, second = torch.split(draw.uniform, 1, dim=1)
        anew = nucleus_in_order((self._logits(output) + draw.mask) / draw.temperature, second, draw.top_p)
        if self.gate is None or levels is None or draw.valid is None or draw.copy_bias is None:
            return anew, torch.zeros_like(anew), after
        gates = self.gate(torch.cat([output, levels.squeeze(1)], dim=-1))
        closed = torch.where(draw.valid, draw.copy_bias, _NEVER)
        gates = gates + functional.pad(closed, (1, 0))
        source = drawn(torch.cumsum(torch.softmax(gates, dim=-1), dim=-1), first)
        token = torch.gather(torch.cat([anew, heard.recalled.squeeze(1)], dim=1), 1, source)
        return token, source, after

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


class WindowNetwork(nn.Module):
    """The published kind: LSTM layers over a window of symbols, and a softmax over the next one.

    torch has no recurrent dropout; here a batch drops the same hidden units from all recurrent inputs of a layer (by
    zeroing their columns of the recurrent weights), at every time of the window, as Keras does it for each sequence.
    """

    def __init__(self, size: WindowSize, symbols: int) -> None:
        super().__init__()
        self.size, self.symbols = size, symbols
        ways = 2 if size.bidirectional else 1
        widths = [1 if size.scalar else symbols] + [ways * size.hidden] * (size.layers - 1)
        self.lstms = nn.ModuleList(
            nn.LSTM(width, size.hidden, batch_first=True, bidirectional=size.bidirectional)
            for width in widths
        )
        self.drop = nn.Dropout(size.dropout)
        last = ways * size.hidden
        self.head: nn.Module = nn.Linear(last, symbols)
        if size.dense:
            self.head = nn.Sequential(
                nn.BatchNorm1d(last),
                nn.Dropout(size.dropout),
                nn.Linear(last, size.dense),
                nn.ReLU(),
                nn.BatchNorm1d(size.dense),
                nn.Dropout(size.dropout),
                nn.Linear(size.dense, symbols),
            )

    def forward(self, window: Tensor) -> Tensor:
        """Return logits (B, V) of the symbol after each window (B, W)."""
        inputs = (
            window.unsqueeze(-1).float() / self.symbols
            if self.size.scalar
            else functional.one_hot(window, self.symbols).float()
        )
        last = inputs
        for number, lstm in enumerate(self.lstms):
            inputs, (hidden, _) = self._layer(lstm, inputs)
            last = hidden.transpose(0, 1).flatten(1)
            if number < len(self.lstms) - 1:
                inputs = self.drop(inputs)
        logits: Tensor = self.head(last if self.size.dense else self.drop(last))
        return logits

    def _layer(self, lstm: nn.Module, inputs: Tensor) -> tuple[Tensor, State]:
        rate = self.size.recurrent_dropout
        if not (self.training and rate):
            result: tuple[Tensor, State] = lstm(inputs)
            return result
        kept = (torch.rand(self.size.hidden) >= rate).float() / (1 - rate)
        weights = {
            name: weight * kept if "weight_hh" in name else weight for name, weight in lstm.named_parameters()
        }
        dropped: tuple[Tensor, State] = functional_call(lstm, weights, (inputs,))
        return dropped

    def nats(self, window: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """Return (B,) nats of each target, and whether the likeliest symbol is the target."""
        logits = self(window)
        return functional.cross_entropy(logits.float(), target, reduction="none"), logits.argmax(-1) == target

    def step(self, window: Tensor, draw: Draw) -> Tensor:
        """Draw the next symbol (B, 1) of B windows."""
        second = torch.split(draw.uniform, 1, dim=1)[1]
        return nucleus_in_order((self(window) + draw.mask) / draw.temperature, second, draw.top_p)


def _between(size: StreamSize) -> float:
    return size.dropout if size.layers > 1 else 0.0


def _closed(gates: Tensor, recalled: Tensor, none: int) -> Tensor:
    """Close the gates of recalls that are empty."""
    return torch.cat([gates[..., :1], gates[..., 1:].masked_fill(recalled == none, _NEVER)], dim=-1)
