"""Promises 1, 2, 6 and 7: gradients, steps, the order of calls, and data that no policy accepts."""

import asyncio
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from rlve.policy import BadDatum, NonFiniteLoss, Policy
from rlve.promises.check import (
    GRADIENT,
    PPO,
    Subject,
    distance,
    gradient_norm,
    largest_difference,
    promise,
    refused,
    require,
    saved_vector,
)
from rlve.types import Datum, Loss

LAYOUT = (
    "the trainers' layout changes the gradient: run with cluster.zero_stage=0 cluster.trainers=1, add one setting at a "
    "time, and install the tested versions (rlve doctor)"
)
LINEAR = Loss("importance_sampling", {}, 0.7)
"""Its gradient is linear in the advantages."""


def parts(data: Sequence[Datum]) -> list[Sequence[Datum]]:
    return [data[5:], data[1:5], data[:1]]


def negated(data: Sequence[Datum]) -> list[Datum]:
    return [
        Datum(datum.model_input, {**datum.loss_fn_inputs, "advantages": -datum.loss_fn_inputs["advantages"]})
        for datum in data
    ]


@promise(1, remedy=LAYOUT)
async def any_split_of_the_data_gives_the_same_gradient(subject: Subject) -> str:
    """At any size: the gradients of a call and of its parts with advantages negated cancel out."""
    policy, data = subject.policy, subject.data()
    whole = await gradient_norm(policy, [data], LINEAR)
    require(whole > 0, "a gradient", f"grad_norm {whole}")
    left = await gradient_norm(policy, [data, *map(negated, parts(data))], LINEAR)
    require(
        left <= subject.limits.gradient * whole,
        f"|whole − split| at most {subject.limits.gradient:g} of |whole|",
        f"{left / whole:.2e} of {whole:.4g}",
    )
    return f"|whole − split| is {left / whole:.1e} of |whole| {whole:.4g}"


@promise(1, "oracle", "whole", remedy=LAYOUT)
async def any_split_and_order_of_the_data_gives_the_reference_gradient(subject: Subject) -> str:
    data, limits = subject.data(), subject.limits

    async def gradient(policy: Policy, name: str, calls: Sequence[Sequence[Datum]]) -> NDArray[np.float32]:
        await gradient_norm(policy, calls, PPO)
        return await saved_vector(policy, subject.folder / name)

    reference = await gradient(subject.oracle, "reference", [data])
    whole = await gradient(subject.policy, "whole", [data])
    split = await gradient(subject.policy, "split", parts(data))
    require(bool(np.linalg.norm(reference) > 0), "a gradient", "zero")
    apart = distance(reference, whole), distance(whole, split)
    require(apart[0] < limits.reference, f"the reference's gradient to {limits.reference:g}", f"{apart[0]:.2e} apart")
    require(
        apart[1] < limits.gradient,
        f"the same gradient from three calls to {limits.gradient:g}",
        f"{apart[1]:.2e} apart",
    )
    return f"{apart[0]:.1e} from the reference's gradient, split {apart[1]:.1e} from whole"


@promise(1, "oracle", "whole", remedy=LAYOUT)
async def a_clipped_adam_step_is_the_reference_step(subject: Subject) -> str:
    adam = subject.adam(1e-2, grad_clip_norm=0.05)
    before = await saved_vector(subject.policy, subject.folder / "before", "weight")
    norms: list[float] = []
    after: list[NDArray[np.float32]] = []
    for policy in (subject.policy, subject.oracle):
        await policy.forward_backward(subject.data(), PPO)
        norms.append((await policy.optim_step(adam))["grad_norm"])
        after.append(await saved_vector(policy, subject.folder / f"after {len(after)}", "weight"))
    limits = subject.limits
    require(
        abs(norms[0] - norms[1]) <= limits.gradient * norms[1], f"grad_norm {norms[1]} to {limits.gradient:g}", norms[0]
    )
    require(norms[0] > adam.grad_clip_norm, f"a grad_norm that {adam.grad_clip_norm} clips", norms[0])
    apart = distance(after[1] - before, after[0] - before)
    require(apart < limits.step, f"the reference's update to {limits.step:g}", f"{apart:.2e} apart")
    return f"{apart:.1e} from the reference's update"


@promise(1, "oracle", remedy=LAYOUT)
async def results_come_in_the_order_of_the_data(subject: Subject) -> str:
    data, limit = subject.data(), subject.limits.logprob
    ours, theirs = [await policy.forward(data, PPO) for policy in (subject.policy, subject.oracle)]
    for datum, lp, value, expected in zip(data, ours.logprobs, ours.elementwise_loss, theirs.logprobs, strict=True):
        require(lp.shape == value.shape == (len(datum),), f"results of shape ({len(datum)},)", f"{lp.shape}")
        require(np.allclose(lp, expected, rtol=limit, atol=limit), f"log-probabilities {expected}", lp)
    sums = ours.metrics["loss:sum"], theirs.metrics["loss:sum"], sum(float(v.sum()) for v in ours.elementwise_loss)
    require(abs(sums[0] - sums[1]) <= limit * abs(sums[1]), f"loss:sum {sums[1]} to {limit:g}", sums[0])
    require(abs(sums[0] - sums[2]) <= 1e-5 * abs(sums[2]), f"loss:sum {sums[2]} as elementwise_loss adds up", sums[0])
    return f"{largest_difference(ours.logprobs, theirs.logprobs):.1e} from the reference's log-probabilities"


