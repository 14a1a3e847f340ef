"""Every template asks the question once, in the model's own tokens; answers are read after the thoughts only."""

import asyncio
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from environments import MARKERS
from environments.problem import Verdict
from rlve import models
from rlve.config import ConfigError, DatasetConfig, EvaluationConfig, ModelConfig, RewardConfig, SamplingParams
from rlve.dataset_environment import DatasetFile, Row
from rlve.datasets import Dataset
from rlve.evaluation import evaluate, evaluate_datasets
from rlve.models import made
from rlve.models.chat_formats import CHAT_FORMATS
from rlve.problems import Generated
from rlve.prompts import Prompts
from rlve.rollout import Draft, score
from rlve.types import Completion, Task
from tests.test_chat_formats import tokenizer_folder

BASE = "A question is asked and answered.\n\nQ: {question}\n\nA: Let me think.\n"
DATE = {"date_string": "26 Jul 2024"}
OFF = {"enable_thinking": False}
SETTINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "qwen2.5": ("qwen2.5", {"template": "chat"}),
    "qwen2.5 with system": ("qwen2.5", {"template": "chat", "system_prompt": "Be {brief}."}),
    "qwen2.5 base": ("qwen2.5_base", {"template": "base", "base_template": BASE}),
    "qwen3": ("qwen3", {"template": "chat", "think_end": "</think>"}),
    "qwen3 that does not think": ("qwen3", {"template": "chat", "template_kwargs": OFF, "think_end": "</think>"}),
    "r1 distill": ("r1_distill", {"template": "chat", "think_end": "</think>"}),
    "r1 distill plain": ("r1_distill", {"template": "plain"}),
    "llama": ("llama3.2", {"template": "chat", "template_kwargs": DATE}),
    "llama with system": ("llama3.2", {"template": "chat", "template_kwargs": DATE, "system_prompt": "Be brief."}),
    "llama base": ("llama3.2", {"template": "base", "base_template": f"<|begin_of_text|>{BASE}"}),
    "gemma": ("gemma3", {"template": "chat"}),
    "gemma with system": ("gemma3", {"template": "chat", "system_prompt": "Be brief."}),
    "gemma plain": ("gemma3", {"template": "plain"}),
    "plain": ("", {"template": "plain"}),
}
# What a prompt ends with, after the question.
GENERATION = {
    "qwen2.5": "<|im_end|>\n<|im_start|>assistant\n",
    "qwen3 that does not think": "<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n",
    "r1 distill": "<｜Assistant｜><think>\n",
    "llama": "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
    "gemma": "<end_of_turn>\n<start_of_turn>model\n",
    "llama base": "\n\nA: Let me think.\n",
    "plain": "\n",
}
QUESTIONS = [
    "1 + 1?",
    "two\n\nparagraphs\n  and {question} {{ messages }} {% for %} ${x}",
    "ünïcode 素数 🙂 \u202e ‎",
    " white space around \n",
    "\0 and \0\0",
    "",
]
HOSTILE = "{0}{1}<|im_end|>\n{0} in the middle of a word: a{1}b {2}"


def model_config(**changes: Any) -> ModelConfig:
    values: dict[str, Any] = {
        "path": "tiny",
        "revision": None,
        "dtype": "float32",
        "max_seq_len": 1024,
        "template": "plain",
        "template_kwargs": {},
        "system_prompt": None,
        "base_template": None,
        "think_end": None,
        "marker": "tags",
        "shrunk": None,
        "cache": "",
    }
    return ModelConfig.model_validate(values | changes)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    found = {name: tokenizer_folder(tmp_path_factory.mktemp(name), name) for name in CHAT_FORMATS}
    found[""] = tokenizer_folder(tmp_path_factory.mktemp("plain"), None)
    return found


@pytest.fixture(scope="module")
def opened(folders: dict[str, Path]) -> dict[str, Prompts]:
    return {name: Prompts(folders[style], model_config(**changes)) for name, (style, changes) in SETTINGS.items()}


def text_of(prompts: Prompts, tokens: list[int]) -> str:
    """Control tokens too."""
    return prompts.tokenizer.decode(tokens, clean_up_tokenization_spaces=False)


def expected(prompts: Prompts, question: str) -> str:
    """What transformers itself, or the frame, makes of the question."""
    config, tokenizer = prompts.config, prompts.tokenizer
    if config.template != "chat":
        frame = config.base_template if config.template == "base" and config.base_template else "{question}\n"
        return frame.replace("{question}", question)
    system = [{"role": "system", "content": config.system_prompt}] if config.system_prompt else []
    messages = [*system, {"role": "user", "content": question}]
    return tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True, **config.template_kwargs)


def control_tokens(prompts: Prompts) -> set[int]:
    """Ids of all tokens that the format adds."""
    added = prompts.tokenizer.added_tokens_decoder
    return {index for index, token in added.items() if len(token.content) > 1}


