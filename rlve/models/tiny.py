"""`model=tiny`: a Qwen3 of 1.15 M parameters, made here, with a byte-level tokenizer that knows the prompts' phrases.

The merges were learned once by scripts/train_tokenizer.py from the environments' own questions. Digits and letters that
stand alone are never merged, so numbers and letter sequences keep one token a symbol.
"""

import json
from pathlib import Path
from typing import Any

from rlve.models import made

VOCABULARY = 1280
SEED = 0
ARCHITECTURE: dict[str, Any] = {
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
    stamp = json.dumps({"architecture": ARCHITECTURE, "seed": SEED, "tokenizer": made.tokenizer_json()})
    return made.once(cache / "tiny", stamp, _build)


def _build(folder: Path) -> None:
    import torch
    from transformers import GenerationConfig, Qwen3Config, Qwen3ForCausalLM

    end = made.end_token()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        model = Qwen3ForCausalLM(Qwen3Config(**ARCHITECTURE, eos_token_id=end, pad_token_id=end, bos_token_id=None))
    model.generation_config = GenerationConfig(eos_token_id=end, pad_token_id=end)
    model.save_pretrained(folder)
    made.write_tokenizer(folder, ARCHITECTURE["max_position_embeddings"])
