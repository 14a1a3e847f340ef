"""Our chat templates render what the models' own do; a tokenizer that gets a format reads it back."""

import json
from importlib.resources import files
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from rlve import models
from rlve.models import made
from rlve.models.chat_formats import CHAT_FORMATS, chat_template, set_chat_format

# trl keeps the templates of the hub byte for byte, under names of its own.
PUBLISHED = {
    "qwen2.5": "qwen2_5",
    "qwen3": "qwen3",
    "r1_distill": "deepseek_r1_distill",
    "llama3.2": "llama3_2",
    "gemma3": "gemma3",
}
CONVERSATIONS = [
    [("user", " one question\n")],
    [("system", " Be brief. "), ("user", "{{ braces }} {% and %} more\n\nlines")],
    [("user", "a"), ("assistant", "b")],
    [("user", "a"), ("assistant", "<think>\nthought\n</think>\n\nb")],
    [("system", "s"), ("user", "a"), ("assistant", "<think>\nt\n</think>\n\nb"), ("user", "a")],
    [("user", "a"), ("assistant", "b"), ("user", "a"), ("assistant", "t</think>c")],
]
SYSTEM = "<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant.<|im_end|>\n"
BASE_SYSTEM = "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n"
USER = "<|im_start|>user\n1 + 1?<|im_end|>\n<|im_start|>assistant\n"
DATES = "Cutting Knowledge Date: December 2023\nToday Date: 26 Jul 2024\n\n"
# What the models' cards document for the question "1 + 1?", without and with the system prompt "Be brief."
DOCUMENTED: list[tuple[str, dict[str, Any], str, str]] = [
    ("qwen2.5", {}, SYSTEM + USER, f"<|im_start|>system\nBe brief.<|im_end|>\n{USER}"),
    ("qwen2.5_base", {}, BASE_SYSTEM + USER, f"<|im_start|>system\nBe brief.<|im_end|>\n{USER}"),
    ("qwen3", {}, USER, f"<|im_start|>system\nBe brief.<|im_end|>\n{USER}"),
    (
        "qwen3",
        {"enable_thinking": False},
        f"{USER}<think>\n\n</think>\n\n",
        f"<|im_start|>system\nBe brief.<|im_end|>\n{USER}<think>\n\n</think>\n\n",
    ),
    (
        "r1_distill",
        {},
        "<｜begin▁of▁sentence｜><｜User｜>1 + 1?<｜Assistant｜><think>\n",
        "<｜begin▁of▁sentence｜>Be brief.<｜User｜>1 + 1?<｜Assistant｜><think>\n",
    ),
    (
        "llama3.2",
        {"date_string": "26 Jul 2024"},
        f"<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\n{DATES}<|eot_id|>"
        "<|start_header_id|>user<|end_header_id|>\n\n1 + 1?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
        f"<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\n{DATES}Be brief.<|eot_id|>"
        "<|start_header_id|>user<|end_header_id|>\n\n1 + 1?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
    ),
    (
        "gemma3",
        {},
        "<bos><start_of_turn>user\n1 + 1?<end_of_turn>\n<start_of_turn>model\n",
        "<bos><start_of_turn>user\nBe brief.\n\n1 + 1?<end_of_turn>\n<start_of_turn>model\n",
    ),
]


def tokenizer_folder(folder: Path, name: str | None, vocabulary: int = 1280) -> Path:
    """A model folder without weights, with the chat format of that name."""
    for file in ("config.json", "generation_config.json"):
        (folder / file).write_text(json.dumps({"vocab_size": vocabulary, "eos_token_id": 0}), encoding="utf-8")
    made.write_tokenizer(folder, 1024)
    if name is not None:
        set_chat_format(folder, name)
    return folder


@pytest.fixture(scope="module")
def tokenizers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in CHAT_FORMATS:
        folder = tokenizer_folder(tmp_path_factory.mktemp(name), name)
        found[name] = models.load_tokenizer(folder)
        ends = {found[name].convert_tokens_to_ids(text) for text in CHAT_FORMATS[name].ends}
        assert models.end_tokens(folder) == ends
        assert len(ends) == len(CHAT_FORMATS[name].ends)
    return found


def rendered(tokenizer: Any, turns: list[tuple[str, str]], template: str | None = None, **options: Any) -> str:
    messages = [{"role": role, "content": content} for role, content in turns]
    return tokenizer.apply_chat_template(messages, chat_template=template, tokenize=False, **options)


@pytest.mark.parametrize(("name", "options", "bare", "with_system"), DOCUMENTED)
def test_a_template_renders_the_documented_prompt(
    tokenizers: dict[str, Any], name: str, options: dict[str, Any], bare: str, with_system: str
) -> None:
    asked = [("user", "1 + 1?")]
    options = {**options, "add_generation_prompt": True}
    assert rendered(tokenizers[name], asked, **options) == bare
    assert rendered(tokenizers[name], [("system", "Be brief."), *asked], **options) == with_system


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_template_renders_what_the_published_one_renders(tokenizers: dict[str, Any], name: str) -> None:
    published = (files("trl") / "chat_templates" / f"{PUBLISHED[name]}.jinja").read_text(encoding="utf-8")
    assert published.rstrip("\n") != chat_template(name).rstrip("\n")
    variables: list[dict[str, Any]] = [{}, {"enable_thinking": False}, {"enable_thinking": True}, {"date_string": "D"}]
    for turns, prompted, kwargs in product(CONVERSATIONS, (False, True), variables):
        options = {**kwargs, "add_generation_prompt": prompted}
        ours, theirs = (rendered(tokenizers[name], turns, text, **options) for text in (None, published))
        assert ours == theirs


@pytest.mark.parametrize("name", CHAT_FORMATS)
def test_control_tokens_are_single_and_only_marks_are_text(tokenizers: dict[str, Any], name: str) -> None:
    tokenizer, style = tokenizers[name], CHAT_FORMATS[name]
    for text in (*style.control, *style.marks):
        tokens = tokenizer.encode(text, add_special_tokens=False)
        assert len(tokens) == 1
        assert tokenizer.decode(tokens, skip_special_tokens=True) == (text if text in style.marks else "")
    begins = tokenizer.encode("7")[: style.bos is not None]
    assert tokenizer.decode(begins) == (style.bos or "")


def test_a_vocabulary_without_room_for_the_control_tokens_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 116"):
        tokenizer_folder(tmp_path, "llama3.2", vocabulary=made.tokenizer_size())
    assert not (tmp_path / "chat_template.jinja").exists()