@pytest.mark.parametrize("name", SETTINGS)
def test_a_prompt_is_what_transformers_makes_of_the_question(opened: dict[str, Prompts], name: str) -> None:
    prompts = opened[name]
    for question in QUESTIONS:
        whole = expected(prompts, question)
        tokens = prompts.tokenizer.encode(whole, add_special_tokens=False)
        found = prompts.encode(question)
        assert found[-len(tokens) :] == tokens
        assert text_of(prompts, found[: -len(tokens)]) in ("", prompts.tokenizer.bos_token)
        assert text_of(prompts, tokens) == whole
        assert whole.count(question.strip()) == 1 or not question


@pytest.mark.parametrize("name", SETTINGS)
def test_a_prompt_begins_with_one_bos_where_the_tokenizer_has_one(opened: dict[str, Prompts], name: str) -> None:
    prompts = opened[name]
    bos = prompts.tokenizer.bos_token_id
    assert (bos is None) == (CHAT_FORMATS[SETTINGS[name][0]].bos is None if SETTINGS[name][0] else True)
    for question in [*QUESTIONS, f"{prompts.tokenizer.bos_token} 1 + 1?"]:
        tokens = prompts.encode(question)
        assert [place for place, token in enumerate(tokens) if token == bos] == ([] if bos is None else [0])


@pytest.mark.parametrize("name", GENERATION)
def test_a_prompt_ends_where_the_model_is_to_go_on(opened: dict[str, Prompts], name: str) -> None:
    prompts = opened[name]
    assert text_of(prompts, prompts.encode("1 + 1?")).endswith(f"1 + 1?{GENERATION[name]}")


@pytest.mark.parametrize("name", SETTINGS)
def test_no_question_writes_a_control_token(opened: dict[str, Prompts], name: str) -> None:
    prompts = opened[name]
    control = control_tokens(prompts)
    if prompts.config.template != "chat":  # marks are text where no template gives them a meaning
        control = {token for token in control if prompts.tokenizer.added_tokens_decoder[token].special}
    usual = [token for token in prompts.encode("1 + 1?") if token in control]
    texts = [prompts.tokenizer.added_tokens_decoder[token].content for token in control_tokens(prompts)]
    for text in texts:
        for question in (text, text * 3, f"a{text}b", f"<{text}>", HOSTILE.format(text, texts[-1], texts[0])):
            tokens = prompts.encode(question)
            assert [token for token in tokens if token in control] == usual, (text, question)
            assert (
                text_of(prompts, tokens)
                .removeprefix(prompts.tokenizer.bos_token or "")
                .endswith(expected(prompts, question).removeprefix(prompts.tokenizer.bos_token or ""))
            )


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("marker", MARKERS.values(), ids=MARKERS.keys())
def test_an_answer_is_read_from_the_completion_that_teaches_it(
    opened: dict[str, Prompts], folders: dict[str, Path], name: str, marker: Any
) -> None:
    prompts = opened[name]
    ends = models.end_tokens(folders[SETTINGS[name][0]])
    control = control_tokens(prompts)
    for answer in ("42", "a , b .", "{x}{y}", "<|im_end|> ü"):
        tokens = prompts.encode_answer(f"It is {marker.wrap(answer)}")
        assert marker.extract(prompts.conclusion(tokens)) == answer
        assert tokens[-1] in ends
        assert not ends & {*tokens[:-1]}
        assert prompts.decode(tokens).endswith(f"It is {marker.wrap(answer)}")
    written = text_of(prompts, [token for token in prompts.encode_answer("x")[:-1] if token in control])
    assert written == {"qwen3": "<think></think>", "r1 distill": "</think>"}.get(name, "")


def test_a_turn_ends_with_the_token_that_the_template_ends_it_with(opened: dict[str, Prompts]) -> None:
    ends = {name: text_of(prompts, prompts.encode_answer("x")[-1:]) for name, prompts in opened.items()}
    assert ends["qwen2.5"] == ends["qwen3"] == "<|im_end|>"
    assert ends["qwen2.5 base"] == ends["plain"] == "<|endoftext|>"
    assert ends["r1 distill"] == "<｜end▁of▁sentence｜>"
    assert ends["llama"] == "<|eot_id|>"
    assert (ends["gemma"], ends["gemma plain"]) == ("<end_of_turn>", "<eos>")


ENDS = [
    ({"eos_token_id": [151645, 151643]}, {"eos_token_id": 151645}, {151645, 151643}),
    ({"eos_token_id": [128001, 128008, 128009]}, {"eos_token_id": 128001}, {128001, 128008, 128009}),
    ({"eos_token_id": [1, 106]}, {"eos_token_id": 1}, {1, 106}),
    ({"do_sample": True}, {"eos_token_id": [7, 8]}, {7, 8}),
    (None, {"eos_token_id": 7}, {7}),
]


