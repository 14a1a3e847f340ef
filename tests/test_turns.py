"""Sessions through rollout, stream, ledger, data and evaluation: the policy's tokens count and learn, no others."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest

import environments
from environments import demonstration, generate, load
from environments.multi_turn.guess_the_number import GuessTheNumber
from environments.problem import EVALUATION_BIT, Verdict
from rlve.advantages import to_data
from rlve.config import EvaluationConfig, SamplingParams
from rlve.curriculum import Curriculum
from rlve.driver import drawn_by
from rlve.evaluation import evaluate
from rlve.ledger import TokenLedger, waiting
from rlve.problems import Generated, Problems, Reply
from rlve.prompts import Prompts
from rlve.rollout import Draft, extend, score
from rlve.stage_clock import StageClock
from rlve.stream import RolloutStream
from rlve.turns import Sampling, Sessions, is_session
from rlve.types import Completion, FinishReason, Group, Observation, Rollout, Task
from rlve.warm_start import written
from tests.test_advantages import config as loss_config
from tests.test_chat_formats import tokenizer_folder
from tests.test_prompts import SETTINGS, expected, folders, model_config, opened, text_of
from tests.test_stream import BASE, CURRICULUM, REWARDS

__all__ = ["folders", "opened"]  # fixtures

T = TypeVar("T")

GUESS = Task("GuessTheNumber", 1, 0, 7)
SPOKEN = Completion([1, 2, 3, 4, 5], [-0.1, -0.2, -0.3, -0.4, -0.5], [1, 1, 1, 2, 2], "eos")
PLAYED = replace(SPOKEN, observations=[Observation(2, [70, 71]), Observation(4, [72])])


@pytest.fixture(scope="module")
def prompts(tmp_path_factory: pytest.TempPathFactory) -> Prompts:
    return Prompts(tokenizer_folder(tmp_path_factory.mktemp("plain"), None), model_config())


@asynccontextmanager
async def pool() -> AsyncIterator[Problems]:
    problems = await Problems.start(1, 10, "tags")
    try:
        yield problems
    finally:
        await problems.close()


def with_pool(story: Callable[[Problems], Awaitable[T]]) -> T:
    async def run() -> T:
        async with pool() as problems:
            return await story(problems)

    return asyncio.run(run())


class Player:
    """Halves the range that the tokens before it leave; odd samples of a prompt first guess 1, so that groups differ.

    A token at a time, while others write too; an abort stops it after its next. A token's log-probability is minus its
    place in the whole sequence.
    """

    def __init__(self, prompts: Prompts, pause: int = 1, differ: bool = True) -> None:
        self.prompts, self.pause, self.differ = prompts, pause, differ
        self.version, self.aborts = 1, 0
        self.asked: list[list[int]] = []

    async def sample(
        self, prompt: Sequence[int], params: SamplingParams, count: int, version: int | None = None
    ) -> list[Completion]:
        self.asked += [list(prompt)] * count
        return list(await asyncio.gather(*(self._write(list(prompt), params, index) for index in range(count))))

    async def abort_samples(self) -> None:
        self.aborts += 1

    async def _write(self, prompt: list[int], params: SamplingParams, index: int) -> Completion:
        aborts, tokens, pause = self.aborts, list[int](), self.pause * (len(self.asked) * 5 % 11)
        budget = min(params.max_tokens, self.prompts.config.max_seq_len - len(prompt))
        reason: FinishReason = "eos"
        for token in self._rest_of_turn(text_of(self.prompts, prompt), index):
            tokens.append(token)
            for _ in range(pause):
                await asyncio.sleep(0)
            if len(tokens) == budget:
                reason = "length" if tokens[-1] != self.prompts.encode_answer("")[-1] else "eos"
                break
            if self.aborts != aborts:
                reason = "abort"
                break
        logprobs = [-float(len(prompt) + place) for place in range(len(tokens))]
        return Completion(tokens, logprobs, [self.version] * len(tokens), reason)

    def _rest_of_turn(self, text: str, index: int) -> list[int]:
        low, high = map(int, re.findall(r"from (\d+) to (\d+)", text)[0])
        for action, said in re.findall(r"<answer>(\d+)</answer><\|endoftext\|>(higher|lower)", text):
            low, high = (int(action) + 1, high) if said == "higher" else (low, int(action) - 1)
        begun = text.rsplit("\n", 1)[1]
        known, target = re.findall(r"\d+", begun), str((low + high) // 2)
        badly = self.differ and index % 2 and not begun and "<|endoftext|>" not in text
        digits = known[0] if known else "1" if badly else target
        action = target if target.startswith(digits) and "</answer>" not in begun and not badly else digits
        turn = self.prompts.encode_answer(f"<answer>{action}</answer>")
        return turn[len(self.prompts.tokenizer.encode(begun, add_special_tokens=False)) :]


def question(task: Task) -> str:
    return environments.question(generate(load(task.environment), task.difficulty, task.seed))


PARAMS = SamplingParams(max_tokens=99, temperature=1.0, seed=1)
RLVE = BASE.rlve.model_copy(update={"n_samples_per_prompt": 4, "rollout_max_response_len": 60})


def tasks(count: int, level: int = 0) -> list[Task]:
    return [Task("GuessTheNumber", 1, level, seed) for seed in range(count)]


class Table:
    """Problems in this process, so that what happens when is the event loop's doing alone."""

    async def generate(self, tasks: Sequence[Task]) -> list[Generated]:
        return [Generated(task, question(task), None) for task in tasks]

    async def play(self, transcripts: Sequence[tuple[Task, Sequence[str]]]) -> list[Reply]:
        await asyncio.sleep(0)
        turns = [
            environments.play(generate(GuessTheNumber, task.difficulty, task.seed), texts)
            for task, texts in transcripts
        ]
        return [Reply(turn.observation if turn.verdict is None else None, turn.verdict) for turn in turns]


