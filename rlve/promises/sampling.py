"""Promises 3, 4 and 6: what is sampled has the weights of the last sync, and the trainer's log-probabilities."""

import asyncio
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rlve import models
from rlve.config import SamplingParams
from rlve.policy import BadPrompt, Policy, probe_datum
from rlve.promises.check import PPO, Subject, gradient_norm, promise, refused, require
from rlve.types import Completion, Loss

PROMPT = [1, 2, 3, 4, 5]
TRANSFER = (
    "engine and trainer do not compute with the same weights: check model.dtype, set cluster.lora_sync=adapter for "
    "adapters on a tied output layer, and install the tested vLLM (rlve doctor)"
)
ENGINE = "the engine does not follow its options: install the tested vLLM (rlve doctor)"


async def draw(policy: Policy, temperature: float = 1.0, version: int | None = None) -> list[Completion]:
    params = SamplingParams(max_tokens=12, temperature=temperature, seed=5)
    return await policy.sample(PROMPT, params, 4, version)


def tokens(completions: list[Completion]) -> list[list[int]]:
    return [completion.tokens for completion in completions]


async def trainer_logprobs(policy: Policy, completion: Completion, temperature: float = 1.0) -> NDArray[np.float32]:
    loss = Loss("cross_entropy", {}, temperature)
    found = await policy.forward([probe_datum(PROMPT, completion)], loss)
    return found.logprobs[0][len(PROMPT) - 1 :]


@promise(4, "engines", remedy=TRANSFER)
async def samples_change_only_by_a_sync_and_then_agree_with_the_trainer(subject: Subject) -> str:
    policy, limit = subject.policy, subject.limits.gap
    await policy.save_weights_for_sampler()
    before = await draw(policy)
    await policy.forward_backward(subject.data(), PPO)
    await policy.optim_step(subject.adam(3e-3))
    require(tokens(await draw(policy)) == tokens(before), "the same samples until the next sync", "others")
    moved = float(np.abs(await trainer_logprobs(policy, before[0]) - before[0].logprobs).max())
    require(moved > 1e-3, "a step that moves log-probabilities by more than 1e-3", moved)
    report = await policy.save_weights_for_sampler()
    require(report.tensors > 0, "a sync of one tensor or more", report.tensors)
    require(report.probe_gap < limit, f"a probe gap below {limit:g}", report.probe_gap)
    gaps: dict[float, float] = {}
    for temperature in (1.0, 0.7):
        gaps[temperature] = max(
            [
                float(np.abs(await trainer_logprobs(policy, completion, temperature) - completion.logprobs).max())
                for completion in await draw(policy, temperature)
            ]
        )
        require(
            gaps[temperature] < limit,
            f"engine and trainer to agree within {limit:g} at temperature {temperature}",
            f"a gap of {gaps[temperature]:.4f}",
        )
    return (
        f"gap {gaps[1.0]:.1e} at temperature 1 and {gaps[0.7]:.1e} at 0.7, after a step that moved them by {moved:.1e}"
    )


@promise(
    3,
    "engines",
    remedy="engines come back from training with other weights or an old cache: set cluster.colocate=false, and "
    "install the tested vLLM (rlve doctor)",
)
async def samples_are_the_same_after_training_that_moves_nothing(subject: Subject) -> str:
    """Where engines sleep meanwhile, they wake with their weights and without keys and values of other ones."""
    policy = subject.policy
    await policy.save_weights_for_sampler()
    before = await draw(policy)
    norm = await gradient_norm(policy, [subject.data()], PPO)
    after = await draw(policy)
    require(norm > 0, "a gradient", f"grad_norm {norm}")
    require(tokens(after) == tokens(before), f"the tokens {tokens(before)}", tokens(after))
    apart = max(
        float(np.abs(np.array(one.logprobs) - other.logprobs).max()) for one, other in zip(before, after, strict=True)
    )
    limit = 0.0 if subject.exact else subject.limits.gap
    require(apart <= limit, f"the same log-probabilities to {limit:g}", f"{apart:.2e} apart")
    return f"{sum(map(len, tokens(before)))} tokens drawn again, log-probabilities {apart:g} apart"