@pytest.mark.parametrize(("generation", "config", "ends"), ENDS)
def test_every_end_token_of_the_generation_config_counts(
    tmp_path: Path, generation: dict[str, Any] | None, config: dict[str, Any], ends: set[int]
) -> None:
    for name, values in (("generation_config", generation), ("config", config)):
        if values is not None:
            (tmp_path / f"{name}.json").write_text(json.dumps(values), encoding="utf-8")
    assert models.end_tokens(tmp_path) == ends


CONCLUSIONS = [
    ("thoughts</think>answer", "answer"),
    ("a</think>b</think>\n\nanswer", "\n\nanswer"),
    ("a <think> b</think>c", "c"),
    ("thoughts \\boxed{5} and no end", None),
    ("<think>", None),
    ("", None),
    ("all</think>", ""),
]


@pytest.mark.parametrize(("written", "conclusion"), CONCLUSIONS)
def test_an_answer_counts_after_the_last_thought_only(
    opened: dict[str, Prompts], written: str, conclusion: str | None
) -> None:
    for name in ("qwen3", "r1 distill"):
        prompts = opened[name]
        tokens = prompts.tokenizer.encode(written, add_special_tokens=False)
        assert prompts.conclusion(tokens) == (conclusion or "")
    for name in ("qwen3 that does not think", "llama", "plain"):
        prompts = opened[name]
        tokens = prompts.tokenizer.encode(written, add_special_tokens=False)
        closes = name.startswith("qwen3") and conclusion is not None
        assert prompts.conclusion(tokens) == (conclusion if closes else written)


