"""Models: a name or a path becomes a folder that transformers and vLLM open; LoRA wraps what is loaded from it."""

import json
import math
import shutil
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from rlve.config import ConfigError, LoraConfig, ModelConfig, ShrunkConfig
from rlve.models import chat_formats, families, hub, made

if TYPE_CHECKING:
    import numpy as np
    import torch
    from numpy.typing import NDArray
    from torch import nn

Gathered = Callable[[list[Any]], AbstractContextManager[Any]]
ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj")
MLP = ("gate_proj", "up_proj", "down_proj")
HEAD = "lm_head"
# In a folder of its own: vLLM takes every safetensors file beside config.json for weights.
TRAINER_STATE = Path("trainer") / "state.safetensors"
ADAPTER = "adapter_model.safetensors"
TOKENIZER = (
    "tokenizer.json",
    "tokenizer_config.json",
    "tokenizer.model",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.json",
    "vocab.txt",
    "merges.txt",
    "chat_template.jinja",
    "chat_template.json",
)
ADAPTER_CONFIG = "adapter_config.json"
MADE_HERE = ("tiny", "smollm2")


def folder(config: ModelConfig, weights: bool = True) -> Path:
    """The folder of the model's weights and tokenizer; `tiny` and `smollm2` are made first if they are not there.

    Several processes of a node may call it at once, and what has to be made or fetched is so once. weights False: only
    configuration and tokenizer are needed, of a model of any kind. ConfigError where the model cannot be had or used.
    """
    if config.shrunk is not None:
        return _shrunk(config, config.shrunk)
    path = Path(config.path).expanduser()
    local = config.path in MADE_HERE or path.is_dir()
    if local and config.revision is not None:
        raise ConfigError(
            f"model.revision: {config.path} is {'made here' if config.path in MADE_HERE else 'a folder'}, which has no "
            f"revisions; set model.revision=null, got {config.revision}"
        )
    if config.path in MADE_HERE:
        from transformers.utils import logging

        logging.disable_progress_bar()
        return import_module(f"rlve.models.{config.path}").make(Path(config.cache))
    if path.is_dir():
        if not (path / "config.json").is_file():
            raise ConfigError(f"model.path: {path} has no config.json; expected a Hugging Face model folder")
        if weights:
            families.architecture(families.read_config(path), str(path))
        return path.resolve()
    if path.is_absolute() or config.path.startswith((".", "~")) or config.path.count("/") != 1:
        raise ConfigError(
            f"model.path: {config.path} does not exist; expected a folder, a hub name such as Qwen/Qwen3-0.6B, "
            f"or {' or '.join(MADE_HERE)}"
        )
    return hub.fetch(config.path, config.revision, weights)


def _shrunk(config: ModelConfig, sizes: ShrunkConfig) -> Path:
    if config.path not in chat_formats.MODEL_FORMATS:
        raise ConfigError(
            f"model.shrunk: the architecture and chat format of {config.path} are not known here; known are "
            f"{', '.join(chat_formats.MODEL_FORMATS)}"
        )
    target = Path(config.cache) / f"shrunk-{config.path.replace('/', '--')}"
    return made.shrunk(
        config.path,
        target,
        dtype=config.dtype,
        chat_format=chat_formats.MODEL_FORMATS[config.path],
        max_position_embeddings=config.max_seq_len,
        **sizes.model_dump(),
    )


def load(path: Path, dtype: str, lora: LoraConfig | None, device: str = "cpu") -> "nn.Module":
    """The causal language model in `path`, wrapped by PEFT where `lora` is given; ConfigError for other families."""
    import torch
    from transformers import AutoModelForCausalLM

    families.architecture(families.read_config(path), str(path))
    model: Any = AutoModelForCausalLM.from_pretrained(path, dtype=getattr(torch, dtype), local_files_only=True)
    model.to(device).train()
    return model if lora is None else add_lora(model, lora)


def parameter_count(path: Path) -> int:
    """Of the weights in a folder, by their files' headers."""
    from safetensors import safe_open

    count = 0
    for file in path.glob("*.safetensors"):
        with safe_open(file, framework="np") as tensors:
            count += sum(math.prod(tensors.get_slice(name).get_shape()) for name in tensors.keys())  # noqa: SIM118
    return count