@promise(6, "engines", remedy="calls overtake one another: submit them from one event loop")
async def a_sample_has_the_weights_of_the_last_sync_submitted_before_it(subject: Subject) -> str:
    policy = subject.policy
    first = (await policy.save_weights_for_sampler()).version
    params = SamplingParams(max_tokens=12, seed=5)
    calls = (
        policy.sample([1, 2], params, 2),
        policy.forward_backward(subject.data(), PPO),
        policy.optim_step(subject.adam(1e-3)),
        policy.save_weights_for_sampler(),
        policy.sample([1, 2], params, 2),
    )
    done: list[Any] = await asyncio.gather(*map(asyncio.ensure_future, calls))
    require(done[3].version == first + 1, f"version {first + 1} from the second sync", done[3].version)
    for completions, version in ((done[0], first), (done[4], first + 1)):
        found = {version for completion in completions for version in completion.policy_versions}
        require(found == {version}, f"tokens of version {version}", f"versions {sorted(found)}")
    return f"sample, step, sync, sample at once: versions {first} and {first + 1}"


@promise(4, "engines", remedy=TRANSFER)
async def the_logprobs_of_a_prompt_are_the_trainers(subject: Subject) -> str:
    policy, limit = subject.policy, subject.limits.gap
    await policy.save_weights_for_sampler()
    (completion, *_) = await draw(policy)
    found = await policy.score([*PROMPT, *completion.tokens], top_k=3)
    require(found.logprobs[0] is None, "no log-probability for the first token", found.logprobs[0])
    expected = await trainer_logprobs(policy, completion)
    gap = float(np.abs(np.array(found.logprobs[len(PROMPT) :], float) - expected).max())
    require(gap <= limit, f"the trainer's log-probabilities within {limit:g}", f"a gap of {gap:.4f}")
    lengths = [len(entry) for entry in found.top or []]
    require(lengths == [0, *[3] * (4 + len(completion.tokens))], "three likeliest tokens at each place", lengths)
    for (_, best), known in zip((entry[0] for entry in (found.top or [])[1:]), found.logprobs[1:], strict=True):
        require(known is not None and best >= known, f"a likeliest token of {known} or more", best)
    return f"gap {gap:.1e}"


@promise(4, "engines", "short", remedy=ENGINE)
async def a_completion_ends_where_the_caller_says(subject: Subject) -> str:
    policy, context = subject.policy, subject.max_seq_len
    await policy.save_weights_for_sampler()
    (whole, *_) = await draw(policy)
    place = next(index for index, token in enumerate(whole.tokens) if index and token not in whole.tokens[:index])
    params = SamplingParams(max_tokens=12, seed=5, stop=[whole.tokens[place]], top_logprobs=2)
    (cut, *_) = await policy.sample(PROMPT, params, 1)
    require(
        (cut.tokens, cut.finish_reason) == (whole.tokens[: place + 1], "stop"),
        f"a stop after {whole.tokens[: place + 1]}",
        (cut.tokens, cut.finish_reason),
    )
    require(cut.top_logprobs is not None, "top_logprobs", None)
    for entry, lp in zip(cut.top_logprobs or [], cut.logprobs, strict=True):
        require(len(entry) == 2, "two likeliest tokens at each place", entry)
        require(entry[0][1] >= max(entry[1][1], lp - 1e-5), f"the likeliest first, of {lp} or more", entry)
    (endless,) = await policy.sample(PROMPT, SamplingParams(max_tokens=context, seed=5, ignore_eos=True), 1)
    require(
        (len(endless.tokens), endless.finish_reason) == (context - len(PROMPT), "length"),
        f"{context - len(PROMPT)} tokens, where the context ends",
        (len(endless.tokens), endless.finish_reason),
    )
    return f"at a stop token, and at {context} tokens"


@promise(3, "engines", "versions", remedy=TRANSFER)
async def a_kept_version_does_not_move_while_training_does(subject: Subject) -> str:
    policy, path = subject.policy, subject.folder / "kept"
    kept = (await policy.save_weights_for_sampler(keep=True, path=str(path))).version
    before = await draw(policy)
    for _ in range(3):
        await policy.forward_backward(subject.data(), PPO)
        await policy.optim_step(subject.adam(1e-2))
        await policy.save_weights_for_sampler()
    pinned = await draw(policy, version=kept)
    require(tokens(pinned) == tokens(before), f"the samples of version {kept}", "others")
    same = [completion.logprobs for completion in pinned] == [completion.logprobs for completion in before]
    require(same, f"the log-probabilities of version {kept}", "others")
    found = {version for completion in pinned for version in completion.policy_versions}
    require(found == {kept}, f"tokens of version {kept}", f"versions {sorted(found)}")
    require(tokens(await draw(policy)) != tokens(before), "other samples after three steps", "the same")
    await policy.release_version(kept)
    await refused(policy.sample([1, 2], SamplingParams(max_tokens=12, seed=5), 1, kept), ValueError, f"got {kept}")
    if subject.lora is not None:
        require((path / models.ADAPTER).is_file(), f"{models.ADAPTER} where the version was written", "none")
    return f"version {kept} gives the same samples three syncs later"