# A completion's tokens.


def test_a_completion_knows_its_own_tokens_among_what_was_said() -> None:
    assert PLAYED.sequence == [1, 2, 70, 71, 3, 4, 72, 5]
    assert PLAYED.own == [True, True, False, False, True, True, False, True]
    assert PLAYED.turns == [[1, 2], [3, 4], [5]]
    assert SPOKEN.sequence == SPOKEN.tokens
    assert SPOKEN.own == [True] * 5
    assert SPOKEN.turns == [[1, 2, 3, 4, 5]]
    waiting_for_its_turn = replace(PLAYED, tokens=[1, 2, 3, 4])
    assert waiting_for_its_turn.sequence[-1] == 72
    assert waiting_for_its_turn.turns == [[1, 2], [3, 4]]


def group(*completions: Completion) -> Group:
    rollouts = [Rollout(each, Verdict(0.0, False), float(place)) for place, each in enumerate(completions)]
    return Group(GUESS, [9, 9, 9], rollouts, started=0)


@pytest.mark.parametrize("denominator", ["sequence", "token", "constant"])
def test_only_the_policys_tokens_carry_advantages_and_they_weigh_as_if_nothing_stood_between(denominator: str) -> None:
    loss = loss_config(denominator=denominator)
    with_observations = to_data([group(PLAYED, PLAYED)], loss, 10)
    without = to_data([group(SPOKEN, SPOKEN)], loss, 10)
    for datum, plain in zip(with_observations, without, strict=True):
        assert [*datum.model_input, datum.loss_fn_inputs["target_tokens"][-1]] == [9, 9, 9, *PLAYED.sequence]
        own = np.array([False, False, *PLAYED.own])
        assert [*datum.loss_fn_inputs["target_tokens"][own]] == SPOKEN.tokens
        for name in ("advantages", "logprobs"):
            assert not datum.loss_fn_inputs[name][~own].any()
            assert datum.loss_fn_inputs[name][own].tolist() == plain.loss_fn_inputs[name][2:].tolist()
            assert datum.loss_fn_inputs[name][own].all()


def test_the_start_policy_holds_the_policys_tokens_only() -> None:
    free, held = loss_config(), loss_config(kl_coefficient=2.0)
    groups = [group(PLAYED, SPOKEN)]
    reference = [np.full(len(datum), -1.0, np.float32) for datum in to_data(groups, free, 10)]
    for datum, before in zip(to_data(groups, held, 10, reference), to_data(groups, free, 10), strict=True):
        own = datum.loss_fn_inputs["logprobs"] != 0
        pull = datum.loss_fn_inputs["advantages"] - before.loss_fn_inputs["advantages"]
        assert pull[own] == pytest.approx(-2.0 * (datum.loss_fn_inputs["logprobs"][own] + 1.0) / (5 * 2), abs=1e-6)
        assert not pull[~own].any()