def target_logprobs(
    path: Path, dtype: str, tokens: "NDArray[np.int64]", targets: "NDArray[np.int64]"
) -> "NDArray[np.float32]":
    """Log-probability of each target [T] after the tokens [T] up to its place, by the folder's model on the CPU."""
    import torch

    model: Any = load(path, dtype, None)
    with torch.no_grad():
        lp = model(torch.from_numpy(tokens)[None]).logits[0].float().log_softmax(-1)
        return lp.gather(-1, torch.from_numpy(targets)[:, None]).squeeze(-1).numpy()


def load_tokenizer(path: Path) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(path, local_files_only=True)


def add_lora(model: Any, lora: LoraConfig) -> "nn.Module":
    import torch
    from peft import LoraConfig as PeftLoraConfig
    from peft import get_peft_model

    # PEFT draws the adapters from torch's global generator; a run must get the same ones whatever drew before.
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        # PEFT warns that merging an adapter of a tied output layer is wrong; `merged_weights` unties it.
        warnings.filterwarnings("ignore", message=".*tie_word_embeddings.*")
        torch.manual_seed(lora.seed or 0)
        return get_peft_model(
            model,
            PeftLoraConfig(
                r=lora.rank, lora_alpha=cast(int, lora.alpha), target_modules=lora_targets(lora), lora_dropout=0.0
            ),
        )


def lora_targets(lora: LoraConfig) -> list[str]:
    """The layers that get an adapter, by the last part of their name."""
    return [*ATTENTION] * lora.train_attn + [*MLP] * lora.train_mlp + [HEAD] * lora.train_unembed


def share_frozen(model: Any, frozen: "dict[str, torch.Tensor]") -> None:
    """Frozen parameters become those of `frozen`, by name; what it lacks is added to it."""
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            parameter.data = frozen.setdefault(checkpoint_name(name), parameter.data)


def merged_weights(model: Any, gathered: Gathered = nullcontext, keep: bool = True) -> "dict[str, torch.Tensor]":
    """Checkpoint name → full tensor with its adapter merged in, in the base's dtype, on the CPU.

    gathered: makes the parameters whole within a context (ZeRO 3), which all ranks enter and only those with `keep`
    copy from. An adapter on a tied output layer unties it.
    """
    return dict(each_merged_weight(model, gathered, keep))


def each_merged_weight(
    model: Any, gathered: Gathered = nullcontext, keep: bool = True
) -> "Iterator[tuple[str, torch.Tensor]]":
    """`merged_weights` one at a time; every rank goes through to the end, and only those with `keep` get any."""
    adapters = {name: module for name, module in model.named_modules() if hasattr(module, "get_delta_weight")}
    parts = [
        (checkpoint_name(name), parameter, adapters.get(name.removesuffix(".base_layer.weight")))
        for name, parameter in model.named_parameters()
        if ".lora_" not in name
    ]
    if f"{HEAD}.weight" not in {name for name, _, _ in parts}:
        # Tied: a parameter is listed once, as the input embedding.
        parts += [
            (f"{HEAD}.weight", adapter.base_layer.weight, adapter)
            for name, adapter in adapters.items()
            if name.endswith(HEAD)
        ]
    for name, parameter, adapter in parts:
        whole = None
        with gathered([parameter, *(adapter.parameters() if adapter is not None else [])]):
            if keep:
                weight = parameter.detach()
                if adapter is not None:
                    weight = weight + adapter.get_delta_weight("default").detach().to(weight.dtype)
                whole = weight.to("cpu", copy=True)
        if whole is not None:
            yield name, whole


def adapter_weights(model: Any, gathered: Gathered = nullcontext, keep: bool = True) -> "dict[str, torch.Tensor]":
    """The adapter's tensors by the names that PEFT gives them in a file, on the CPU."""
    tensors: dict[str, torch.Tensor] = {}
    for name, parameter in model.named_parameters():
        if ".lora_" in name:
            with gathered([parameter]):
                if keep:
                    tensors[name.replace(".default.", ".")] = parameter.detach().to("cpu", copy=True)
    return tensors


def adapter_files(base: Path, lora: LoraConfig, tensors: "Mapping[str, torch.Tensor]") -> dict[str, bytes]:
    """An adapter's folder in PEFT's layout: file name → content.

    Its base is named as PEFT can fetch it: by hub name and commit, or else by its folder.
    """
    from safetensors.torch import save

    name, revision = hub.origin(base) or (str(base), None)
    config = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": name,
        "revision": revision,
        "r": lora.rank,
        "lora_alpha": lora.alpha,
        "lora_dropout": 0.0,
        "bias": "none",
        "target_modules": lora_targets(lora),
        "inference_mode": True,
    }
    contiguous = {name: tensor.contiguous() for name, tensor in tensors.items()}
    return {ADAPTER_CONFIG: json.dumps(config, indent=1).encode(), ADAPTER: save(contiguous)}


