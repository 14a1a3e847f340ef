"""The learning rate of each optimizer step."""

from math import cos, pi

from rlve.config import AdamParams, OptimizerConfig


def adam_params(config: OptimizerConfig, step: int, total: int) -> AdamParams:
    """The parameters of optimizer step `step` (from 0) of `total`: linear warm-up, then constant or cosine decay."""
    ratio = 1.0
    if step < config.warmup_steps:
        ratio = (step + 1) / config.warmup_steps
    elif config.schedule == "cosine":
        done = min(1.0, (step - config.warmup_steps) / max(1, total - config.warmup_steps))
        ratio = config.minimum_ratio + (1 - config.minimum_ratio) * (1 + cos(pi * done)) / 2
    return AdamParams(
        learning_rate=config.learning_rate * ratio,
        beta1=config.beta1,
        beta2=config.beta2,
        eps=config.eps,
        weight_decay=config.weight_decay,
        grad_clip_norm=config.grad_clip_norm,
    )