def test_the_gap_is_measured_on_what_the_newest_weights_drew() -> None:
    groups = [group(PLAYED, PLAYED)]
    data = to_data(groups, loss_config(), 10)
    newest, _ = drawn_by(2, data, groups)[id(data[0].model_input)]
    assert [*data[0].loss_fn_inputs["target_tokens"][newest]] == [4, 5]


def test_the_ledger_counts_the_policys_tokens_and_reads_all_before_them() -> None:
    ledger = TokenLedger()
    start = Draft(GUESS, [9, 9, 9], [], 0)
    part = replace(PLAYED, tokens=[1, 2, 3], observations=PLAYED.observations[:1], finish_reason="abort")
    cut, whole = (Draft(GUESS, [9, 9, 9], [each], 0) for each in (part, PLAYED))
    ledger.drawn(start, cut)
    assert ledger.close(waiting([cut], [])).attended == 3 + 4 + 7
    ledger.drawn(cut, whole)
    ledger.dropped("aborted", whole.token_count)
    found = ledger.close(0)
    assert (found.pending_before, found.drawn, found.longest, found.attended) == (3, 2, 2, 8 + 10)


# Turns.


def test_every_turn_goes_on_from_all_before_it(prompts: Prompts) -> None:
    player: Any = Player(prompts)

    async def story(problems: Problems) -> list[tuple[Draft, Group]]:
        sessions, found = Sessions(problems, prompts), list[tuple[Draft, Group]]()
        for task in tasks(12):
            draft = Draft(task, prompts.encode(question(task)), [], 0)
            extended = await extend(player, draft, RLVE, BASE.rollout, 0, sessions)
            found.append((extended, (await score(extended, problems, prompts, REWARDS, 60))[0]))
        return found

    found = with_pool(story)
    assert {rollout.verdict for _, scored in found for rollout in scored.rollouts} == {
        Verdict(1.0, True),
        Verdict(0.0, False),
    }
    asked = {tuple(prompt) for prompt in player.asked}
    for draft, scored in found:
        for index, completion in enumerate(draft.completions):
            assert completion.finish_reason == "eos"
            before = [*draft.prompt, *completion.sequence]
            for observation in completion.observations:
                end = len(draft.prompt) + completion.sequence.index(observation.tokens[0], observation.place)
                assert tuple(before[: end + len(observation.tokens)]) in asked
            own = [place for place, wrote in enumerate(completion.own) if wrote]
            assert completion.logprobs == [-float(len(draft.prompt) + place) for place in own]
            # Even samples do as the reference player.
            if not index % 2:
                session = generate(load("GuessTheNumber"), 0, draft.task.seed)
                turns = demonstration(session)
                assert (completion.tokens, completion.observations) == written(prompts, turns)
                assert scored.rollouts[index].verdict.correct


@pytest.mark.parametrize(("budget", "context"), [(4, 1024), (6, 1024), (7, 1024), (60, 5), (60, 9)])
def test_a_session_is_cut_where_its_budget_or_the_context_ends(prompts: Prompts, budget: int, context: int) -> None:
    task = Task("GuessTheNumber", 1, 4, 7)
    prompt = prompts.encode(question(task))
    short = Prompts(Path(prompts.tokenizer.name_or_path), model_config(max_seq_len=min(1024, len(prompt) + context)))
    player: Any = Player(short, pause=0)
    params = PARAMS.model_copy(update={"max_tokens": budget})

    async def story(problems: Problems) -> tuple[Completion, list[Verdict]]:
        sessions = Sessions(problems, short)
        (first,) = await player.sample(prompt, params, 1)
        found = await sessions.finish(Sampling(player, params, 0), task, prompt, first, 0)
        return found, await sessions.verdicts([(task, found)])

    found, verdicts = with_pool(story)
    assert found.truncated
    assert len(found.tokens) <= budget
    assert len(prompt) + len(found.sequence) <= short.config.max_seq_len
    assert verdicts == [Verdict(0.0, False, "unreadable")]
    assert all(observation.place < len(found.tokens) for observation in found.observations)