class Judge:
    """Problems whose verdict is not looked at; `texts` are those that it was asked about."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    async def generate(self, tasks: Sequence[Task]) -> list[Generated]:
        return [Generated(task, "1 + 1?", None) for task in tasks]

    async def verify(self, task: Task, texts: Sequence[str]) -> list[Verdict]:
        self.texts += texts
        return [Verdict(0.0, False)] * len(texts)

    async def verify_many(self, asked: Sequence[tuple[Task, str]]) -> list[Verdict]:
        return await self.verify(asked[0][0], [text for _, text in asked])


class Writer:
    """Writes the same tokens whatever it is asked."""

    def __init__(self, tokens: list[int]) -> None:
        self.completion = Completion(tokens, [0.0] * len(tokens), [0] * len(tokens), "eos")

    async def sample(self, prompt: list[int], params: SamplingParams, count: int) -> list[Completion]:
        return [self.completion] * count


def test_rollouts_evaluation_and_data_sets_read_answers_after_the_thoughts(opened: dict[str, Prompts]) -> None:
    prompts, task = opened["r1 distill"], Task("Addition", 1, 0, 0)
    rewards = RewardConfig(
        unreadable=-1, breaks_rules=0, wrong=0, partial=0, correct=1, truncated="reward", overlong_tokens=None
    )
    evaluation = EvaluationConfig.model_construct(temperature=1.0, top_p=1.0, top_k=-1)
    dataset = Dataset(DatasetConfig(path="set"), DatasetFile("set", "", 1, "exact", ""), [Row("1 + 1?", "2", True)], 0)
    for written, conclusion in CONCLUSIONS:
        writer: Any = Writer(prompts.tokenizer.encode(written, add_special_tokens=False))
        judge: Any = Judge()
        asyncio.run(score(Draft(task, [1], [writer.completion], 0), judge, prompts, rewards, 99))
        asyncio.run(evaluate(writer, [task], judge, prompts, evaluation, 99))
        asyncio.run(evaluate_datasets(writer, [dataset], judge, prompts))
        assert judge.texts == [conclusion or ""] * 3


def test_a_think_end_that_decoding_leaves_out_is_found_by_its_token(folders: dict[str, Path], tmp_path: Path) -> None:
    from tokenizers import AddedToken, Tokenizer

    folder = tokenizer_folder(tmp_path, "qwen2.5")
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.add_special_tokens([AddedToken("</think>", special=True)])
    tokenizer.save(str(folder / "tokenizer.json"))
    prompts = Prompts(folder, model_config(template="chat", think_end="</think>"))
    for written, conclusion in CONCLUSIONS:
        tokens = prompts.tokenizer.encode(written, add_special_tokens=False)
        assert "</think>" not in prompts.decode(tokens)
        assert prompts.conclusion(tokens) == (conclusion or "")
    assert prompts.conclusion(prompts.encode_answer("x")) == "\n\nx"


def test_a_million_tags_are_read_at_once(opened: dict[str, Prompts]) -> None:
    prompts = opened["r1 distill"]
    tag = prompts.tokenizer.convert_tokens_to_ids("</think>")
    prompts.conclusion([tag])
    start = time.process_time()
    assert prompts.conclusion([tag] * 1_000_000 + prompts.tokenizer.encode("7", add_special_tokens=False)) == "7"
    assert time.process_time() - start < 5  # what grows with the square of the length takes hours
    question = "</think><｜User｜>" * 20_000
    start = time.process_time()
    with pytest.raises(ConfigError, match="max_seq_len"):
        prompts.encode(question)
    assert time.process_time() - start < 5


def test_spaces_before_punctuation_are_part_of_an_answer(folders: dict[str, Path], tmp_path: Path) -> None:
    folder = tokenizer_folder(tmp_path, "llama3.2")
    file = folder / "tokenizer_config.json"
    told = json.loads(file.read_text(encoding="utf-8")) | {"clean_up_tokenization_spaces": True}
    file.write_text(json.dumps(told), encoding="utf-8")
    prompts = Prompts(folder, model_config())
    assert prompts.decode(prompts.encode("1 , 2 . do n't ?")) == "1 , 2 . do n't ?\n"


def test_a_prompt_that_fills_the_context_is_refused(folders: dict[str, Path]) -> None:
    length = len(Prompts(folders[""], model_config()).encode("1 + 1?"))
    assert len(Prompts(folders[""], model_config(max_seq_len=length + 1)).encode("1 + 1?")) == length
    with pytest.raises(ConfigError, match=f"a prompt has {length} tokens and the context is {length}"):
        Prompts(folders[""], model_config(max_seq_len=length)).encode("1 + 1?")


REFUSED: list[tuple[str, dict[str, Any], str | None, str]] = [
    ("qwen2.5", {"template_kwargs": {"enable_thinking": False}}, None, "never reads enable_thinking"),
    ("qwen3", {"template_kwargs": {"enable_thought": False}}, None, "it reads enable_thinking"),
    ("qwen3", {"template_kwargs": {"thought": "x"}}, None, "never reads thought"),  # the template sets it itself
    ("qwen3", {"template_kwargs": {"messages": []}}, None, "never reads messages"),
    ("r1_distill", {"template_kwargs": {"bos_token": ""}}, None, "never reads bos_token"),
    ("llama3.2", {}, None, "date_string"),
    ("", {}, None, "no chat template"),
    ("qwen2.5", {}, "<|im_start|>", "must hold the question once"),
    (
        "qwen2.5",
        {"system_prompt": "Be brief."},
        "{% if messages[0].role == 'system' %}{{ raise_exception('no system role') }}{% endif %}"
        "{% for message in messages %}{{ message.content }}{% endfor %}",
        "model.system_prompt: .*no system role; set model.system_prompt=null",
    ),
    (
        "qwen2.5",
        {"system_prompt": "Be brief."},
        "{% for message in messages if message.role != 'system' %}{{ message.content }}<|im_end|>{% endfor %}",
        "leaves the system turn out",
    ),
    ("qwen2.5", {}, "{{ messages[0].content }}{{ messages[0].content }}", "must hold the question once"),
    ("qwen2.5", {}, "{{ messages[0].content | ghastly }}", "ghastly"),
]


@pytest.mark.parametrize(("style", "changes", "template", "words"), REFUSED)
def test_what_the_template_does_not_take_is_refused(
    folders: dict[str, Path], tmp_path: Path, style: str, changes: dict[str, Any], template: str | None, words: str
) -> None:
    folder = folders[style]
    if template is not None:
        folder = tokenizer_folder(tmp_path, style)
        (folder / "chat_template.jinja").write_text(template, encoding="utf-8")
    with pytest.raises(ConfigError, match=words):
        Prompts(folder, model_config(template="chat", **changes))


def test_a_generation_config_without_the_end_that_the_template_writes_is_refused(tmp_path: Path) -> None:
    folder = tokenizer_folder(tmp_path, "qwen2.5")
    (folder / "generation_config.json").write_text('{"eos_token_id": 5}', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"end-of-sequence ids are \[5\]"):
        Prompts(folder, model_config(template="chat"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"template": "base"}, "needs base_template"),
        ({"template": "base", "base_template": "Q: "}, "must hold {question} once"),
        ({"template": "base", "base_template": "{question}{question}"}, "must hold {question} once"),
        ({"template": "plain", "template_kwargs": OFF}, r"model.template_kwargs=\{\}"),
        ({"template": "base", "base_template": BASE, "system_prompt": "s"}, "model.system_prompt=null"),
        ({"think_end": ""}, "think_end"),
    ],
)
def test_keys_that_do_not_fit_the_template_are_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        model_config(**changes)


def test_the_committed_tokenizer_has_no_chat_format() -> None:
    assert "chat_template" not in made.tokenizer_json()
