"""TRL's GRPOTrainer as scripts/benchmark_step.py runs it: the loss, the optimizer and the samples of rlve's run."""

import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from step_jobs import ADAM, Job
from transformers import TrainerCallback
from trl.trainer.grpo_config import GRPOConfig
from trl.trainer.grpo_trainer import GRPOTrainer

from rlve import models
from rlve.config import TrainConfig


class TimedTrainer(GRPOTrainer):
    """Nothing but a clock around what TRL itself calls."""

    seconds: "defaultdict[str, list[float]]"

    def _generate_and_score_completions(self, inputs: Any) -> Any:
        started = time.perf_counter()
        result = super()._generate_and_score_completions(inputs)
        self.seconds["rollout"].append(time.perf_counter() - started)
        return result


class Ends(TrainerCallback):
    """When each step ended."""

    def __init__(self, ends: list[float]) -> None:
        self.ends = ends

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self.ends.append(time.time())


def grpo(
    job: Job,
    config: TrainConfig,
    rows: int,
    questions: Sequence[list[int]],
    score: Callable[..., list[float | None]],
    ends: list[float],
    seconds: "defaultdict[str, list[float]]",
) -> TimedTrainer:
    """A trainer on these prompts, in their order; rows: sequences of a micro-batch."""
    folder = Path(config.model.path)
    tokenizer: Any = models.load_tokenizer(folder)
    tokenizer.padding_side = "left"
    texts = [tokenizer.decode(tokens, skip_special_tokens=False) for tokens in questions]
    for text, tokens in zip(texts, questions, strict=True):
        found = tokenizer(text)["input_ids"]
        if found != tokens:
            raise ValueError(f"TRL would ask {found}, and rlve asks {tokens}: {text!r}")
    samples = job.prompts * job.samples
    if samples % rows:
        raise ValueError(f"rows must divide the {samples} samples of a step, got {rows}")
    arguments = GRPOConfig(
        output_dir=tempfile.mkdtemp(prefix="trl-"),
        use_cpu=True,
        bf16=False,
        gradient_checkpointing=False,
        max_steps=config.rlve.num_rollout,
        per_device_train_batch_size=rows,
        gradient_accumulation_steps=samples // rows,
        steps_per_generation=samples // rows,
        num_generations=job.samples,
        max_completion_length=job.tokens,
        num_iterations=1,
        beta=0.0,
        loss_type="grpo",
        scale_rewards="group",
        epsilon=1 - config.loss.options["clip_low_threshold"],
        epsilon_high=config.loss.options["clip_high_threshold"] - 1,
        temperature=config.rollout.temperature,
        top_p=1.0,
        top_k=0,
        shuffle_dataset=False,
        learning_rate=ADAM.learning_rate,
        lr_scheduler_type="constant",
        adam_beta1=ADAM.beta1,
        adam_beta2=ADAM.beta2,
        adam_epsilon=ADAM.eps,
        weight_decay=ADAM.weight_decay,
        max_grad_norm=ADAM.grad_clip_norm,
        optim="adamw_torch",
        dataloader_num_workers=0,
        dataloader_pin_memory=False,
        logging_strategy="no",
        save_strategy="no",
        report_to=[],
        disable_tqdm=True,
        seed=config.seed,
    )
    model: Any = models.load(folder, config.model.dtype, None)
    trainer = TimedTrainer(
        model,
        reward_funcs=[score],
        args=arguments,
        train_dataset=Dataset.from_list([{"prompt": text, "row": index} for index, text in enumerate(texts)]),
        processing_class=tokenizer,
        callbacks=[Ends(ends)],
    )
    trainer.seconds = seconds
    ends_of_ours = models.end_tokens(folder)
    if set(trainer.eos_token_ids) != ends_of_ours:
        raise ValueError(f"TRL ends answers at {trainer.eos_token_ids}, and rlve at {sorted(ends_of_ours)}")
    return trainer


def loss_and_norm(trainer: TimedTrainer, batch: dict[str, torch.Tensor]) -> tuple[float, float]:
    """TRL's loss of a whole batch and the norm of its gradient."""
    model: Any = trainer.model
    model.train()
    model.zero_grad()
    trainer.current_gradient_accumulation_steps = 1
    loss = trainer.compute_loss(model, batch)
    loss.backward()
    norm = torch.stack([p.grad.double().norm() for p in model.parameters() if p.grad is not None]).norm()
    return float(loss), float(norm)