def test_a_halted_session_goes_on_from_its_draft_as_if_it_had_not_stopped(prompts: Prompts) -> None:
    task = Task("GuessTheNumber", 1, 4, 3)
    prompt = prompts.encode(question(task))

    async def story(problems: Problems) -> tuple[Draft, Draft, int]:
        draft, stopping, stops = Draft(task, prompt, [], 0), False, 0
        player: Any = Player(prompts, differ=False)
        whole = await extend(player, draft, RLVE, BASE.rollout, 0, Sessions(problems, prompts))
        sessions = Sessions(problems, prompts, lambda: stopping)
        while draft.unfinished:
            stopping, stops = False, stops + 1
            flying = asyncio.create_task(extend(player, draft, RLVE, BASE.rollout, 0, sessions))
            for _ in range(stops % 5):
                await asyncio.sleep(0)
            stopping = True
            await player.abort_samples()
            draft = read(asdict(await flying))
        return whole, draft, stops

    whole, draft, stops = with_pool(story)
    assert stops > 3
    assert [each.sequence for each in draft.completions] == [each.sequence for each in whole.completions]
    assert [each.logprobs for each in draft.completions] == [each.logprobs for each in whole.completions]


def read(saved: dict[str, Any]) -> Draft:
    """A draft as a checkpoint gives it back."""
    of = made(None, None, None, TokenLedger(), curriculum(), True)
    of.load({**json.loads(json.dumps({"carried": [saved]})), "version": 0, "surplus": [], "seen": []})
    return of._carried[0]


def curriculum() -> Curriculum:
    levels = CURRICULUM.model_copy(update={"initial_level": 6})
    return Curriculum(["GuessTheNumber"], levels, 4, 0, {"GuessTheNumber": 9})


def made(
    player: Any, problems: Any, prompts: Any, tokens: TokenLedger, tasks: Curriculum, partial: bool
) -> RolloutStream:
    changes = {"rollout_batch_size": 3, "over_sampling_batch_size": 12, "partial_rollout": partial}
    whole = BASE.model_copy(update={"rlve": RLVE.model_copy(update=changes), "reward": REWARDS})
    return RolloutStream(player, tasks, problems, prompts, whole, tokens, StageClock())


@pytest.mark.parametrize("partial", [True, False])
def test_rounds_of_sessions_lose_no_token_and_carry_what_is_unfinished(prompts: Prompts, partial: bool) -> None:
    player: Any = Player(prompts, pause=3)

    async def story(problems: Any) -> tuple[list[Any], TokenLedger]:
        tokens, tasks, found = TokenLedger(), curriculum(), list[Any]()
        of = made(player, problems, prompts, tokens, tasks, partial)
        for number in range(6):
            found.append(await of.next_round(number))
            tokens.trained(found[-1].trained, player.version)
            assert tokens.close(of.pending).drawn == found[-1].generated_tokens  # raises where a token is lost
            player.version += 1
            state = json.loads(json.dumps(of.state(player.version)))
            of = made(player, problems, prompts, tokens, tasks, partial)
            of.load(state, player.version)
        return found, tokens

    found, tokens = asyncio.run(story(Table()))
    completions = [r.completion for each in found for group in each.trained for r in group.rollouts]
    assert all(len(each.trained) == 3 for each in found)
    assert any(completion.observations for completion in completions)
    assert tokens.total.trained == sum(len(completion.tokens) for completion in completions)
    several = [completion for completion in completions if len({*completion.policy_versions}) > 1]
    assert bool(several) == partial
    assert sum(each.counts["dropped_aborted"] for each in found) * partial == 0
    for completion in several:
        assert completion.policy_versions == sorted(completion.policy_versions)
    for each in found:
        for scored in each.trained:
            assert any(rollout.verdict.correct for rollout in scored.rollouts)


