"""The stock SDK and its command line, unmodified, against a server: training, saving, sampling, listing, refusals."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tinker
from click.testing import CliRunner
from tinker import types
from tinker.cli.__main__ import main_cli
from tinker.cli.exceptions import TinkerCliError

from rlve import models
from rlve.config import LoraConfig
from tests.server.conftest import ServerProcess

BASE = "local/tiny"
STEPS = 20
ADAM = types.AdamParams(learning_rate=1e-2)
END = 0
"""The tiny model's end-of-sequence token."""
ROWS = np.random.default_rng(0).integers(30, 700, (6, 13))
ROWS[:, 7] = END  # so that a model that has learned them ends there, unless it is told not to
PROMPT = ROWS[0, :3].tolist()
LIMIT = 0.01
"""The largest gap between the log-probabilities of trainer and sampler that rounding explains."""

Tokens = Sequence[int] | np.ndarray[Any, Any]
NewModel = Callable[..., tinker.TrainingClient]


def text(tokens: Tokens) -> types.ModelInput:
    return types.ModelInput.from_ints([int(token) for token in tokens])


def datum(tokens: Tokens, **inputs: Any) -> types.Datum:
    """Each token from those before it; inputs take the place of weights."""
    count = len(tokens) - 1
    given = inputs or {"weights": np.ones(count)}
    arrays = {name: np.broadcast_to(np.float32(values), count) for name, values in given.items()}
    targets = np.array(tokens[1:], np.int64)
    return types.Datum(
        model_input=text(tokens[:-1]),
        loss_fn_inputs={
            name: types.TensorData.from_numpy(np.ascontiguousarray(array))
            for name, array in {"target_tokens": targets, **arrays}.items()
        },
    )


DATA = [datum(row) for row in ROWS]


@pytest.fixture(scope="module")
def service(server: ServerProcess) -> Iterator[tinker.ServiceClient]:
    """One session; its end frees what the tests left."""
    made = tinker.ServiceClient(base_url=server.url, api_key=server.key, display_name="The SDK's tests")
    yield made
    made.close("success").result()


@pytest.fixture
def new(server: ServerProcess, service: tinker.ServiceClient) -> Iterator[NewModel]:
    """Makes models, of saved ones too, that end with the test: a server has so many places for them."""
    made: list[str] = []

    def make(path: str | None = None, optimizer: bool = False, **options: Any) -> tinker.TrainingClient:
        if path is None:
            client = service.create_lora_training_client(BASE, **{"rank": 8, "seed": 3, **options}).result()
        elif optimizer:
            client = service.create_training_client_from_state_with_optimizer(path).result()
        else:
            client = service.create_training_client_from_state(path).result()
        made.append(client.model_id)
        return client

    yield make
    for model in made:
        server.post("delete_model", {"model_id": model})


@pytest.fixture(scope="module")
def rest(server: ServerProcess) -> tinker.RestClient:
    return tinker.RestClient(base_url=server.url, api_key=server.key)


@dataclass(frozen=True)
class Learned:
    """A model that knows ROWS by heart, with the loss before each step and the gradient's norm at it."""

    client: tinker.TrainingClient
    sampler: tinker.SamplingClient
    losses: list[float]
    norms: list[float]


@pytest.fixture(scope="module")
def learned(service: tinker.ServiceClient) -> Learned:
    client = service.create_lora_training_client(BASE, rank=8, seed=3, user_metadata={"run": "learned"}).result()
    losses: list[float] = []
    norms: list[float] = []
    for _ in range(STEPS):
        loss, norm = step(client)
        losses.append(loss)
        norms.append(norm)
    losses.append(client.forward(DATA, "cross_entropy").result().metrics["loss:sum"])
    sampler = client.save_weights_and_get_sampling_client().result()
    return Learned(client, sampler, losses, norms)


def step(client: tinker.TrainingClient, adam: types.AdamParams = ADAM) -> tuple[float, float]:
    """One step on DATA, sent in two calls whose gradients add up; the loss before it and the gradient's norm."""
    calls = [client.forward_backward(part, "cross_entropy") for part in (DATA[:2], DATA[2:])]
    update = client.optim_step(adam)
    loss = sum(call.result().metrics["loss:sum"] for call in calls)
    told = update.result().metrics
    assert told is not None
    return loss, told["grad_norm"]


