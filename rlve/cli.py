"""The command line. `train` and `evaluate` hand their arguments to Hydra; nothing heavy is imported before it is used.

Exit codes: 0 finished, 1 an error, 2 something was typed or configured wrongly, 130 interrupted.
"""

import argparse
import asyncio
import json
import os
import re
import sys
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, cast

from pydantic import BaseModel

import environments
from rlve.config import ConfigError, TrainConfig, validate

if TYPE_CHECKING:
    from omegaconf import DictConfig

USAGE = """\
usage: rlve COMMAND [arguments]

  train [key=value ...]     train; for example: rlve train experiment=quickstart
  evaluate [key=value ...]  measure the same configuration's model without training it
  envs list [--json]        every environment, its family and its task
  envs show NAME            problems of one environment: --difficulty 0,4,8 --seed 0
  doctor                    check this machine and this installation

`rlve train --cfg job` prints the configuration of a run, `rlve train --help` all options of Hydra."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code of one command."""
    name, *rest = sys.argv[1:] if arguments is None else arguments or ["--help"]
    if name in ("-h", "--help", "help"):
        print(USAGE)
        return 0
    if name not in COMMANDS:
        near = get_close_matches(name, COMMANDS, n=1, cutoff=0.0)[0]
        print(f"rlve: there is no command {name!r}; the nearest is {near}\n\n{USAGE}", file=sys.stderr)
        return 2
    return COMMANDS[name](rest)


def train(overrides: list[str]) -> int:
    """conf/train.yaml with the overrides, checked, then the driver."""
    return _run(overrides, lambda config: config)


def evaluate(overrides: list[str]) -> int:
    """A run of no rounds: its first evaluation is all that it does."""

    def without_training(config: TrainConfig) -> TrainConfig:
        rlve = config.rlve.model_copy(update={"num_rollout": 0})
        return config.model_copy(update={"rlve": rlve, "warm_start": None})

    return _run(overrides, without_training)


def _run(overrides: list[str], prepare: Callable[[TrainConfig], TrainConfig]) -> int:
    import hydra
    from hydra.errors import HydraException
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    def job(composed: "DictConfig") -> None:
        try:
            plain = OmegaConf.to_container(composed, resolve=True, throw_on_missing=True)
            config = prepare(validate(cast(dict[str, Any], plain)))
            from rlve import launch

            asyncio.run(launch.run(config))
        except (ConfigError, environments.EnvironmentNotFound, OmegaConfBaseException) as error:
            print(f"rlve: {error}", file=sys.stderr)
            # Hydra would print a traceback of an Exception; this is none.
            raise SystemExit(2) from error

    # Hydra then raises its own errors instead of printing them, and keeps tracebacks whole.
    os.environ.setdefault("HYDRA_FULL_ERROR", "1")
    sys.argv = [sys.argv[0], *overrides]
    try:
        hydra.main(version_base="1.3", config_path="pkg://conf", config_name="train")(job)()
    except HydraException as error:
        print(f"rlve: {_explain(str(error))}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("rlve: interrupted", file=sys.stderr)
        return 130
    return 0


def _explain(message: str) -> str:
    """Hydra's message; a key that does not exist gets the nearest one in place of the advice to add it."""
    unknown = re.match(r"Could not override '([^']*)'", message)
    if unknown is None:
        return message
    near = get_close_matches(unknown[1], ["experiment", *_keys(TrainConfig)], n=1, cutoff=0.0)[0]
    return f"{unknown[1]}: there is no such key; the nearest is {near}"


def _keys(section: type[BaseModel], prefix: str = "") -> list[str]:
    """Every dotted key of a configuration class."""
    keys: list[str] = []
    for name, field in section.model_fields.items():
        keys.append(prefix + name)
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            keys += _keys(inner, f"{prefix}{name}.")
    return keys


def envs(arguments: list[str]) -> int:
    """`envs list` and `envs show`."""
    parser = argparse.ArgumentParser(prog="rlve envs")
    commands = parser.add_subparsers(dest="command", required=True)
    listing = commands.add_parser("list", help="every environment, its family and its task")
    listing.add_argument("--json", action="store_true", help="one JSON array instead of a table")
    showing = commands.add_parser("show", help="problems of one environment")
    showing.add_argument("name", help="an environment's name, or path/to/file.py:ClassName")
    showing.add_argument("--difficulty", type=_levels, default=[0], metavar="0,4,8", help="levels, 0 by default")
    showing.add_argument("--seed", type=int, default=0, help="which problem of a level, 0 by default")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.command == "list":
            _list(chosen.json)
        else:
            _show(chosen.name, chosen.difficulty, chosen.seed)
        sys.stdout.flush()
    except environments.EnvironmentNotFound as error:
        print(f"rlve: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        # The reader has seen enough, as in `rlve envs list | head`; Python must not flush into the closed pipe at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _levels(text: str) -> list[int]:
    levels = text.split(",")
    if not all(level.isdecimal() for level in levels):
        raise argparse.ArgumentTypeError(f"expected levels such as 0 or 0,4,8, got {text!r}")
    return [int(level) for level in levels]


def _list(as_json: bool) -> None:
    rows = [
        (name, family, (environments.load(name).__doc__ or "").strip().split("\n")[0])
        for family, names in environments.families().items()
        for name in names
    ]
    if as_json:
        print(json.dumps([dict(zip(("name", "family", "task"), row, strict=True)) for row in rows], indent=1))
        return
    widths = [max((len(row[column]) for row in rows), default=0) for column in (0, 1)]
    for name, family, task in rows:
        print(f"{name:{widths[0]}}  {family:{widths[1]}}  {task}")


def _show(name: str, difficulties: list[int], seed: int) -> None:
    environment = environments.load(name)
    for difficulty in difficulties:
        problem = environments.generate(environment, difficulty, seed)
        sizes = ", ".join(f"{size}={value}" for size, value in environment.ladder(difficulty).items())
        print(f"--- {environment.__name__}, difficulty {difficulty} ({sizes}), seed {seed}")
        print(environments.question(problem))
        print(f"\nsolution: {problem.answer.render(problem.solution())}\n")


def doctor(arguments: list[str]) -> int:
    """Takes no arguments."""
    from rlve.doctor import run

    argparse.ArgumentParser(prog="rlve doctor", description="Check this machine and this installation.").parse_args(
        arguments
    )
    return run()


COMMANDS = {"train": train, "evaluate": evaluate, "envs": envs, "doctor": doctor}