def test_evaluation_plays_sessions_to_their_end_beside_other_problems(prompts: Prompts) -> None:
    wanted = [*(replace_seed(task) for task in tasks(6, level=2)), Task("Division", 1, 0, EVALUATION_BIT)]
    evaluation = EvaluationConfig.model_construct(temperature=1.0, top_p=1.0, top_k=-1)

    class Both(Player):
        async def sample(
            self, prompt: Sequence[int], params: SamplingParams, count: int, version: int | None = None
        ) -> list[Completion]:
            if "number from" in self.prompts.decode(prompt):
                return await super().sample(prompt, params, count)
            return [Completion(self.prompts.encode_answer("no"), [], [], "eos")]

    player: Any = Both(prompts)
    found = with_pool(lambda problems: evaluate(player, wanted, problems, prompts, evaluation, 60))
    assert found.counts == {"GuessTheNumber": {2: (6, 6)}, "Division": {0: (0, 1)}}


def replace_seed(task: Task) -> Task:
    return task._replace(seed=task.seed | EVALUATION_BIT)


def test_an_environment_that_fails_at_a_turn_costs_its_sample_and_nothing_else(
    tmp_path: Path, prompts: Prompts
) -> None:
    file = tmp_path / "failing.py"
    file.write_text(
        "from dataclasses import dataclass\n"
        "from environments.multi_turn.guess_the_number import GuessTheNumber\n\n"
        "@dataclass(frozen=True)\n"
        "class Failing(GuessTheNumber):\n"
        "    def step(self, state, action):\n"
        "        if action == 1:\n"
        "            raise ZeroDivisionError\n"
        "        return super().step(state, action)\n"
    )
    task = Task(f"{file}:Failing", 1, 4, 7)
    player: Any = Player(prompts)

    async def story(problems: Problems) -> tuple[Group, list[Verdict], dict[str, Any]]:
        draft = Draft(task, prompts.encode((await problems.generate([task]))[0].text or ""), [], 0)
        extended = await extend(player, draft, RLVE, BASE.rollout, 0, Sessions(problems, prompts))
        return *(await score(extended, problems, prompts, REWARDS, 60)), dict(problems.failures)

    scored, verdicts, failures = with_pool(story)
    assert [verdict.error for verdict in verdicts] == ["none", "crash", "none", "crash"]
    assert len(scored.rollouts) == 2
    assert "ZeroDivisionError" in next(iter(failures[task.environment]))


def test_problems_play_and_demonstrate_what_the_environment_does() -> None:
    session = generate(load("GuessTheNumber"), 0, 7)
    texts = [text for text, _ in demonstration(session)]

    async def story(problems: Problems) -> tuple[list[Reply], list[Any]]:
        asked = [(GUESS, texts[:count]) for count in range(len(texts) + 1)]
        return await problems.play(asked), await problems.demonstrate([GUESS, Task("Division", 1, 0, 3)])

    replies, (turns, solution) = with_pool(story)
    assert [reply.observation for reply in replies] == [session.prompt(), *(said for _, said in demonstration(session))]
    assert [reply.verdict for reply in replies] == [None] * len(texts) + [Verdict(1.0, True)]
    assert turns == demonstration(session)
    assert solution == demonstration(generate(load("Division"), 0, 3))
    assert is_session("GuessTheNumber")
    assert not is_session("Division")


# What stands between turns, in the models' own formats.


@pytest.mark.parametrize("name", SETTINGS)
def test_an_observation_is_what_the_models_format_puts_after_an_answer(opened: dict[str, Prompts], name: str) -> None:
    prompts = opened[name]
    for said in ("higher", "two\n\nlines", "{question} <|im_end|> ü"):
        answer = prompts.encode_answer("<answer>4</answer>")
        tokens = [*prompts.encode("1 + 1?"), *answer, *prompts.encode_observation(said)]
        text = text_of(prompts, tokens)
        if prompts.config.template != "chat":
            frame = prompts.config.base_template if prompts.config.template == "base" else "{question}\n"
            assert text.endswith(text_of(prompts, answer) + (frame or "").replace("{question}", said))
            continue
        system = [{"role": "system", "content": prompts.config.system_prompt}] if prompts.config.system_prompt else []
        messages = [
            *system,
            {"role": "user", "content": "1 + 1?"},
            {"role": "assistant", "content": "<answer>4</answer>"},
            {"role": "user", "content": said},
        ]
        whole = prompts.tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=True, **prompts.config.template_kwargs
        )
        # Thoughts that a template leaves out of earlier turns stay where the model wrote them.
        assert text.endswith(whole.partition("<answer>4</answer>")[2]), (text, whole)
        assert expected(prompts, "1 + 1?") in text_of(prompts, tokens)
