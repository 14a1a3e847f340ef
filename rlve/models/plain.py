"""A checkpoint as others take it: without what only training needs."""

from pathlib import Path

import torch

from rlve import models
from rlve.config import ConfigError


def write_model(saved: Path, target: Path, dtype: str | None) -> None:
    """The model of a checkpoint. dtype: torch's name of the type to cast the weights to, else they stay as they are."""
    models.write_folder(saved, target, _cast(models.read_weights(saved), dtype))


def write_adapter(saved: Path, target: Path, dtype: str | None) -> None:
    """The adapter of a checkpoint, in PEFT's layout; ConfigError where full weights were trained."""
    found = models.saved_adapter(saved)
    if found is None:
        raise ConfigError(f"{saved} has full weights and no adapter; export it without --adapter")
    tensors, base, lora = found
    models.write_files(target, models.adapter_files(base, lora, _cast(tensors, dtype)))
    models.copy_tokenizer(saved, target)


def _cast(tensors: dict[str, torch.Tensor], dtype: str | None) -> dict[str, torch.Tensor]:
    if dtype is None:
        return tensors
    return {name: tensor.to(getattr(torch, dtype)) for name, tensor in tensors.items()}
