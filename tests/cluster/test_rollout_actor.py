"""One engine by itself: what its requests share, who waits for whom, and an abort while it stands still."""

import asyncio
from pathlib import Path

import pytest

from rlve.cluster.rollout_actor import SAMPLE, RolloutActor
from rlve.config import SamplingParams
from tests.test_promises import CLUSTER, CONTEXT
from tests.test_promises import model as model  # noqa: PLC0414 (a fixture)

PROMPT = [(37 * place + 5) % 500 for place in range(65)]
pytestmark = pytest.mark.slow


def test_samples_share_their_prompt_and_are_aborted_while_the_engine_pauses(model: Path) -> None:
    from vllm import SamplingParams as EngineParams
    from vllm.sampling_params import RequestOutputKind

    async def run() -> None:
        actor = RolloutActor(str(model), "float32", CONTEXT, CLUSTER.model_copy(update={"engines": 1}), adapters=False)
        await actor.start()
        try:
            params = EngineParams(n=2, max_tokens=4, detokenize=False, output_kind=RequestOutputKind.FINAL_ONLY)
            shared = await actor._generate(PROMPT, params, 0, 0, SAMPLE)
            assert shared.num_cached_tokens == 64, "two blocks of the other sample's prompt"
            actor.version += 1
            other = await actor._generate(PROMPT, params.clone(), 0, 0, SAMPLE)
            alone = EngineParams(max_tokens=4, detokenize=False, output_kind=RequestOutputKind.FINAL_ONLY)
            actor.version += 1
            assert (await actor._generate(PROMPT, alone, 0, 0, SAMPLE)).num_cached_tokens == 0, "other weights"
            assert other.num_cached_tokens == 64
            endless = SamplingParams(max_tokens=CONTEXT, seed=1, ignore_eos=True)
            # Twice as many as may run: a score waits for none of them.
            waiting = asyncio.ensure_future(actor.sample([1, 2], endless, 2 * CLUSTER.engine_sequences, owner=7))
            await asyncio.sleep(0.05)
            assert len((await actor.score([1, 2, 3], 0)).logprobs) == 3
            states = actor.engine.output_processor.request_states
            assert len(states) == 2 * CLUSTER.engine_sequences, "none has ended"
            await actor.engine.pause_generation(mode="keep", clear_cache=False)
            await actor.abort_samples(7)
            async with asyncio.timeout(10):
                aborted = await waiting
            assert {completion.finish_reason for completion in aborted} == {"abort"}
            await actor.engine.resume_generation()
            (later,) = await actor.sample([1, 2], endless, 1)
            assert later.finish_reason == "length"
        finally:
            await actor.close()

    asyncio.run(run())