def draw(sampler: tinker.SamplingClient, prompt: Tokens = PROMPT, count: int = 1, **params: Any) -> Any:
    """Sequences, greedy unless a temperature is given."""
    settings = types.SamplingParams(**{"max_tokens": 8, "temperature": 0.0, **params})
    return sampler.sample(text(prompt), num_samples=count, sampling_params=settings).result().sequences


@contextmanager
def one_thread() -> Iterator[None]:
    """Torch's threads would wait for cores that the server's processes hold."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def tokenizer_folder(client: tinker.TrainingClient) -> Path:
    return Path(client.get_info().model_data.tokenizer_id or "")


# Training


def test_twenty_steps_follow_a_plain_pytorch_reference(learned: Learned):
    import torch

    losses: list[float] = []
    norms: list[float] = []
    with one_thread():
        model = models.load(tokenizer_folder(learned.client), "float32", LoraConfig(rank=8, seed=3))
        trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
        optimizer = torch.optim.AdamW(trained, lr=1e-2, betas=(0.9, 0.95), eps=1e-12, weight_decay=0.0)
        rows = torch.from_numpy(ROWS)
        for _ in range(STEPS + 1):
            logits = model(input_ids=rows[:, :-1]).logits
            loss = -torch.log_softmax(logits, -1).gather(-1, rows[:, 1:, None]).sum()
            loss.backward()
            losses.append(loss.item())
            norms.append(float(torch.nn.utils.get_total_norm([p.grad for p in trained if p.grad is not None])))
            optimizer.step()
            optimizer.zero_grad()
    assert losses[-1] < 0.05 * losses[0]
    assert learned.losses == pytest.approx(losses, rel=0.02)
    # Adam does not see the scale of a gradient, so that means would pass for sums but for this.
    assert learned.norms == pytest.approx(norms[:-1], rel=0.05)


def test_a_call_that_the_sdk_cuts_into_chunks_is_one_sum(new: NewModel):
    client = new(rank=4)
    rows = [datum([7, 8, 9 + place % 5]) for place in range(1100)]  # more than a chunk has
    once = client.forward_backward(rows, "cross_entropy").result()
    assert len(once.loss_fn_outputs) == 1100
    assert sum(sum(told["elementwise_loss"].tolist()) for told in once.loss_fn_outputs) == pytest.approx(
        once.metrics["loss:sum"], rel=1e-5
    )
    norms = [client.optim_step(types.AdamParams(learning_rate=0.0)).result().metrics]
    for part in (rows[:300], rows[300:]):
        client.forward_backward(part, "cross_entropy")
    norms.append(client.optim_step(types.AdamParams(learning_rate=0.0)).result().metrics)
    assert norms[0] is not None and norms[1] is not None
    assert norms[0]["grad_norm"] == pytest.approx(norms[1]["grad_norm"], rel=1e-5)


def test_forward_gives_no_gradient(new: NewModel):
    client = new()
    client.forward(DATA, "cross_entropy").result()
    told = client.optim_step(ADAM).result().metrics
    assert told is not None and told["grad_norm"] == 0.0


@pytest.mark.parametrize(
    ("loss", "options"),
    [
        ("importance_sampling", {}),
        ("ppo", {"clip_low_threshold": 0.9, "clip_high_threshold": 1.1}),
        ("cispo", {"clip_low_threshold": 0.5, "clip_high_threshold": 2.0}),
        ("dro", {"beta": 0.05}),
    ],
)
def test_every_loss_is_what_its_formula_says(learned: Learned, loss: Any, options: dict[str, float]):
    known = learned.client.forward(DATA[:2], "cross_entropy").result()
    lp = np.array([told["logprobs"].tolist() for told in known.loss_fn_outputs])
    generator = np.random.default_rng(1)
    q = lp + generator.normal(0, 0.3, lp.shape)
    advantages = generator.normal(0, 1, lp.shape)
    data = [datum(row, logprobs=q[i], advantages=advantages[i]) for i, row in enumerate(ROWS[:2])]
    told = learned.client.forward(data, loss, options).result()
    ratio = np.exp(lp - q)
    clipped = ratio.clip(options.get("clip_low_threshold", 0), options.get("clip_high_threshold", 1e9))
    expected = {
        "importance_sampling": -ratio * advantages,
        "ppo": -np.minimum(ratio * advantages, clipped * advantages),
        "cispo": -clipped * lp * advantages,
        "dro": -(lp * advantages - 0.5 * 0.05 * (lp - q) ** 2),
    }[loss]
    assert told.metrics["loss:sum"] == pytest.approx(expected.sum(), rel=1e-3)
    found = np.array([each["elementwise_loss"].tolist() for each in told.loss_fn_outputs])
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)
    assert told.metrics["ppo_kl:mean"] == pytest.approx((q - lp).mean(), abs=1e-3)


def test_a_custom_loss_has_the_gradient_of_the_native_one(new: NewModel):
    import torch

    native, custom = new(), new()
    q, advantages = -2.0, np.linspace(-1, 1, 12, dtype=np.float32)
    native.forward_backward(
        [datum(row, logprobs=q, advantages=advantages) for row in ROWS], "importance_sampling"
    ).result()

    def importance_sampling(data: list[types.Datum], logprobs: list[Any]) -> tuple[Any, dict[str, float]]:
        ratios = [torch.exp(lp - q) for lp in logprobs]
        return -sum((ratio * torch.from_numpy(advantages)).sum() for ratio in ratios), {"ratio:mean": 1.0}

    with one_thread():
        told = custom.forward_backward_custom(DATA, importance_sampling).result()
    assert "surrogate_loss:sum" in told.metrics
    norms = [client.optim_step(ADAM).result().metrics for client in (native, custom)]
    assert norms[0] is not None and norms[1] is not None
    assert norms[0]["grad_norm"] == pytest.approx(norms[1]["grad_norm"], rel=1e-4)
    after = [client.forward(DATA, "cross_entropy").result().metrics["loss:sum"] for client in (native, custom)]
    assert after[0] == pytest.approx(after[1], rel=1e-4)


# Saving and going on


def test_a_resumed_model_goes_on_as_if_it_had_not_stopped(new: NewModel):
    client = new()
    for _ in range(3):
        step(client)
    path = client.save_state("three").result().path
    assert path == f"tinker://{client.model_id}/weights/three"
    expected = [step(client) for _ in range(3)]
    resumed = new(path, optimizer=True)
    assert resumed.get_info().lora_rank == 8
    found = [step(resumed) for _ in range(3)]
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    bare = new(path)
    first, second = step(bare), step(bare)
    assert first == pytest.approx(expected[0], rel=1e-5)  # the weights are the same
    assert second[0] != pytest.approx(expected[1][0], rel=1e-3)  # Adam's memory is not
    client.load_state_with_optimizer(path).result()
    np.testing.assert_allclose([step(client) for _ in range(3)], expected, rtol=1e-5)


def test_a_name_is_given_once_unless_it_may_be_overwritten(new: NewModel):
    client = new()
    step(client)
    path = client.save_state("best", user_metadata={"loss": "high"}).result().path
    with pytest.raises(tinker.BadRequestError, match=r"exists and checkpoints do not change.*overwrite=true"):
        client.save_state("best").result()
    step(client)
    assert client.save_state("best", overwrite=True).result().path == path
    expected = client.forward(DATA, "cross_entropy").result().metrics["loss:sum"]
    again = new(path)
    assert again.forward(DATA, "cross_entropy").result().metrics["loss:sum"] == pytest.approx(expected, rel=1e-5)


def test_two_saves_in_flight_under_one_name_are_one_checkpoint(new: NewModel):
    client = new(rank=4)
    first, second = client.save_state("same"), client.save_state("same")
    first.result()
    with pytest.raises((tinker.BadRequestError, tinker.RequestFailedError), match="exists"):
        second.result()


# Sampling


@pytest.mark.parametrize("temperature", [1.0, 0.7])
def test_trainer_and_sampler_agree_on_log_probabilities(learned: Learned, temperature: float):
    options = {"temperature": temperature}
    for row in ROWS[:2]:
        prompt = row[:2].tolist()
        for drawn in draw(learned.sampler, prompt, 4, max_tokens=16, temperature=temperature, seed=5, stop=[]):
            whole = datum([*prompt, *drawn.tokens])
            told = learned.client.forward([whole], "cross_entropy", options).result()
            known = told.loss_fn_outputs[0]["logprobs"].tolist()[len(prompt) - 1 :]
            assert np.abs(np.array(drawn.logprobs) - known).max() < LIMIT


def test_compute_logprobs_is_forward(learned: Learned):
    told = learned.client.forward(DATA[:1], "cross_entropy").result()
    first, *scored = learned.sampler.compute_logprobs(text(ROWS[0])).result()
    assert first is None
    assert np.abs(np.array(scored) - told.loss_fn_outputs[0]["logprobs"].tolist()).max() < LIMIT


def test_prompts_that_are_scored_together_have_each_the_adapter_of_its_own(
    service: tinker.ServiceClient, learned: Learned, new: NewModel
):
    client = new()
    step(client)
    other, base = (
        client.save_weights_and_get_sampling_client().result(),
        service.create_sampling_client(base_model=BASE),
    )
    asked = [
        (sampler, text(row[:length]))
        for sampler in (learned.sampler, base.result(), other)
        for row, length in zip(ROWS[:4], (2, 3, 9, 13), strict=True)
    ]
    alone = [sampler.compute_logprobs(prompt).result()[1:] for sampler, prompt in asked]
    futures = [sampler.compute_logprobs(prompt) for _ in range(3) for sampler, prompt in asked]
    for index, future in enumerate(futures):
        assert future.result()[1:] == pytest.approx(alone[index % len(asked)], abs=1e-3)


def test_pinned_samplers_do_not_move_while_training_does(service: tinker.ServiceClient, new: NewModel):
    client = new()
    for _ in range(4):
        step(client)
    named = service.create_sampling_client(model_path=client.save_weights_for_sampler("pinned").result().path).result()
    ephemeral = client.save_weights_and_get_sampling_client().result()

    def look(sampler: tinker.SamplingClient) -> tuple[list[list[int]], list[float]]:
        drawn = draw(sampler, count=3, temperature=1.0, seed=11, stop=[])
        scored = sampler.compute_logprobs(text(ROWS[1])).result()
        return [each.tokens for each in drawn], [p for each in drawn for p in each.logprobs] + scored[1:]

    tokens, logprobs = look(named)
    assert look(ephemeral)[0] == tokens
    for _ in range(2):
        step(client)
        client.save_weights_and_get_sampling_client().result()
    step(client)
    newest = client.save_weights_and_get_sampling_client().result()
    for sampler in (named, ephemeral):
        again, values = look(sampler)
        assert again == tokens
        assert values == pytest.approx(logprobs, abs=1e-4)
    moved = look(newest)
    assert moved[1][-12:] != pytest.approx(logprobs[-12:], abs=0.1)


def test_the_base_model_is_sampled_as_it_is(service: tinker.ServiceClient, learned: Learned):
    import torch

    sampler = service.create_sampling_client(base_model=BASE).result()
    assert sampler.get_base_model() == BASE
    scored = sampler.compute_logprobs(text(ROWS[0])).result()[1:]
    with one_thread(), torch.no_grad():
        model = models.load(tokenizer_folder(learned.client), "float32", None)
        row = torch.from_numpy(ROWS[:1])
        known = torch.log_softmax(model(input_ids=row[:, :-1]).logits, -1).gather(-1, row[:, 1:, None])
    assert np.abs(np.array(scored) - known[0, :, 0].numpy()).max() < LIMIT


def test_samples_differ_and_a_seed_repeats_them(service: tinker.ServiceClient):
    sampler = service.create_sampling_client(base_model=BASE).result()
    first, again, other = (
        [each.tokens for each in draw(sampler, count=8, temperature=1.0, seed=seed)] for seed in (1, 1, 100)
    )
    assert len({tuple(tokens) for tokens in first}) == 8
    assert first == again
    assert first != other
    unseeded = [draw(sampler, count=2, temperature=1.0) for _ in range(2)]
    assert len({tuple(each.tokens) for drawn in unseeded for each in drawn}) == 4


def test_without_stops_a_completion_ends_with_the_end_token(learned: Learned):
    (drawn,) = draw(learned.sampler)
    assert drawn.tokens == ROWS[0, 3:8].tolist()
    assert drawn.stop_reason == "stop"
    (cut,) = draw(learned.sampler, max_tokens=2)
    assert (cut.tokens, cut.stop_reason) == (ROWS[0, 3:5].tolist(), "length")


def test_an_empty_list_of_stops_ends_at_max_tokens_only(learned: Learned):
    (drawn,) = draw(learned.sampler, stop=[])
    assert drawn.tokens == ROWS[0, 3:11].tolist()
    assert drawn.stop_reason == "length"


def test_a_stop_token_ends_a_completion_and_stays_in_it(learned: Learned):
    (drawn,) = draw(learned.sampler, stop=[int(ROWS[0, 5]), 3])
    assert (drawn.tokens, drawn.stop_reason) == (ROWS[0, 3:6].tolist(), "stop")
    (past,) = draw(learned.sampler, stop=[int(ROWS[0, 9])])  # a given stop takes the end token's place
    assert (past.tokens, past.stop_reason) == (ROWS[0, 3:10].tolist(), "stop")


def test_a_stop_string_ends_a_completion_and_stays_in_it(learned: Learned):
    tokenizer: Any = learned.client.get_tokenizer()
    stop = tokenizer.decode(ROWS[0, 5:6].tolist())
    assert stop not in tokenizer.decode(ROWS[0, 3:5].tolist())
    for given in (stop, ["@@@@", stop]):
        (drawn,) = draw(learned.sampler, stop=given)
        assert (drawn.tokens, drawn.stop_reason) == (ROWS[0, 3:6].tolist(), "stop")
        assert len(drawn.logprobs) == 3


def test_the_likeliest_tokens_of_prompt_and_completion_are_told(learned: Learned):
    told = learned.sampler.sample(
        text(ROWS[0, :6]),
        num_samples=1,
        sampling_params=types.SamplingParams(max_tokens=2, temperature=0.0),
        include_prompt_logprobs=True,
        topk_prompt_logprobs=3,
        topk_sample_logprobs=2,
    ).result()
    assert told.topk_prompt_logprobs is not None and told.prompt_logprobs is not None
    assert len(told.topk_prompt_logprobs) == len(told.prompt_logprobs) == 6
    assert told.topk_prompt_logprobs[0] is None
    for place in range(3, 6):  # what the model knows by heart
        row = told.topk_prompt_logprobs[place]
        assert row is not None and len(row) == 3
        assert row[0][0] == ROWS[0, place]
        assert row[0][1] == pytest.approx(told.prompt_logprobs[place], abs=1e-4)
        assert all(one[1] >= two[1] for one, two in pairwise(row))
    (drawn,) = told.sequences
    assert drawn.topk_logprobs is not None
    assert [row and row[0][0] for row in drawn.topk_logprobs] == drawn.tokens
    assert all(row is not None and len(row) == 2 for row in drawn.topk_logprobs)
    tail = learned.sampler.sample(
        text(ROWS[0, :6]), 1, types.SamplingParams(max_tokens=1), include_prompt_logprobs=True, prompt_logprobs_last_n=2
    ).result()
    assert tail.prompt_logprobs is not None
    assert tail.prompt_logprobs[:4] == [None] * 4
    assert tail.prompt_logprobs[4:] == pytest.approx(told.prompt_logprobs[4:], abs=1e-4)


# What the SDK asks of models, sessions and checkpoints


def test_the_tokenizer_is_a_folder_on_this_machine(learned: Learned):
    info = learned.client.get_info()
    assert (info.model_name, info.is_lora, info.lora_rank) == (BASE, True, 8)
    assert tokenizer_folder(learned.client).is_dir()
    tokenizer = learned.client.get_tokenizer()
    assert tokenizer.eos_token_id == END
    assert tokenizer.decode(tokenizer.encode("7 * 8 = 56")) == "7 * 8 = 56"


def test_capabilities_name_the_model(rest: tinker.RestClient):
    (model,) = rest.get_server_capabilities().result().supported_models
    assert model.model_name == BASE
    assert model.max_context_length == 512


def test_the_rest_client_lists_runs_sessions_and_checkpoints(
    service: tinker.ServiceClient, rest: tinker.RestClient, learned: Learned
):
    run = learned.client.model_id
    saved = learned.client.save_state("kept", ttl_seconds=7200, user_metadata={"step": "20"}).result().path
    sampled = learned.client.save_weights_for_sampler("look").result().path
    listed = {each.training_run_id: each for each in rest.list_training_runs(limit=1000).result().training_runs}
    told = rest.get_training_run(run).result()
    assert listed[run] == told == rest.get_training_run_by_tinker_path(saved).result()
    assert (told.base_model, told.lora_rank, told.is_lora, told.corrupted) == (BASE, 8, True, False)
    assert told.user_metadata == {"run": "learned"}
    assert told.last_checkpoint is not None and told.last_checkpoint.tinker_path == saved
    assert told.last_sampler_checkpoint is not None and told.last_sampler_checkpoint.tinker_path == sampled
    assert rest.list_training_runs(limit=1).result().cursor.total_count >= 1

    found = {each.tinker_path: each for each in rest.list_checkpoints(run).result().checkpoints}
    assert {found[saved].checkpoint_type, found[sampled].checkpoint_type} == {"training", "sampler"}
    assert found[saved].user_metadata == {"step": "20"}
    expires = found[saved].expires_at
    assert expires is not None
    assert timedelta() < expires - datetime.now(UTC) < timedelta(hours=2)
    assert found[sampled].expires_at is None
    assert (found[saved].size_bytes or 0) > (found[sampled].size_bytes or 0) > 0
    everyones = {each.tinker_path for each in rest.list_user_checkpoints(limit=1000).result().checkpoints}
    assert {saved, sampled} <= everyones

    session = run.partition(":")[0]
    assert session in rest.list_sessions(limit=1000).result().sessions
    held = rest.get_session(session).result()
    assert run in held.training_run_ids
    sampler = service.create_sampling_client(model_path=sampled).result()
    own = [id for id in rest.get_session(session).result().sampler_ids if id not in held.sampler_ids]
    assert rest.get_sampler(own[0]).result().model_path == sampled
    assert sampler.get_base_model() == BASE
    info = rest.get_weights_info_by_tinker_path(sampled).result()
    assert (info.base_model, info.is_lora, info.lora_rank, info.train_unembed) == (BASE, True, 8, True)


@pytest.mark.filterwarnings("ignore:.*experimental")
def test_a_session_is_found_by_words_of_its_name_or_by_its_id(rest: tinker.RestClient, learned: Learned):
    session = learned.client.model_id.partition(":")[0]

    def found(**wanted: Any) -> list[str]:
        page = rest.search_sessions(types.SessionSearchRequest(**wanted)).result()
        return [each.session_id for each in page.sessions]

    assert session in found(display_name="tests sdk")
    assert found(session_id=session, display_name="nothing is called this") == [session]
    assert found(session_id=session) == [session]
    assert session not in found(display_name="tests nothing")


def test_a_checkpoint_is_published_copied_given_a_lifetime_and_deleted(rest: tinker.RestClient, new: NewModel):
    client = new(rank=4)
    path = client.save_state("one").result().path

    def listed() -> dict[str, types.Checkpoint]:
        return {each.tinker_path: each for each in rest.list_checkpoints(client.model_id).result().checkpoints}

    assert not listed()[path].public
    rest.publish_checkpoint_from_tinker_path(path).result()
    assert listed()[path].public
    rest.unpublish_checkpoint_from_tinker_path(path).result()
    assert not listed()[path].public
    rest.set_checkpoint_ttl_from_tinker_path(path, 3600).result()
    assert listed()[path].expires_at is not None
    rest.set_checkpoint_ttl_from_tinker_path(path, None).result()
    assert listed()[path].expires_at is None
    copy = rest.copy_weights(path, "an-archive").result()
    assert copy != path
    rest.delete_checkpoint_from_tinker_path(path).result()
    assert path not in listed()
    with pytest.raises(tinker.NotFoundError, match="there is no checkpoint"):
        rest.delete_checkpoint_from_tinker_path(path).result()
    assert rest.get_weights_info_by_tinker_path(copy).result().lora_rank == 4


def test_a_copy_belongs_to_a_run_of_its_own_that_starts_a_model(
    rest: tinker.RestClient, learned: Learned, new: NewModel
):
    path = learned.client.save_state("to-copy").result().path
    copied = rest.copy_weights(path, "an-archive").result()
    assert [each.tinker_path for each in rest.list_checkpoints(copied.split("/")[2]).result().checkpoints] == [copied]
    assert rest.get_training_run_by_tinker_path(copied).result().base_model == BASE
    again = new(copied)
    assert again.forward(DATA, "cross_entropy").result().metrics["loss:sum"] == pytest.approx(
        learned.losses[-1], rel=1e-4
    )


# What is refused, and how


def test_what_cannot_be_done_is_an_exception_that_says_why(service: tinker.ServiceClient, learned: Learned):
    client = learned.client
    inputs = {"logprobs": -1.0, "advantages": 1.0}
    refusals: list[tuple[Callable[[], Any], str]] = [
        (lambda: client.forward_backward(DATA, "stable_reinforce"), "stable_reinforce.*importance_sampling"),
        (lambda: client.forward_backward([DATA[0], datum([5, 6, 5000])], "cross_entropy"), "datum 1|data.1"),
        (lambda: client.forward_backward([datum([5, 6], **inputs)], "cross_entropy"), "no input 'advantages'"),
        (lambda: client.forward_backward([datum([5] * 514)], "cross_entropy"), "512"),
        (lambda: client.forward_backward(DATA, "ppo", {"clip_high": 1.2}), "clip_high"),
        (lambda: client.save_state("../escape"), "checkpoint name"),
        (lambda: service.create_lora_training_client("nobody/nothing"), "nobody/nothing.*local/tiny"),
        (lambda: service.create_lora_training_client(BASE, rank=1024), "rank: at most 64"),
        (lambda: service.create_sampling_client(base_model="nobody/nothing"), "nobody/nothing.*local/tiny"),
        (lambda: learned.sampler.sample(text([9] * 512), 1, types.SamplingParams(max_tokens=1)), "512"),
        (
            lambda: learned.sampler.sample(text([9]), 1, types.SamplingParams(max_tokens=1), prompt_alt_tokens_k=2),
            "prompt_alt_tokens_k is not supported",
        ),
    ]
    for refused, words in refusals:
        with pytest.raises((tinker.BadRequestError, tinker.UnprocessableEntityError), match=words):
            refused().result()
    missing = f"tinker://{client.model_id}/weights/missing"
    with pytest.raises(tinker.NotFoundError, match=r"no checkpoint.*missing"):
        service.create_training_client_from_state(missing).result()
    # None of it is in the way of what comes after.
    assert client.forward(DATA, "cross_entropy").result().metrics["loss:sum"] == pytest.approx(learned.losses[-1])


def test_a_prompt_token_outside_the_vocabulary_is_said(learned: Learned):
    with pytest.raises(tinker.RequestFailedError, match="token id outside 0 to 1279"):
        draw(learned.sampler, [5, 4000])


def test_a_wrong_key_is_said(server: ServerProcess):
    with pytest.raises(tinker.AuthenticationError, match="key is missing or wrong"):
        tinker.RestClient(base_url=server.url, api_key="tml-of-somebody-else").get_server_capabilities().result()


def test_an_unloaded_model_is_gone_and_its_checkpoints_are_not(server: ServerProcess, new: NewModel):
    client = new()
    step(client)
    path = client.save_state("last").result().path
    assert server.done("unload_model", {"model_id": client.model_id})["model_id"] == client.model_id
    with pytest.raises(tinker.NotFoundError, match="was unloaded"):
        client.forward(DATA, "cross_entropy").result()
    again = new(path)
    assert again.forward(DATA, "cross_entropy").result().metrics["loss:sum"] > 0


def test_a_model_beyond_the_servers_places_waits_and_says_so(server: ServerProcess, new: NewModel):
    session = new(rank=1).model_id.partition(":")[0]
    body = {"session_id": session, "base_model": BASE, "lora_config": {"rank": 1}}
    accepted = [server.post("create_model", {**body, "model_seq_id": 900 + place})[1] for place in range(8)]
    status, told = server.post("retrieve_future", {"request_id": accepted[-1]["request_id"]})
    assert (status, told["type"], told["queue_state"]) == (408, "try_again", "paused_capacity")
    assert "all 8 places for models are taken" in told["queue_state_reason"]
    for each in accepted[:-1]:
        server.post("delete_model", {"model_id": each["model_id"]})
    assert server.result(accepted[-1]["request_id"])["status"] == "completed"
    server.post("delete_model", {"model_id": accepted[-1]["model_id"]})


def test_a_closed_service_ends_its_session_and_what_it_holds(server: ServerProcess, rest: tinker.RestClient):
    with tinker.ServiceClient(base_url=server.url, api_key=server.key) as service:
        client = service.create_lora_training_client(BASE, rank=4).result()
        path = client.save_weights_for_sampler("left").result().path
        draw(client.save_weights_and_get_sampling_client().result())
    assert server.post("forward", {"model_id": client.model_id, "data": []})[0] == 404
    assert rest.get_weights_info_by_tinker_path(path).result().lora_rank == 4


# The command line


Command = Callable[..., Any]


@pytest.fixture
def command(server: ServerProcess, tmp_path: Path) -> Command:
    """`tinker --format json …`, without the seconds that its imports take; its JSON, or its error's text."""
    environment = {"TINKER_BASE_URL": server.url, "TINKER_API_KEY": server.key, "HOME": str(tmp_path)}

    def run(*words: str) -> Any:
        done = CliRunner().invoke(main_cli, ["--format", "json", *words], env=environment)
        if isinstance(done.exception, TinkerCliError):
            return f"{done.exception.message} {done.exception.details}"
        assert done.exit_code == 0, (done.output, done.exception)
        return json.loads(done.stdout) if done.stdout.lstrip().startswith(("{", "[")) else done.stdout

    return run


