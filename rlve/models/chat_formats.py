"""Chat formats of models that recipes name: their control tokens and templates, for models that are made here.

Each template is our own and renders the same text as the model's for system, user and assistant turns; it knows no
tools. A model from the hub brings its own.
"""

import json
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class ChatFormat:
    """What a model's tokenizer and generation config say of a conversation.

    control: tokens that `decode(skip_special_tokens=True)` leaves out; marks: single tokens that it keeps. ends: those
    that end a completion. bos is put before every text, unless it is null.
    """

    bos: str | None
    eos: str
    ends: tuple[str, ...]
    control: tuple[str, ...]
    marks: tuple[str, ...] = ()


_THINK = ("<think>", "</think>")
_CHATML = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
CHAT_FORMATS = {
    "qwen2.5": ChatFormat(None, "<|im_end|>", ("<|im_end|>", "<|endoftext|>"), _CHATML),
    "qwen2.5_base": ChatFormat(None, "<|endoftext|>", ("<|endoftext|>",), _CHATML),
    "qwen3": ChatFormat(None, "<|im_end|>", ("<|im_end|>", "<|endoftext|>"), _CHATML, _THINK),
    "r1_distill": ChatFormat(
        "<｜begin▁of▁sentence｜>",
        "<｜end▁of▁sentence｜>",
        ("<｜end▁of▁sentence｜>",),
        ("<｜end▁of▁sentence｜>", "<｜begin▁of▁sentence｜>"),
        ("<｜User｜>", "<｜Assistant｜>", *_THINK),
    ),
    "llama3.2": ChatFormat(
        "<|begin_of_text|>",
        "<|eot_id|>",
        ("<|end_of_text|>", "<|eom_id|>", "<|eot_id|>"),
        (
            "<|begin_of_text|>",
            "<|end_of_text|>",
            "<|start_header_id|>",
            "<|end_header_id|>",
            "<|eom_id|>",
            "<|eot_id|>",
        ),
    ),
    "gemma3": ChatFormat(
        "<bos>", "<eos>", ("<eos>", "<end_of_turn>"), ("<eos>", "<bos>", "<start_of_turn>", "<end_of_turn>")
    ),
}
"""By the name of the template in `templates/`. Sources: each model's published tokenizer and generation config."""

MODEL_FORMATS = {
    "Qwen/Qwen2.5-1.5B": "qwen2.5_base",
    "Qwen/Qwen2.5-7B": "qwen2.5_base",
    "deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B": "r1_distill",
    "Qwen/Qwen3-0.6B": "qwen3",
    "Qwen/Qwen3-1.7B": "qwen3",
    "meta-llama/Llama-3.2-1B-Instruct": "llama3.2",
    "google/gemma-3-1b-it": "gemma3",
}
"""Hub name → its chat format."""


def chat_template(name: str) -> str:
    """The Jinja text of one of CHAT_FORMATS."""
    return (files("rlve.models") / "templates" / f"{name}.jinja").read_text(encoding="utf-8")


def describe(name: str) -> dict[str, Any]:
    """All that a chat format is, as JSON types."""
    return {**asdict(CHAT_FORMATS[name]), "template": chat_template(name)}


def set_chat_format(folder: Path, name: str) -> None:
    """Gives a model folder with a fast tokenizer the format: control tokens, BOS, template, end-of-sequence ids.

    Tokens that the tokenizer lacks get the next free ids; ValueError where the model's vocabulary has no room for them.
    """
    from tokenizers import AddedToken, Tokenizer
    from tokenizers.processors import TemplateProcessing

    style = CHAT_FORMATS[name]
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.add_special_tokens([AddedToken(text, special=True) for text in style.control])
    tokenizer.add_tokens([AddedToken(text, special=False, normalized=False) for text in style.marks])
    size = max(tokenizer.get_vocab().values()) + 1
    room = json.loads((folder / "config.json").read_text(encoding="utf-8"))["vocab_size"]
    if room < size:
        raise ValueError(f"vocab_size must be at least {size} for the tokens of {name}, got {room} in {folder}")
    if style.bos is not None:
        tokenizer.post_processor = TemplateProcessing(
            single=f"{style.bos} $A",
            pair=f"{style.bos} $A {style.bos} $B",
            special_tokens=[(style.bos, tokenizer.token_to_id(style.bos))],
        )
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "chat_template.jinja").write_text(chat_template(name), encoding="utf-8")
    _update(folder / "tokenizer_config.json", {"eos_token": style.eos, "bos_token": style.bos})
    ends = [tokenizer.token_to_id(text) for text in style.ends]
    bos = None if style.bos is None else tokenizer.token_to_id(style.bos)
    for file in ("generation_config.json", "config.json"):
        _update(folder / file, {"eos_token_id": ends, "bos_token_id": bos})


def _update(file: Path, values: dict[str, Any]) -> None:
    file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8")) | values, indent=2), encoding="utf-8")
