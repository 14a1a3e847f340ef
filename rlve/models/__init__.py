"""Models: a name or a path becomes a folder that transformers and vLLM open; LoRA wraps what is loaded from it."""

import json
import shutil
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rlve.config import ConfigError, LoraConfig, ModelConfig

if TYPE_CHECKING:
    import torch
    from torch import nn

ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj")
MLP = ("gate_proj", "up_proj", "down_proj")
HEAD = "lm_head"
# In a folder of its own: vLLM takes every safetensors file beside config.json for weights.
TRAINER_STATE = Path("trainer") / "state.safetensors"
MADE_HERE = ("tiny", "smollm2")


def folder(config: ModelConfig) -> Path:
    """The folder of the model's weights and tokenizer; `tiny` and `smollm2` are made first if they are not there."""
    if config.path in MADE_HERE:
        from transformers.utils import logging

        logging.disable_progress_bar()
        return import_module(f"rlve.models.{config.path}").make(Path(config.cache))
    path = Path(config.path).expanduser()
    if path.is_dir():
        if not (path / "config.json").is_file():
            raise ConfigError(f"model.path: {path} has no config.json; expected a Hugging Face model folder")
        return path.resolve()
    if path.is_absolute() or config.path.startswith((".", "~")) or config.path.count("/") != 1:
        raise ConfigError(
            f"model.path: {config.path} does not exist; expected a folder, a hub name such as Qwen/Qwen3-0.6B, "
            f"or {' or '.join(MADE_HERE)}"
        )
    return _from_hub(config.path)


def _from_hub(name: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled

    try:
        found = snapshot_download(name, allow_patterns=["*.json", "*.safetensors", "*.txt", "*.model", "*.jinja"])
    except (HfHubHTTPError, LocalEntryNotFoundError, OfflineModeIsEnabled, OSError) as error:
        raise ConfigError(
            f"model.path: {name} is neither a folder here nor could it be fetched from the hub "
            f"({type(error).__name__}); check the name, the network and HF_TOKEN for gated models"
        ) from error
    return Path(found)


def load(path: Path, dtype: str, lora: LoraConfig | None, device: str = "cpu") -> "nn.Module":
    """The causal language model in `path`, wrapped by PEFT where `lora` is given."""
    import torch
    from transformers import AutoModelForCausalLM

    model: Any = AutoModelForCausalLM.from_pretrained(path, dtype=getattr(torch, dtype), local_files_only=True)
    if getattr(model.config.get_text_config(), "final_logit_softcapping", None):
        raise ConfigError(f"model.path: {path} caps its logits, which log-probabilities here do not follow yet")
    model.to(device).train()
    return model if lora is None else add_lora(model, lora)


def load_tokenizer(path: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(path, local_files_only=True)


def add_lora(model: Any, lora: LoraConfig) -> "nn.Module":
    import torch
    from peft import LoraConfig as PeftLoraConfig
    from peft import get_peft_model

    if lora.train_unembed and model.config.tie_word_embeddings:
        raise ConfigError(
            "lora.config.train_unembed=true needs an output layer of its own, but this model ties it to the input "
            "embedding, and merged weights of one cannot be told to the engine without the other; "
            "set lora.config.train_unembed=false"
        )
    targets = [*ATTENTION] * lora.train_attn + [*MLP] * lora.train_mlp + [HEAD] * lora.train_unembed
    # PEFT draws the adapters from torch's global generator; a run must get the same ones whatever drew before.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(lora.seed or 0)
        return get_peft_model(
            model,
            PeftLoraConfig(r=lora.rank, lora_alpha=int(lora.alpha), target_modules=targets, lora_dropout=0.0),
        )


def causal_model(model: Any) -> Any:
    """The transformers model under a PEFT wrapper, or the model itself."""
    return model.get_base_model() if hasattr(model, "peft_config") else model


def checkpoint_name(name: str) -> str:
    """A PEFT parameter's base name as the Hugging Face checkpoint has it."""
    return name.removeprefix("base_model.model.").replace(".base_layer.", ".")


def end_tokens(path: Path | str) -> frozenset[int]:
    """Every end-of-sequence id that the model's generation config names, or its config where that is silent."""
    for name in ("generation_config.json", "config.json"):
        file = Path(path) / name
        found = json.loads(file.read_text(encoding="utf-8")).get("eos_token_id") if file.is_file() else None
        if found is not None:
            return frozenset([found] if isinstance(found, int) else found)
    raise ValueError(f"{path} names no eos_token_id in generation_config.json or config.json")


def write_trainer_state(folder: Path, tensors: "Mapping[str, torch.Tensor]", step_count: int) -> None:
    """Beside a model's files: parameters and Adam moments in float32, named `parameter|kind`, and the steps so far."""
    from safetensors.torch import save_file

    target = folder / TRAINER_STATE
    target.parent.mkdir(parents=True, exist_ok=True)
    save_file(dict(tensors), target, metadata={"step_count": str(step_count)})


def saved_steps(folder: Path) -> int:
    """Optimizer steps behind the weights that `Policy.save_weights` wrote to `folder`."""
    from safetensors import safe_open

    with safe_open(folder / TRAINER_STATE, framework="pt") as file:
        return int(file.metadata()["step_count"])


def write_folder(source: Path, target: Path, tensors: "Mapping[str, torch.Tensor]") -> None:
    """A model folder like `source` with other weights: configuration and tokenizer are copied."""
    from safetensors.torch import save_file

    target.mkdir(parents=True, exist_ok=True)
    for file in source.iterdir():
        if file.suffix in (".json", ".jinja", ".txt", ".model") and not file.name.endswith(".index.json"):
            shutil.copyfile(file, target / file.name)
    save_file(dict(tensors), target / "model.safetensors", metadata={"format": "pt"})
