"""`model=tiny`: a Qwen3 of 1.15 M parameters, made here, with a byte-level tokenizer that knows the prompts' phrases.

The merges were learned once by scripts/train_tokenizer.py from the environments' own questions. Digits and letters that
stand alone are never merged, so numbers and letter sequences keep one token a symbol.
"""

import json
import shutil
from importlib.resources import files
from pathlib import Path
from typing import Any

END = "<|endoftext|>"
VOCABULARY = 1280
SEED = 0
_ARCHITECTURE: dict[str, Any] = {
    "vocab_size": VOCABULARY,
    "hidden_size": 128,
    "intermediate_size": 512,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 32,
    "max_position_embeddings": 1024,
    "tie_word_embeddings": True,
    "initializer_range": 0.05,
}


def make(cache: Path) -> Path:
    """The model's folder under `cache`; the same bytes on every machine with the same torch."""
    import torch
    from transformers import GenerationConfig, Qwen3Config, Qwen3ForCausalLM

    target = (cache / "tiny").resolve()
    assets = files("rlve.models") / "assets"
    tokenizer = (assets / "tiny_tokenizer.json").read_text(encoding="utf-8")
    stamp = json.dumps({"architecture": _ARCHITECTURE, "seed": SEED, "tokenizer": tokenizer})
    if (target / "stamp.json").is_file() and (target / "stamp.json").read_text(encoding="utf-8") == stamp:
        return target
    partial = target.with_name(f"{target.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    end = json.loads(tokenizer)["added_tokens"][0]["id"]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        model = Qwen3ForCausalLM(Qwen3Config(**_ARCHITECTURE, eos_token_id=end, pad_token_id=end, bos_token_id=None))
    model.generation_config = GenerationConfig(eos_token_id=end, pad_token_id=end)
    model.save_pretrained(partial)
    (partial / "tokenizer.json").write_text(tokenizer, encoding="utf-8")
    (partial / "tokenizer_config.json").write_text(
        json.dumps(
            {
                "tokenizer_class": "PreTrainedTokenizerFast",
                "eos_token": END,
                "pad_token": END,
                "model_max_length": _ARCHITECTURE["max_position_embeddings"],
                "clean_up_tokenization_spaces": False,
            }
        ),
        encoding="utf-8",
    )
    (partial / "stamp.json").write_text(stamp, encoding="utf-8")
    shutil.rmtree(target, ignore_errors=True)
    partial.rename(target)
    return target
