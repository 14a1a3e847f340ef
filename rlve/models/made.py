"""Models that are made on this machine: once, whichever of its processes asks first."""

import fcntl
import json
import shutil
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

from rlve.models.chat_formats import describe, set_chat_format
from rlve.models.shapes import Shape, named

STAMP = "stamp.txt"
END = "<|endoftext|>"


def once(target: Path, stamp: str, build: Callable[[Path], None]) -> Path:
    """`target`, built by `build` in a folder beside it unless it already bears the stamp.

    Before: no process holds the lock beside it; after: the folder is complete, and the others find it so.
    """
    target = target.resolve()
    if _bears(target, stamp):
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.with_name(f"{target.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _bears(target, stamp):
            return target
        partial = target.with_name(f"{target.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir()
        build(partial)
        (partial / STAMP).write_text(stamp, encoding="utf-8")
        shutil.rmtree(target, ignore_errors=True)
        partial.rename(target)
    return target


def _bears(target: Path, stamp: str) -> bool:
    return (target / STAMP).is_file() and (target / STAMP).read_text(encoding="utf-8") == stamp


def write_tokenizer(folder: Path, context: int) -> None:
    """The committed byte-level tokenizer, which takes any text."""
    (folder / "tokenizer.json").write_text(tokenizer_json(), encoding="utf-8")
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "eos_token": END,
        "pad_token": END,
        "model_max_length": context,
        "clean_up_tokenization_spaces": False,
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")


def tokenizer_json() -> str:
    return (files("rlve.models") / "assets" / "tiny_tokenizer.json").read_text(encoding="utf-8")


def end_token() -> int:
    """The id of END."""
    return int(json.loads(tokenizer_json())["added_tokens"][0]["id"])


def tokenizer_size() -> int:
    """The smallest vocabulary that a model needs to read every token."""
    found = json.loads(tokenizer_json())
    return 1 + max(*found["model"]["vocab"].values(), *(token["id"] for token in found["added_tokens"]))


def shrunk(
    shape: Shape | str,
    target: Path,
    seed: int = 0,
    dtype: str = "float32",
    chat_format: str | None = None,
    **changes: Any,
) -> Path:
    """A model folder of an architecture with random weights, at `target`; the same bytes for the same arguments.

    shape: or a name in SHAPES; changes: keys of config.json, such as num_hidden_layers=2. The tokenizer is the
    committed byte-level one, whose size vocab_size must reach; ids beyond it have no text, as some in real models.
    chat_format: one of CHAT_FORMATS; the model is then asked, and ends its turns, as those that have it.
    """
    shape = (named(shape) if isinstance(shape, str) else shape).with_changes(**changes)
    if shape.vocab_size < tokenizer_size():
        raise ValueError(f"vocab_size must be at least the tokenizer's {tokenizer_size()}, got {shape.vocab_size}")
    end = end_token()
    config = {**shape.config(), "dtype": dtype, "eos_token_id": end, "pad_token_id": end, "bos_token_id": None}
    stamp = json.dumps([config, seed, chat_format and describe(chat_format), tokenizer_json()], sort_keys=True)

    def build(folder: Path) -> None:
        import torch
        from transformers import AutoConfig, AutoModelForCausalLM, GenerationConfig

        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            model: Any = AutoModelForCausalLM.from_config(
                AutoConfig.for_model(**config), dtype=getattr(torch, dtype), attn_implementation="eager"
            )
            with torch.no_grad():
                for parameter in model.parameters():
                    # Fresh ones are all 0 or all 1, with which a bias or a norm that is lost would not be missed.
                    if parameter.dim() == 1:
                        parameter.add_(model.config.initializer_range * torch.randn_like(parameter))
        model.generation_config = GenerationConfig(eos_token_id=end, pad_token_id=end)
        model.save_pretrained(folder)
        (folder / "config.json").write_text(json.dumps(config, indent=2), encoding="utf-8")
        write_tokenizer(folder, shape.max_position_embeddings)
        if chat_format is not None:
            set_chat_format(folder, chat_format)

    return once(target, stamp, build)