def read_adapter(folder: Path) -> dict[str, bytes]:
    """What `adapter_files` made and `write_files` wrote."""
    return {name: (folder / name).read_bytes() for name in (ADAPTER_CONFIG, ADAPTER)}


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)


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


def vocabulary_size(path: Path) -> int:
    from transformers import AutoConfig

    return int(AutoConfig.from_pretrained(path, local_files_only=True).get_text_config().vocab_size)


def ties_embeddings(path: Path) -> bool:
    """The output layer is the input embedding."""
    from transformers import AutoConfig

    return bool(AutoConfig.from_pretrained(path, local_files_only=True).tie_word_embeddings)


def write_trainer_state(
    folder: Path, tensors: "Mapping[str, torch.Tensor]", step_count: int, base: Path, lora: LoraConfig | None
) -> None:
    """Beside a model's files: parameters and Adam moments in float32, named `parameter|kind`, and the steps so far.

    base, lora: what they were trained from, which `saved_adapter` needs.
    """
    from safetensors.torch import save_file

    target = folder / TRAINER_STATE
    target.parent.mkdir(parents=True, exist_ok=True)
    facts = {"step_count": str(step_count), "base": str(base)}
    if lora is not None:
        facts["lora"] = lora.model_dump_json()
    save_file(dict(tensors), target, metadata=facts)


def saved_steps(folder: Path) -> int:
    """Optimizer steps behind the weights that `Policy.save_weights` wrote to `folder`."""
    from safetensors import safe_open

    with safe_open(folder / TRAINER_STATE, framework="pt") as file:
        return int(file.metadata()["step_count"])


def saved_adapter(folder: Path) -> "tuple[dict[str, torch.Tensor], Path, LoraConfig] | None":
    """The adapter behind a checkpoint, in float32, its base and its settings; None where full weights were trained."""
    from safetensors import safe_open

    with safe_open(folder / TRAINER_STATE, framework="pt") as file:
        facts = file.metadata()
        if "lora" not in facts:
            return None
        kept = [name for name in file.keys() if name.endswith("|weight")]  # noqa: SIM118 (not a dict)
        tensors = {name.removesuffix("|weight").replace(".default.", "."): file.get_tensor(name) for name in kept}
    return tensors, Path(facts["base"]), LoraConfig.model_validate_json(facts["lora"])


def copy_tokenizer(source: Path, target: Path) -> None:
    """The tokenizer and its chat template."""
    for name in TOKENIZER:
        if (source / name).is_file():
            shutil.copyfile(source / name, target / name)


def write_folder(
    source: Path, target: Path, tensors: "Mapping[str, torch.Tensor]", max_shard_size: str = "5GB"
) -> None:
    """A model folder like `source` with other weights, in shards with an index where they are large.

    Configuration and tokenizer are copied, but for the dtype, which is that of `tensors`, and for a tied output layer,
    which is untied where `tensors` has one for it.
    """
    from huggingface_hub import save_torch_state_dict

    target.mkdir(parents=True, exist_ok=True)
    copy_tokenizer(source, target)
    if (source / "generation_config.json").is_file():
        shutil.copyfile(source / "generation_config.json", target / "generation_config.json")
    config = families.read_config(source)
    family = families.FAMILIES[families.architecture(config, str(source))]
    if f"{HEAD}.weight" in tensors and config.get("tie_word_embeddings", family.ties_embeddings):
        config["tie_word_embeddings"] = False
    (dtype,) = {str(tensor.dtype).removeprefix("torch.") for tensor in tensors.values()}
    # Configurations on the hub still have the older of the two names.
    config["torch_dtype" if "torch_dtype" in config else "dtype"] = dtype
    (target / "config.json").write_text(json.dumps(config, indent=2), encoding="utf-8")
    save_torch_state_dict(dict(tensors), target, max_shard_size=max_shard_size)


def read_weights(folder: Path) -> "dict[str, torch.Tensor]":
    """All tensors of a model folder, by their checkpoint names."""
    from safetensors.torch import load_file

    return {name: tensor for file in sorted(folder.glob("*.safetensors")) for name, tensor in load_file(file).items()}