def test_the_installed_command_lists_runs(server: ServerProcess, learned: Learned, tmp_path: Path):
    environment = {**os.environ, "TINKER_BASE_URL": server.url, "TINKER_API_KEY": server.key, "HOME": str(tmp_path)}
    words = [str(Path(sys.executable).with_name("tinker")), "run", "list", "--limit", "0"]
    environment |= {"OMP_NUM_THREADS": "1", "COLUMNS": "200"}
    done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert learned.client.model_id in done.stdout


def test_the_command_line_manages_runs_and_checkpoints(command: Command, learned: Learned, tmp_path: Path):
    run = learned.client.model_id
    path = learned.client.save_state("by-hand").result().path
    runs = command("run", "list", "--limit", "0")
    assert run in [each["training_run_id"] for each in runs["runs"]]
    assert command("run", "info", run)["base_model"] == BASE
    assert [each["model_name"] for each in command("model", "list")["models"]] == [BASE]
    assert path in [each["tinker_path"] for each in command("checkpoint", "list", "--run-id", run)["checkpoints"]]
    assert path in [each["tinker_path"] for each in command("checkpoint", "list", "--limit", "0")["checkpoints"]]
    assert command("checkpoint", "info", path)["public"] is False
    command("checkpoint", "publish", path)
    command("checkpoint", "set-ttl", path, "--ttl", "3600")
    shown = command("checkpoint", "info", path)
    assert shown["public"] is True and shown["expires_at"] is not None
    command("checkpoint", "unpublish", path)
    command("checkpoint", "set-ttl", path, "--remove")
    shown = command("checkpoint", "info", path)
    assert shown["public"] is False and shown["expires_at"] is None
    command("checkpoint", "download", path, "--output", str(tmp_path))
    (folder,) = tmp_path.glob("*weights_by-hand")
    adapter = {"adapter_config.json", "adapter_model.safetensors"}
    assert {file.name for file in folder.iterdir()} == {*adapter, "tokenizer.json", "tokenizer_config.json"}
    command("checkpoint", "delete", path, "--yes")
    assert "not found" in command("checkpoint", "info", path)
    assert "not found" in command("run", "info", "nobody:train:0")


@pytest.mark.filterwarnings("ignore:.*tie_word_embeddings")
def test_what_the_command_line_downloads_is_an_adapter_for_peft(
    server: ServerProcess, rest: tinker.RestClient, learned: Learned, tmp_path: Path
):
    import torch
    from peft import PeftModel

    path = learned.client.save_weights_external("whole").result().path
    urls = rest.get_external_weights_urls(path).result().urls
    for name, url in urls.items():
        urllib.request.urlretrieve(url, tmp_path / name)  # it needs no key
    with one_thread(), torch.no_grad():
        model: Any = models.load(tokenizer_folder(learned.client), "float32", None)
        adapted = PeftModel.from_pretrained(model, str(tmp_path))
        rows = torch.from_numpy(ROWS)
        lp = torch.log_softmax(adapted(input_ids=rows[:, :-1]).logits, -1).gather(-1, rows[:, 1:, None])
    assert -lp.sum().item() == pytest.approx(learned.losses[-1], rel=1e-2)
