"""A sync of whole weights with samples in flight: they go on, each token says its version, and none is of another."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import ray

from rlve import models, promises
from rlve.cluster import placement
from rlve.cluster.policy import ClusterPolicy
from rlve.config import AdamParams, SamplingParams
from rlve.policy import PROBE_LIMIT, probe_datum
from rlve.types import Completion, Loss
from tests.test_conf import composed
from tests.test_promises import CLUSTER, VOCABULARY

CONTEXT, LENGTH = 512, 300
SHARED = [(37 * place + 5) % 500 for place in range(64)]
PPO = Loss("ppo", {}, 0.7)
LIMIT = PROBE_LIMIT["float32"]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    overrides = (f"model.max_seq_len={CONTEXT}", f"model.cache={tmp_path_factory.mktemp('cache')}")
    return models.folder(composed(*overrides).model)


@pytest.fixture(scope="module")
def engine_ray() -> Iterator[None]:
    placement.connect(CLUSTER)
    yield
    ray.shutdown()


async def gap(policy: ClusterPolicy, prompt: list[int], tokens: list[int], logprobs: list[float]) -> float:
    """Between log-probabilities and those of the trainer's weights."""
    found = await policy.forward([probe_datum(prompt, Completion(tokens, [], [], "length"))], Loss("cross_entropy"))
    return float(np.abs(found.logprobs[0][-len(tokens) :] - logprobs).max())


async def learn(policy: ClusterPolicy, seed: int) -> None:
    await policy.forward_backward(promises.batch(VOCABULARY, seed=seed), PPO)
    await policy.optim_step(AdamParams(learning_rate=1e-2))


@pytest.mark.slow
@pytest.mark.parametrize("engines", [1, 2])
def test_samples_go_on_across_syncs_and_each_token_says_its_version(
    engines: int, model: Path, engine_ray: None, tmp_path: Path
) -> None:
    # Blocks of 32 tokens, so that prompts share them in the prefix cache.
    changes = {"trainers": 1, "zero_stage": 0, "engines": engines, "engine_options": {"block_size": 32}}
    config = CLUSTER.model_copy(update=changes)
    endless = SamplingParams(max_tokens=LENGTH, seed=1, ignore_eos=True)
    short = SamplingParams(max_tokens=8, seed=5)

    async def run() -> None:
        policy = await ClusterPolicy.open(model, "float32", None, CONTEXT, config, balance_data=True)
        try:
            await policy.save_weights(str(tmp_path / "first"))
            prompts = [[*SHARED, place] for place in range(4)]
            # The prefix is in every engine's cache, by the first weights.
            before = await asyncio.gather(*(policy.sample(prompt, short, 2) for prompt in prompts))
            assert {version for each in before for one in each for version in one.policy_versions} == {1}
            assert await gap(policy, prompts[0], before[0][0].tokens, before[0][0].logprobs) < LIMIT
            await learn(policy, 0)
            assert await gap(policy, prompts[0], before[0][0].tokens, before[0][0].logprobs) > 10 * LIMIT
            waiting = [asyncio.ensure_future(policy.sample(prompt, endless, 2)) for prompt in prompts]
            await asyncio.sleep(0.2)
            report = await policy.save_weights_for_sampler(in_flight="go_on")
            assert (report.version, report.workers) == (2, engines)
            assert not any(each.done() for each in waiting), "they have gone on"
            new = await asyncio.gather(*(policy.sample(prompt, short, 1) for prompt in prompts))
            for prompt, (fresh,) in zip(prompts, new, strict=True):
                assert set(fresh.policy_versions) == {2}
                assert await gap(policy, prompt, fresh.tokens, fresh.logprobs) < LIMIT
            await learn(policy, 1)
            report = await policy.save_weights_for_sampler(in_flight="go_on")
            fresh = (await policy.sample(prompts[0], short, 1))[0]
            assert set(fresh.policy_versions) == {3}
            assert await gap(policy, prompts[0], fresh.tokens, fresh.logprobs) < LIMIT
            finished = await asyncio.gather(*waiting)
            await policy.load_weights(str(tmp_path / "first"))
            for prompt, completions in zip(prompts, finished, strict=True):
                for completion in completions:
                    versions = completion.policy_versions
                    assert (len(completion.tokens), completion.finish_reason) == (LENGTH, "length")
                    assert versions == sorted(versions)
                    assert {1, 2} <= set(versions) <= {1, 2, 3}
                    count = versions.count(1)
                    assert await gap(policy, prompt, completion.tokens[:count], completion.logprobs[:count]) < LIMIT
                    assert await gap(policy, prompt, completion.tokens, completion.logprobs) > 10 * LIMIT
        finally:
            await policy.close()

    asyncio.run(run())
