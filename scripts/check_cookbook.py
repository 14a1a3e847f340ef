"""Ten steps each of two tinker-cookbook recipes, as published, against a running server: one JSON object.

`sl_loop` learns from conversations about sums; `math_rl` with env=arithmetic goes on from its checkpoint. `--local N`
adds the same two runs without a server, on LocalPolicy with N sampling seeds, and compares. The cookbook and what it
needs beyond .venv are installed into .cache/cookbook, once.

sl_loop chooses its renderer by the model's name, so the server must offer its model under a name that the cookbook
knows as a base model: rlve serve aliases=[Qwen/Qwen3-8B-Base], and python scripts/check_cookbook.py --local 3
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from random import Random
from statistics import mean
from typing import Any

from omegaconf import OmegaConf

from rlve import models
from rlve.config import ModelConfig

ROOT = Path(__file__).resolve().parents[1]
HOME = ROOT / ".cache" / "cookbook"
PACKAGES, WORK, LOGS = HOME / "packages", HOME / "work", HOME / "logs"

COOKBOOK = "tinker-cookbook==0.6.1"
NEEDS = (
    "blobfile==3.3.0",
    "chz==0.4.0",
    "datasets==5.2.0",
    "dill==0.4.1",
    "lxml==6.1.3",
    "multiprocess==0.70.19",
    "pandas==3.1.1",
    "pyarrow==26.0.1",
    "pycryptodomex==3.24.2",
    "pylatexenc==2.11",
    "pyrage==1.4.0",
    "python-dateutil==4.0.0",
    "termcolor==3.3.0",
    "xxhash==4.1.0",
)
"""What the two recipes import beyond rlve's own packages; each is installed without dependencies."""

STEPS = 10
RANK = 32
SL = {"batch_size": 128, "learning_rate": 0.01, "max_length": 512}
# max_tokens has room for three digits and the six tokens of the stop string, without which no answer is well-formed.
# Ten steps move adapters on random weights only with a large learning rate.
RL = {"group_size": 16, "groups_per_batch": 16, "learning_rate": 0.001, "max_tokens": 12}
RENDERER = "role_colon"
KNOWN = ("Qwen/Qwen3-8B-Base", "Qwen/Qwen3-30B-A3B-Base", "Qwen/Qwen3.5-9B-Base", "Qwen/Qwen3.5-35B-A3B-Base")
"""Names for which sl_loop chooses RENDERER, which needs no special tokens."""

README = """---
configs:
- config_name: default
  data_files:
  - {split: train, path: train.jsonl}
  - {split: test, path: test.jsonl}
---
Conversations about sums, made by scripts/check_cookbook.py with the columns of the data set of this name.
"""


class CheckError(Exception):
    """The check cannot be done; the message says what to change."""