@promise(3, "engines", "in_flight", remedy=TRANSFER)
async def samples_in_flight_go_on_with_the_weights_of_a_sync(subject: Subject) -> str:
    policy, limit = subject.policy, subject.limits.gap
    first = (await policy.save_weights_for_sampler()).version
    await policy.save_weights(str(subject.folder / "first"), merged=False)
    await policy.forward_backward(subject.data(), PPO)
    await policy.optim_step(subject.adam(3e-3))
    params = SamplingParams(max_tokens=min(subject.max_seq_len, 4096), seed=1, ignore_eos=True)
    waiting = asyncio.ensure_future(policy.sample(PROMPT, params, 16))
    await asyncio.sleep(0.05)
    report = await policy.save_weights_for_sampler(in_flight="go_on")
    new = (await draw(policy))[0]
    await policy.abort_samples()
    gap = float(np.abs(await trainer_logprobs(policy, new) - new.logprobs).max())
    require(gap < limit, f"a new sample to agree with the trainer within {limit:g}", f"a gap of {gap:.4f}")
    await policy.load_weights(str(subject.folder / "first"))
    gaps: list[float] = []
    for completion in await waiting:
        versions = completion.policy_versions
        require(versions == sorted(versions), "versions in order", versions)
        require(set(versions) == {first, report.version}, f"tokens of versions {first} and {report.version}", versions)
        known = (await trainer_logprobs(policy, completion))[: versions.count(first)]
        gaps.append(float(np.abs(known - completion.logprobs[: len(known)]).max()))
    require(max(gaps) < limit, f"the weights before to agree within {limit:g}", f"a gap of {max(gaps):.4f}")
    return f"16 samples went on, a pause of {report.seconds:.3f} s, gap {max(gap, *gaps):.1e} on both sides"


@promise(3, "engines", remedy=ENGINE)
async def an_aborted_sample_returns_what_it_has(subject: Subject) -> str:
    policy = subject.policy
    limit = min(subject.max_seq_len, 4096)
    await policy.save_weights_for_sampler()
    params = SamplingParams(max_tokens=limit, seed=1, ignore_eos=True)
    waiting = asyncio.ensure_future(policy.sample([1, 2], params, 4))
    await asyncio.sleep(0.05)
    while not waiting.done():
        await policy.abort_samples()
        await asyncio.sleep(0.02)
    completions = waiting.result()
    reasons = [completion.finish_reason for completion in completions]
    require("abort" in reasons, "a finish_reason abort", reasons)
    for completion in completions:
        lengths = len(completion.tokens), len(completion.logprobs), len(completion.policy_versions)
        require(len(set(lengths)) == 1 and lengths[0] < limit, f"as many of each, below {limit}", lengths)
    later = {completion.finish_reason for completion in await draw(policy)}
    require(later <= {"eos", "length"}, "whole samples afterwards", later)
    return f"{sum(len(completion.tokens) for completion in completions)} tokens kept of 4 aborted completions"


@promise(7, "engines", "short", remedy=ENGINE)
async def a_completion_ends_where_the_context_does(subject: Subject) -> str:
    policy, context = subject.policy, subject.max_seq_len
    await policy.save_weights_for_sampler()
    prompt = list(range(1, context - 3))
    (completion,) = await policy.sample(prompt, SamplingParams(max_tokens=50, seed=3), 1)
    require(len(completion.tokens) <= 4, "the 4 tokens that the context leaves, at most", len(completion.tokens))
    full = completion.truncated and len(completion.tokens) == 4
    require(completion.finish_reason == "eos" or full, "an end or 4 tokens", completion)
    for wrong, words in ((list(range(context)), f"{context} tokens"), ([], "0 tokens"), ([1, 10**6], "token id")):
        await refused(policy.sample(wrong, SamplingParams(max_tokens=1), 1), BadPrompt, words)
        await refused(policy.score(wrong), BadPrompt, words)
    return f"after {len(completion.tokens)} tokens of the 4 that the context leaves"


@promise(7, "trainer_only", remedy=ENGINE)
async def a_policy_without_engines_says_that_it_cannot_sample(subject: Subject) -> str:
    await refused(subject.policy.sample([1, 2], SamplingParams(max_tokens=1), 1), RuntimeError, "engines")
    await refused(subject.policy.save_weights_for_sampler(), RuntimeError, "engines")
    return "sample and sync are refused by name"