@promise(1, remedy=LAYOUT)
async def a_datum_has_the_same_results_alone(subject: Subject) -> str:
    """At any size: whatever else is in the call, its results are a datum's own and stand at its place."""
    data, limit = subject.data(), subject.limits.logprob
    together = (await subject.policy.forward(data, PPO)).logprobs
    alone = [(await subject.policy.forward([datum], PPO)).logprobs[0] for datum in data]
    require([len(lp) for lp in together] == [len(datum) for datum in data], "one result per position", "others")
    apart = largest_difference(together, alone)
    require(apart <= limit, f"the log-probabilities of the datum alone to {limit:g}", f"{apart:.2e} apart")
    return f"log-probabilities differ by at most {apart:.1e}"


@promise(2, remedy=LAYOUT)
async def a_step_clears_the_gradient(subject: Subject) -> str:
    pending = await gradient_norm(subject.policy, [subject.data()], PPO)
    left = await gradient_norm(subject.policy, [], PPO)
    require(pending > 0, "a gradient", f"grad_norm {pending}")
    require(left == 0, "grad_norm 0 at the next step", left)
    if "whole" in subject.offers:
        moments = np.abs(await saved_vector(subject.policy, subject.folder)).max()
        require(moments == 0, "a zero gradient in Adam's first moment", moments)
    return f"grad_norm {pending:.4g}, then {left:g}"


ORDER = "calls overtake one another: submit them from one event loop, and install the tested Ray (rlve doctor)"


@promise(6, remedy=ORDER)
async def steps_submitted_at_once_run_in_order(subject: Subject) -> str:
    """At any size: each of three steps at once has the gradient of its own two calls."""
    policy = subject.policy
    calls = [subject.data(4, seed=1), subject.data(5, seed=2), subject.data(3, seed=3)]
    alone = [await gradient_norm(policy, [data], PPO) for data in calls]
    steps: list[asyncio.Task[dict[str, float]]] = []
    async with asyncio.TaskGroup() as group:
        for data in calls:
            group.create_task(policy.forward_backward(data[:2], PPO))
            group.create_task(policy.forward_backward(data[2:], PPO))
            steps.append(group.create_task(policy.optim_step(GRADIENT)))
    norms = [step.result()["grad_norm"] for step in steps]
    counts = [step.result()["step_count"] for step in steps]
    require(counts == [counts[0] + index for index in range(3)], "consecutive step counts", counts)
    for norm, expected in zip(norms, alone, strict=True):
        require(abs(norm - expected) <= subject.limits.gradient * expected, f"grad_norms {alone}", norms)
    return f"nine calls at once: grad_norms {', '.join(f'{norm:.4g}' for norm in norms)}, as one by one"


@promise(6, "oracle", "whole", remedy=ORDER)
async def calls_run_in_the_order_of_their_submission(subject: Subject) -> str:
    calls = [
        (subject.data(4, seed=1), subject.adam(1e-2)),
        (subject.data(5, seed=2), subject.adam(3e-3)),
        (subject.data(3, seed=3), subject.adam(1e-3)),
    ]
    before = await saved_vector(subject.policy, subject.folder / "before", "weight")
    async with asyncio.TaskGroup() as group:
        for data, adam in calls:
            group.create_task(subject.policy.forward_backward(data[:2], PPO))
            group.create_task(subject.policy.forward_backward(data[2:], PPO))
            group.create_task(subject.policy.optim_step(adam))
    for data, adam in calls:
        await subject.oracle.forward_backward(data, PPO)
        await subject.oracle.optim_step(adam)
    ours = await saved_vector(subject.policy, subject.folder / "ours", "weight")
    theirs = await saved_vector(subject.oracle, subject.folder / "theirs", "weight")
    apart, limit = distance(theirs - before, ours - before), 10 * subject.limits.step
    require(apart < limit, f"the update of the reference one by one to {limit:g}", f"{apart:.2e} apart")
    return f"{apart:.1e} from the reference's three updates"


@promise(7, remedy="a call that failed has left something behind: install the tested versions (rlve doctor)")
async def a_bad_datum_adds_nothing_and_a_non_finite_loss_clears(subject: Subject) -> str:
    policy, good = subject.policy, subject.data(3)
    bad = subject.data(1)[0]
    targets = bad.model_input + max(10**6, subject.vocabulary_size)
    wrong = Datum(bad.model_input, {**bad.loss_fn_inputs, "target_tokens": targets})
    await refused(policy.forward_backward([*good, wrong], PPO), BadDatum, "datum 3")
    left = await gradient_norm(policy, [], PPO)
    require(left == 0, "grad_norm 0 after a call that was refused", left)
    huge = Datum(bad.model_input, {**bad.loss_fn_inputs, "logprobs": np.full(len(bad), -300, np.float32)})
    await policy.forward_backward(good, PPO)
    await refused(policy.forward_backward([huge], Loss("importance_sampling")), NonFiniteLoss, "cleared")
    left = await gradient_norm(policy, [], PPO)
    require(left == 0, "grad_norm 0 after a loss that was not finite", left)
    if "whole" in subject.offers:
        moments = np.abs(await saved_vector(policy, subject.folder / "after")).max()
        require(moments == 0, "a zero gradient in Adam's first moment", moments)
    usable = await gradient_norm(policy, [good], PPO)
    require(usable > 0, "a gradient from the next good data", f"grad_norm {usable}")
    if "whole" in subject.offers:
        moments = np.abs(await saved_vector(policy, subject.folder / "usable")).max()
        require(moments > 0, "a gradient in Adam's first moment", moments)
    return "refused, cleared, and usable afterwards"
