"""Group rewards → advantages → Datum. Losses are sums over tokens, so every normalisation is in the advantages here."""

from collections.abc import Sequence
from dataclasses import replace
from random import Random

import numpy as np
from numpy.typing import NDArray

from rlve.config import LossConfig
from rlve.types import Completion, Datum, Group, Observation

Floats = NDArray[np.float64]


def group_advantages(rewards: Sequence[float], estimator: str) -> Floats:
    """[samples]. `grpo`: (r - mean) / (sample std + 1e-6), arXiv 2402.03300; `dr_grpo`: r - mean, arXiv 2503.20783."""
    values = np.asarray(rewards, dtype=np.float64)
    centred = values - values.mean()
    if estimator == "dr_grpo" or len(values) == 1:
        return centred
    return centred / (values.std(ddof=1) + 1e-6)


def to_data(
    groups: Sequence[Group],
    loss: LossConfig,
    max_response_len: int,
    reference_logprobs: Sequence[NDArray[np.float32]] | None = None,
) -> list[Datum]:
    """One datum per sample, in the order of groups and rollouts; a completion without tokens, or masked, has none.

    Masked ones are in none of the numbers below: the data are those of the groups without them.

    With q the sampler's log-probability, token t of a sample with advantage A carries
    weight · (A - kl_coefficient · (q_t - reference_t)). The weight is, by `denominator`, `sequence` 1 / (tokens of the
    sample · samples), `token` 1 / all tokens, `constant` 1 / (max_response_len · samples).
    reference_logprobs: the start policy's, an array [T] per datum as `Policy.forward` returns for these same data.
    """
    if loss.kl_coefficient > 0 and reference_logprobs is None:
        raise ValueError(f"kl_coefficient is {loss.kl_coefficient}, so reference_logprobs must be given, got None")
    samples = [
        (group.prompt, rollout.completion, advantage)
        for group in groups
        for rollout, advantage in zip(
            group.compared,
            group_advantages([rollout.reward for rollout in group.compared], loss.advantage),
            strict=True,
        )
        if rollout.completion.tokens
    ]
    token_count = sum(len(completion.tokens) for _, completion, _ in samples)
    data: list[Datum] = []
    for index, (prompt, completion, advantage) in enumerate(samples):
        sampled = np.asarray(completion.logprobs, dtype=np.float64)
        advantages = np.full(len(sampled), advantage)
        if loss.kl_coefficient > 0 and reference_logprobs is not None:
            reference = reference_logprobs[index][len(prompt) - 1 :][completion.own]
            advantages -= loss.kl_coefficient * (sampled - reference)
        match loss.denominator:
            case "sequence":
                advantages /= len(sampled) * len(samples)
            case "token":
                advantages /= token_count
            case "constant":
                advantages /= max_response_len * len(samples)
        data.append(_datum(prompt, completion, advantages))
    return data


def supervised(
    prompt: Sequence[int], answer_tokens: Sequence[int], weight: float, observations: Sequence[Observation] = ()
) -> Datum:
    """A datum for cross_entropy: every answer token weighs `weight`, those of prompt and observations nothing."""
    answer = Completion(list(answer_tokens), [], [], "eos", observations=list(observations))
    return _shifted(prompt, answer, {"weights": np.full(len(answer_tokens), weight)})


def minibatches(data: Sequence[Datum], steps: int, epochs: int, rng: Random) -> list[list[Datum]]:
    """The batch of each optimizer step: every epoch is `steps` disjoint parts that cover the data, shuffled.

    A part of k of the n data has its advantages multiplied by n / k, which is `steps` where they divide evenly: its
    1 / samples becomes that of the part, so that a step is as large as if the part were the whole batch (`token`: on
    average over parts). One step and one epoch are the data as they are. Fewer data than steps make fewer steps.
    """
    if steps == epochs == 1:
        return [list(data)]
    parts = min(steps, len(data))
    batches: list[list[Datum]] = []
    for _ in range(epochs):
        shuffled = rng.sample(data, len(data))
        for part in range(parts):
            batch = shuffled[part * len(data) // parts : (part + 1) * len(data) // parts]
            batches.append([_scaled(datum, len(data) / len(batch)) for datum in batch])
    return batches


def _datum(prompt: Sequence[int], completion: Completion, advantages: Floats) -> Datum:
    sampled = np.asarray(completion.logprobs, dtype=np.float64)
    return _shifted(prompt, completion, {"logprobs": sampled, "advantages": advantages})


def _shifted(prompt: Sequence[int], completion: Completion, inputs: dict[str, Floats]) -> Datum:
    """Position i predicts token i + 1, so the prompt's last position carries the first written token's inputs.

    Inputs have an entry per token of the policy's; positions that predict any other token have 0.
    """
    tokens = np.asarray([*prompt, *completion.sequence], dtype=np.int64)
    own = np.asarray([*[False] * (len(prompt) - 1), *completion.own])
    padded = {name: np.zeros(len(own), np.float32) for name in inputs}
    for name, values in inputs.items():
        padded[name][own] = values
    return Datum(tokens[:-1], {"target_tokens": tokens[1:], **padded})


def _scaled(datum: Datum, factor: float) -> Datum:
    advantages = (datum.loss_fn_inputs["advantages"] * factor).astype(np.float32)
    return replace(datum, loss_fn_inputs={**datum.loss_fn_inputs, "advantages": advantages})
