"""Promise 5: what is saved is a model's folder, and a policy goes on from it bit by bit."""

import numpy as np
from numpy.typing import NDArray

from rlve import models
from rlve.promises.check import GRADIENT, PPO, Subject, largest_difference, promise, require, saved_vector
from rlve.types import Loss

SHARED = (
    "weights come back changed: put `output` on a file system that every node sees and that keeps what is written, and "
    "install the tested DeepSpeed (rlve doctor)"
)


@promise(5, remedy=SHARED)
async def a_loaded_policy_takes_the_same_next_step_bit_by_bit(subject: Subject) -> str:
    """At any size by the log-probabilities and grad_norm after the step; where weights are whole, by these too."""
    policy, kept = subject.policy, subject.folder / "kept"

    async def step() -> float:
        await policy.forward_backward(subject.data(seed=3), PPO)
        return (await policy.optim_step(subject.adam(1e-3)))["grad_norm"]

    async def logprobs() -> list[NDArray[np.float32]]:
        return (await policy.forward(subject.data(seed=4), PPO)).logprobs

    await step()
    await policy.save_weights(str(kept))
    saved = await logprobs()
    norms = [await step()]
    first = await logprobs()
    weights = await saved_vector(policy, subject.folder / "first", "weight") if "whole" in subject.offers else None
    await policy.load_weights(str(kept))
    loaded = largest_difference(saved, await logprobs())
    norms.append(await step())
    after = largest_difference(first, await logprobs())
    limit = 0.0 if subject.exact else subject.limits.logprob
    norm_limit = 0.0 if subject.exact else subject.limits.gradient * norms[0]
    require(loaded <= limit, f"the saved log-probabilities to {limit:g} after the load", f"{loaded:.2e} apart")
    require(abs(norms[0] - norms[1]) <= norm_limit, f"grad_norm {norms[0]!r} at the next step", norms[1])
    require(after <= limit, f"the same log-probabilities to {limit:g} after the next step", f"{after:.2e} apart")
    if weights is not None:
        apart = float(np.abs(weights - await saved_vector(policy, subject.folder / "second", "weight")).max())
        require(apart == 0, "the same weights after the next step, bit by bit", f"{apart:.2e} apart")
    moved = largest_difference(saved, first)
    require(moved > 0, "a step that changes log-probabilities", moved)
    size = sum(file.stat().st_size for file in kept.rglob("*") if file.is_file())
    return f"{size / 2**20:.0f} MiB saved; loaded {loaded:g} apart, {after:g} after a step that moved {moved:.1e}"


@promise(5, "whole", remedy=SHARED)
async def what_is_saved_is_a_plain_model_folder_with_the_same_logprobs(subject: Subject) -> str:
    await subject.policy.save_weights(str(subject.folder))
    # vLLM takes every such file for weights.
    files = [file.name for file in subject.folder.glob("*.safetensors")]
    require(files == ["model.safetensors"], "model.safetensors alone", files)
    datum = subject.data(1)[0]
    targets = np.asarray(datum.loss_fn_inputs["target_tokens"], np.int64)
    plain = models.target_logprobs(subject.folder, subject.dtype, datum.model_input, targets)
    expected = (await subject.policy.forward([datum], Loss("importance_sampling"))).logprobs[0]
    apart, limit = float(np.abs(plain - expected).max()), subject.limits.logprob
    require(
        np.allclose(plain, expected, rtol=1e-7, atol=limit), f"the log-probabilities to {limit:g}", f"{apart:.2e} apart"
    )
    return f"{apart:.1e} from the log-probabilities of the folder opened by transformers"


@promise(5, "whole", remedy=SHARED)
async def a_load_can_leave_the_optimizer_behind(subject: Subject) -> str:
    policy = subject.policy
    weights = await saved_vector(policy, subject.folder / "before", "weight")
    await policy.load_weights(str(subject.start), optimizer=False)
    apart = np.abs(await saved_vector(policy, subject.folder / "loaded", "weight") - weights).max()
    require(apart == 0, "the same weights, bit by bit", f"{apart:.2e} apart")
    moments = np.abs(await saved_vector(policy, subject.folder / "loaded")).max()
    require(moments == 0, "Adam's moments at zero", moments)
    count = (await policy.optim_step(GRADIENT))["step_count"]
    require(count == 1, "step 1 next", count)
    return "the same weights, moments at zero, step 1 next"