def install() -> None:
    """The cookbook and NEEDS in a folder of their own, used beside this Python's packages."""
    wanted = "\n".join((sys.version, COOKBOOK, *NEEDS))
    stamp = HOME / "packages.txt"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return
    shutil.rmtree(PACKAGES, ignore_errors=True)
    stamp.unlink(missing_ok=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--quiet", "--disable-pip-version-check", "--no-deps"]
    done = subprocess.run([*pip, "--target", str(PACKAGES), COOKBOOK, *NEEDS], check=False)
    if done.returncode:
        raise CheckError(f"pip could not install {COOKBOOK} and its needs; its message is above")
    stamp.write_text(wanted, encoding="utf-8")


def tiny() -> ModelConfig:
    """conf/model/tiny.yaml, as a server at the root of this repository reads it."""
    plain: Any = OmegaConf.to_container(OmegaConf.load(ROOT / "conf" / "model" / "tiny.yaml"), resolve=True)
    return ModelConfig.model_validate(plain | {"cache": str(ROOT / plain["cache"])})


def lay_out(names: Sequence[str]) -> None:
    """The recipes' working directory: tokenizers and data in folders named as on the hub."""
    shutil.rmtree(WORK, ignore_errors=True)
    model = models.folder(tiny())
    for name in names:
        shutil.copytree(model, WORK / name, ignore=shutil.ignore_patterns("*.safetensors"))
    data = WORK / "HuggingFaceH4" / "no_robots"
    data.mkdir(parents=True)
    (data / "README.md").write_text(README, encoding="utf-8")
    rng = Random("conversations")
    for split, count in (("train", STEPS * SL["batch_size"]), ("test", 16)):
        rows = [conversation(f"{split}-{index}", rng.randrange(101), rng.randrange(101)) for index in range(int(count))]
        (data / f"{split}.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")


def conversation(name: str, x: int, y: int) -> dict[str, Any]:
    """Turns as env=arithmetic makes them: its example, then a question."""
    turns = (("What is 4 + 5?", "9"), (f"What is {x} + {y}?", str(x + y)))
    messages = [
        {"role": role, "content": text}
        for turn in turns
        for role, text in zip(("user", "assistant"), turn, strict=True)
    ]
    return {"prompt": turns[1][0], "prompt_id": name, "messages": messages, "category": "Closed QA"}


def environment(key: str) -> dict[str, str]:
    return os.environ | {
        "PYTHONPATH": str(PACKAGES),
        "TINKER_API_KEY": key,
        "HF_HUB_OFFLINE": "1",
        "HF_HOME": str(HOME / "hf"),
        "TOKENIZERS_PARALLELISM": "false",
    }


def offered(base_url: str, key: str) -> list[str]:
    """The server's names for its models."""
    request = urllib.request.Request(f"{base_url}/api/v1/get_server_capabilities", headers={"X-API-Key": key})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return [str(model["model_name"]) for model in json.load(answer)["supported_models"]]
    except urllib.error.HTTPError as error:
        raise CheckError(f"{base_url} answered {error.code}: is TINKER_API_KEY its key?") from error
    except urllib.error.URLError as error:
        raise CheckError(
            f"no server at {base_url} ({error.reason}); start one: rlve serve aliases=[{KNOWN[0]}]"
        ) from error


def run(module: str, options: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """A recipe's metrics, a row per step; what it says goes to a file beside its folder."""
    log = LOGS / module.rpartition("recipes.")[2]
    # sl_loop goes on from a checkpoint that it finds in its log_path; math_rl asks what to do with a folder there.
    shutil.rmtree(log, ignore_errors=True)
    LOGS.mkdir(parents=True, exist_ok=True)
    said = log.with_name(f"{log.name}.txt")
    words = [f"{name}={value}" for name, value in {**options, "log_path": log}.items()]
    print(f"python -m {module} {' '.join(words)}", file=sys.stderr)
    with said.open("w", encoding="utf-8") as output:
        command = [sys.executable, "-W", "ignore", "-m", module, *words]
        done = subprocess.run(command, cwd=WORK, env=environment(key), stdout=output, stderr=output, check=False)
    if done.returncode:
        tail = said.read_text(encoding="utf-8").splitlines()[-15:]
        raise CheckError("\n".join([f"{module} failed; the end of {said}:", *tail]))
    return [json.loads(line) for line in (log / "metrics.jsonl").read_text(encoding="utf-8").splitlines()]


def sl_loop(base_url: str, key: str, model: str) -> tuple[dict[str, Any], str]:
    """What the recipe measured, and where the server keeps what it learned."""
    options = {"base_url": base_url, "model_name": model, "lora_rank": RANK, "max_steps": STEPS, **SL}
    started = time.perf_counter()
    rows = run("tinker_cookbook.recipes.sl_loop", options, key)
    records = (LOGS / "sl_loop" / "checkpoints.jsonl").read_text(encoding="utf-8").splitlines()
    measured = {
        "loss": [row["train_mean_nll"] for row in rows if "train_mean_nll" in row],
        "seconds": round(time.perf_counter() - started, 1),
    }
    return measured, str(json.loads(records[-1])["state_path"])


def math_rl(base_url: str, key: str, model: str, checkpoint: str) -> dict[str, Any]:
    options = {
        "base_url": base_url,
        "model_name": model,
        "env": "arithmetic",
        "renderer_name": RENDERER,
        "lora_rank": RANK,
        "load_checkpoint_path": checkpoint,
        "loss_fn": "importance_sampling",
        "max_steps": STEPS,
        **RL,
    }
    started = time.perf_counter()
    rows = [row for row in run("tinker_cookbook.recipes.math_rl.train", options, key) if "env/all/reward/total" in row]
    names = {
        "reward": "env/all/reward/total",
        "correct": "env/all/correct",
        "format": "env/all/format",
        "kl_sample_train": "optim/kl_sample_train_v1",
    }
    measured: dict[str, Any] = {name: [row.get(column) for row in rows] for name, column in names.items()}
    return {**measured, "rise": rise(measured["reward"]), "seconds": round(time.perf_counter() - started, 1)}


def rise(rewards: Sequence[float]) -> float:
    """The last three steps' mean reward less the first three's."""
    return mean(rewards[-3:]) - mean(rewards[:3])


def local(seeds: int, model: str) -> list[dict[str, Any]]:
    """Both recipes' runs on LocalPolicy."""
    script = ROOT / "scripts" / "cookbook_local.py"
    command = [sys.executable, "-W", "ignore", str(script), "--model", model, "--seeds", str(seeds)]
    done = subprocess.run(command, cwd=WORK, env=environment("tml-none"), stdout=subprocess.PIPE, check=False)
    if done.returncode:
        raise CheckError(f"{script.name} failed; its message is above")
    return json.loads(done.stdout)


def verdict(found: dict[str, Any]) -> dict[str, bool]:
    """What must hold. Losses follow from data and seeds alone; rewards from draws too, so that a rise is compared."""
    losses, reward_rise = found["sl_loop"]["loss"], found["math_rl"]["rise"]
    held = {
        "ten_steps": len(losses) == len(found["math_rl"]["reward"]) == STEPS,
        "loss_falls": losses[-1] < losses[0] / 2,
        "reward_rises": reward_rise > 0.02,
    }
    if found["local"]:
        expected = found["local"][0]["sl_loop"]["loss"]
        rises = [run["math_rl"]["rise"] for run in found["local"]]
        held["loss_as_local"] = all(abs(a - b) <= 0.001 * b for a, b in zip(losses, expected, strict=True))
        held["rise_as_local"] = 0.5 * min(rises) <= reward_rise <= 1.5 * max(rises)
    return held


def check(base_url: str, key: str, names: Sequence[str], seeds: int) -> dict[str, Any]:
    known = next((name for name in KNOWN if name in names), None)
    if known is None:
        raise CheckError(
            f"sl_loop needs a model by one of the names {', '.join(KNOWN)}, the server offers {', '.join(names)}; "
            f"start it with aliases=[{KNOWN[0]}]"
        )
    model = next((name for name in names if name.startswith("local/")), known)
    install()
    lay_out(sorted({known, model}))
    found: dict[str, Any] = {"base_url": base_url, "sl_model": known, "rl_model": model}
    found["sl_loop"], checkpoint = sl_loop(base_url, key, known)
    found["math_rl"] = math_rl(base_url, key, model, checkpoint)
    found["local"] = local(seeds, model) if seeds else []
    found["held"] = verdict(found)
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--base-url", default="http://127.0.0.1:8000")
    parser.add_argument("--models", nargs="+", metavar="NAME", help="the server's names; it is asked otherwise")
    parser.add_argument("--local", type=int, default=0, metavar="N", help="LocalPolicy with so many seeds too")
    chosen = parser.parse_args()
    base_url, key = chosen.base_url.rstrip("/"), os.environ.get("TINKER_API_KEY", "tml-local")
    try:
        found = check(base_url, key, chosen.models or offered(base_url, key), chosen.local)
    except CheckError as error:
        print(f"check_cookbook: {error}", file=sys.stderr)
        return 2
    print(json.dumps(found, indent=1))
    return 0 if all(found["held"].values()) else 1


if __name__ == "__main__":
    raise SystemExit(main())
