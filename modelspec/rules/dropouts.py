"""Dropouts: their rates, seeds and places."""

from __future__ import annotations

from collections.abc import Iterator

from modelspec.rules.activations import inside
from modelspec.rules.idle import DROPOUTS
from modelspec.rules.subject import Model, Remark, value_of

_RATES = ("rate", "dropout", "recurrent_dropout")
_WITH_RATES = (
    *DROPOUTS, "AdditiveAttention", "Attention", "GRU", "GroupQueryAttention", "LSTM", "MultiHeadAttention", "SimpleRNN",
    "TimeDistributed",
)  # fmt: skip
HIGHEST_RATE = 0.8
"""The highest rate that is taken to be meant."""


def high_rate(model: Model) -> Iterator[Remark]:
    """A rate is what is dropped; TensorFlow 1 and the paper (Srivastava et al. 2014) give what is kept."""
    for node in model.of(_WITH_RATES):
        layer = inside(node.layer)
        for name in _RATES:
            rate = getattr(layer, name, None)
            if isinstance(rate, float) and rate > HIGHEST_RATE:
                kept = f"{1 - rate:.2g}" if rate < 1 else "nothing"
                message = f"{name} is {rate:g}: {kept} is kept in training"
                hint = f"to keep {rate:g}, write {1 - rate:.2g}" if rate < 1 else "a rate is the share that is dropped"
                yield model.remark(node, message, hint, name if layer is node.layer else "layer")


_UNIFORM = {*DROPOUTS} - {"GaussianDropout"}


def equal_seeds(model: Model) -> Iterator[Remark]:
    """A seed of a layer makes a sequence of masks of its own: with the same seed, the same one."""
    seen: set[tuple[bool, int]] = set()
    for node in model.of(DROPOUTS):
        seed = value_of(node, "seed")
        if seed is None or not value_of(node, "rate"):
            continue
        drawn = (node.layer.kind in _UNIFORM, seed)
        if drawn in seen:
            message = f"the seed {seed} is another dropout's too: both drop the same places in every step"
            yield model.remark(
                node, message, "give each its own, or none: the seed of the model then makes them differ", "seed"
            )
        seen.add(drawn)


def before_batch_normalization(model: Model) -> Iterator[Remark]:
    """A dropout changes the variance in training, but not in inference, where BatchNormalization takes it to be the same
    (Li et al. 2018, https://arxiv.org/abs/1801.05134). AlphaDropout keeps it."""
    for node in model.of(("BatchNormalization",)):
        before = model.maker(node)
        if before is None or before.layer.kind not in {*DROPOUTS} - {"AlphaDropout"}:
            continue
        if node.layer.trainable and value_of(before, "rate"):
            message = f"BatchNormalization right after {before.layer.kind} learns a variance that inference does not have"
            yield model.remark(node, message, "put the dropout after the last BatchNormalization, or use one of them")
