"""The gauge's network: sums of note embeddings per tick, convolutions over beats, a style logit and a place."""

from typing import Final

import torch
from torch import Tensor, nn

from models.codecs import melody, percussion
from models.notes import TICKS_PER_BAR, TICKS_PER_BEAT
from training.systems.gauge.recipe import GaugeSize

# The network compares a tick with those so many ticks ago, because EDM consists of loops.
REPEAT_TICKS: Final = tuple(bars * TICKS_PER_BAR for bars in (1, 2, 4))


def bag_offsets() -> tuple[list[int], int]:
    """Return each slot's offset in the table of notes, and the table's size. A voice's pitch slots share one range."""
    offsets: list[int] = []
    end = 0
    for part in melody.LAYOUT.parts:
        pitches, length = part.slots[0].size - 1, part.slots[-1].size - 1
        offsets += [end] * (len(part.slots) - 1) + [end + pitches]
        end += pitches + length
    for slot in percussion.LAYOUT.slots:
        offsets.append(end)
        end += slot.size - 1
    return offsets, end


def repeated(tokens: Tensor) -> Tensor:
    """Return (B, T, 3 * 19): which notes were also there one, two and four bars ago."""
    rows = []
    for ticks in REPEAT_TICKS:
        past = torch.cat([torch.zeros_like(tokens[:, :ticks]), tokens[:, :-ticks]], dim=1)
        rows.append(((tokens == past) & (tokens > 0)).float())
    return torch.cat(rows, dim=2)


class GaugeNetwork(nn.Module):
    """Maps windows (B, 128, 19) to a logit for Classical (B,) and a unit vector (B, E), the place among songs."""

    def __init__(self, size: GaugeSize) -> None:
        super().__init__()
        offsets, notes = bag_offsets()
        self.offsets: Tensor
        self.register_buffer("offsets", torch.tensor(offsets))
        self.notes = nn.Embedding(notes + 1, size.tick, padding_idx=0)
        self.repeats = nn.Linear(len(REPEAT_TICKS) * len(offsets), size.tick)
        self.beats = nn.Conv1d(size.tick, size.beat, TICKS_PER_BEAT, stride=TICKS_PER_BEAT)
        self.layers = nn.ModuleList(
            [nn.Conv1d(size.beat, size.beat, 3, padding=2**n, dilation=2**n) for n in range(size.layers)]
        )
        self.norms = nn.ModuleList([nn.GroupNorm(1, size.beat) for _ in range(size.layers)])
        self.drop = nn.Dropout(size.dropout)
        self.style = nn.Linear(2 * size.beat, 1)
        self.place = nn.Linear(2 * size.beat, size.embedding)
        # Divides the style logit. It is fitted on validation songs after training.
        self.style_temperature: Tensor
        self.register_buffer("style_temperature", torch.ones(()))

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits and places."""
        index = torch.where(tokens > 0, tokens + self.offsets, 0)
        ticks = self.notes(index).sum(dim=2) + self.repeats(repeated(tokens))
        beats = nn.functional.gelu(self.beats(ticks.transpose(1, 2)))
        for layer, norm in zip(self.layers, self.norms, strict=True):
            beats = beats + nn.functional.gelu(layer(norm(beats)))
        pooled = self.drop(torch.cat([beats.mean(dim=2), beats.amax(dim=2)], dim=1))
        logit = self.style(pooled).squeeze(1) / self.style_temperature
        return logit, nn.functional.normalize(self.place(pooled), dim=1)
