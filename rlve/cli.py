"""The command line. `train` and `evaluate` hand their arguments to Hydra; nothing heavy is imported before it is used.

Exit codes: 0 finished, 1 an error, 2 something was typed or configured wrongly, 130 interrupted.
"""

import argparse
import asyncio
import os
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pydantic import BaseModel, ValidationError

import environments
from rlve.config import ConfigError, LoraConfig, RLVEConfig, ServeConfig, TrainConfig, WandbConfig, validate

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from rlve.client import Client, Job, RoundMetrics

Section = TypeVar("Section", bound=BaseModel)

USAGE = """\
usage: rlve COMMAND [arguments]

  train [key=value ...]     train; for example: rlve train experiment=quickstart
  plan [key=value ...]      what such a run would do, need and take, without starting it: --json, --all, --rates FILE
  evaluate [key=value ...]  measure the same configuration's model without training it
  serve [key=value ...]     serve the Tinker API; for example: rlve serve model=tiny port=8000
  envs list [PATTERN ...]   every environment, its family, answer, levels and task: --json, --cost
  envs show NAME            problems of one environment: --difficulty 0,4,8 --seed 0
  envs play NAME            answer problems by hand and see the verdicts: --difficulty 0 --seed 0
  envs check NAME           put the contract to an environment, NAME or path/to/file.py: --json, --timeout SECONDS
  envs new NAME             write a starting file for an environment of your own: --path FILE.py, --family FAMILY
  envs gallery              write docs/environments.md
  submit --model NAME [key=value ...]
                            let a server run RLVE: --base-url URL, --watch; keys as in train (rlve., lora., wandb.)
  jobs [list|show|watch|pause|resume|stop] [MODEL_ID]
                            the runs of a server: --base-url URL
  export RUN TARGET         write a run's newest checkpoint, or one by its folder, as a plain model: --adapter, --dtype
  export-problems --environments NAMES --output FILE
                            problems, solutions and tasks as rows: --difficulty 0-4 --count N --format jsonl|parquet
  doctor                    check this machine and this installation
  doctor --cluster [key=value ...]
                            open a run's trainers and engines, and test what they promise: --report FILE.md

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


def plan(arguments: list[str]) -> int:
    """What the configuration would do; 1 where it does not fit."""
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException

    from rlve.plan import command

    try:
        return command.run(arguments)
    except HydraException as error:
        print(f"rlve: {_explain(str(error), TrainConfig)}", file=sys.stderr)
    except (ConfigError, environments.EnvironmentNotFound, OmegaConfBaseException) as error:
        print(f"rlve: {error}", file=sys.stderr)
    return 2


def serve(overrides: list[str]) -> int:
    """conf/serve.yaml with the overrides, checked, then the server until it is interrupted."""

    def act(plain: dict[str, Any]) -> None:
        config = validate(plain, ServeConfig)
        from rlve.server import app

        app.serve(config)

    return _composed("serve", overrides, act)


def _run(overrides: list[str], prepare: Callable[[TrainConfig], TrainConfig]) -> int:
    def act(plain: dict[str, Any]) -> None:
        config = prepare(validate(plain))
        from rlve import launch

        asyncio.run(launch.run(config))

    return _composed("train", overrides, act)


def _composed(name: str, overrides: list[str], act: Callable[[dict[str, Any]], None]) -> int:
    """Hydra composes conf/NAME.yaml with the overrides, as plain data."""
    import hydra
    from hydra.errors import HydraException
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    def job(composed: "DictConfig") -> None:
        try:
            plain = OmegaConf.to_container(composed, resolve=True, throw_on_missing=True)
            act(cast(dict[str, Any], plain))
        except (ConfigError, environments.EnvironmentNotFound, OmegaConfBaseException) as error:
            print(f"rlve: {error}", file=sys.stderr)
            # Hydra would print a traceback of an Exception; this is none.
            raise SystemExit(2) from error

    # Hydra then raises its own errors instead of printing them, and keeps tracebacks whole.
    os.environ.setdefault("HYDRA_FULL_ERROR", "1")
    sys.argv = [sys.argv[0], *overrides]
    try:
        hydra.main(version_base="1.3", config_path="pkg://conf", config_name=name)(job)()
    except HydraException as error:
        print(f"rlve: {_explain(str(error), ServeConfig if name == 'serve' else TrainConfig)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("rlve: interrupted", file=sys.stderr)
        return 130
    return 0


def _explain(message: str, whole: type[BaseModel]) -> str:
    """Hydra's message; a key that does not exist gets the nearest one in place of the advice to add it."""
    unknown = re.match(r"Could not override '([^']*)'", message)
    if unknown is None:
        return message
    near = get_close_matches(unknown[1], ["experiment", *_keys(whole)], n=1, cutoff=0.0)[0]
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
    """What there is for authors of environments: list, show, play, check, new, gallery."""
    from rlve.authoring import command

    return command.run(arguments)


def submit(arguments: list[str]) -> int:
    """Starts a run on a server; it goes on there when this command ends."""
    parser = argparse.ArgumentParser(
        prog="rlve submit", description="Let a server run RLVE. The key is read from TINKER_API_KEY."
    )
    _add_base_url(parser)
    parser.add_argument("--model", required=True, metavar="NAME", help="a base model of the server, such as local/tiny")
    parser.add_argument("--max-seq-len", type=int, metavar="TOKENS", help="the context; the server's default otherwise")
    parser.add_argument("--watch", action="store_true", help="show the rounds until the run ends")
    parser.add_argument(
        "settings", nargs="*", metavar="key=value", help="such as num_rollout=20, lora.rank=8 or wandb.project=NAME"
    )
    chosen = parser.parse_intermixed_args(arguments)

    def act(client: "Client") -> int:
        rlve, lora, wandb = settings(chosen.settings)
        job = client.start(chosen.model, rlve, lora, wandb, chosen.max_seq_len)
        print(f"{job.model_id} {job.status} on {client.base_url}")
        if chosen.watch:
            return _watch(client, job)
        print(f"follow it with: rlve jobs watch {job.model_id} --base-url {client.base_url}")
        return 0

    return _with_client(chosen.base_url, act)


def settings(words: Sequence[str]) -> tuple[RLVEConfig, LoraConfig | None, WandbConfig | None]:
    """key=value words, as for `train`: fields of RLVEConfig with or without `rlve.`, `lora.…`, `wandb.…`, lora=null."""
    from omegaconf import OmegaConf

    faulty = [word for word in words if not re.match(r"[\w.]+=", word)]
    if faulty:
        raise ConfigError(f"{faulty[0]}: expected key=value, such as num_rollout=20")
    given = cast(dict[str, Any], OmegaConf.to_container(OmegaConf.from_dotlist(list(words))))
    lora, wandb = given.pop("lora", {}), given.pop("wandb", None)
    rlve = {**given.pop("rlve", {}), **given}
    return (
        _checked(RLVEConfig, "", {**rlve, "enabled": True}),
        None if lora is None else _checked(LoraConfig, "lora.", lora),
        None if wandb is None else _checked(WandbConfig, "wandb.", wandb),
    )


def _checked(section: type[Section], prefix: str, given: Any) -> Section:
    try:
        return section.model_validate(given)
    except ValidationError as error:
        raise ConfigError(
            "\n".join(_fault(section, prefix, fault["loc"], fault) for fault in error.errors())
        ) from error


def _fault(section: type[BaseModel], prefix: str, place: tuple[int | str, ...], fault: Mapping[str, Any]) -> str:
    key = prefix + ".".join(map(str, place))
    if fault["type"] != "extra_forbidden":
        return f"{key or prefix}: {fault['msg'].removeprefix('Value error, ')}"
    near = get_close_matches(str(place[-1]), list(section.model_fields), n=1, cutoff=0.0)[0]
    return f"{key}: there is no such key; the nearest is {prefix}{near}"


def jobs(arguments: list[str]) -> int:
    """The runs of a server."""
    parser = argparse.ArgumentParser(
        prog="rlve jobs", description="The runs of a server. The key is read from TINKER_API_KEY."
    )
    _add_base_url(parser)
    parser.add_argument("action", nargs="?", default="list", choices=["list", "watch", *ORDERS])
    parser.add_argument("model_id", nargs="?", metavar="MODEL_ID", help="which run, as `rlve jobs` lists it")
    chosen = parser.parse_intermixed_args(arguments)
    if (chosen.action == "list") != (chosen.model_id is None):
        parser.error(f"{chosen.action} takes {'no' if chosen.action == 'list' else 'a'} MODEL_ID")

    def act(client: "Client") -> int:
        if chosen.action == "list":
            for job in client.jobs():
                print(_line(job))
            return 0
        if chosen.action == "watch":
            return _watch(client, client.job(chosen.model_id))
        job = ORDERS[chosen.action](client, chosen.model_id)
        print(_line(job))
        for name, level in job.levels.items() if chosen.action == "show" else ():
            accuracy = job.accuracy.get(name)
            print(f"  {name:24} level {level}" + (f"  accuracy {accuracy:.0%}" if accuracy is not None else ""))
        return 0

    return _with_client(chosen.base_url, act)


ORDERS: dict[str, Callable[["Client", str], "Job"]] = {
    "show": lambda client, model_id: client.job(model_id),
    "pause": lambda client, model_id: client.pause(model_id),
    "resume": lambda client, model_id: client.resume(model_id),
    "stop": lambda client, model_id: client.stop(model_id),
}


def _add_base_url(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--base-url", metavar="URL", help="the server; TINKER_BASE_URL or http://127.0.0.1:8000 otherwise"
    )


def _with_client(base_url: str | None, act: Callable[["Client"], int]) -> int:
    from rlve.client import Client, NoServer, ServerError

    try:
        return act(Client(base_url))
    except (ServerError, NoServer) as error:
        print(f"rlve: {error}", file=sys.stderr)
        return 1
    except ValueError as error:  # ConfigError too
        print(f"rlve: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("rlve: interrupted; the run itself goes on", file=sys.stderr)
        return 130


def _watch(client: "Client", job: "Job") -> int:
    """A line per round, until the run has ended."""
    width = len(str(job.num_rollout))
    ended = client.wait(job.model_id, lambda found: print(_round(found, job.num_rollout, width), flush=True))
    print(_line(ended))
    return 1 if ended.status == "failed" else 0


def _round(found: "RoundMetrics", rounds: int, width: int) -> str:
    metrics = found.metrics
    shown = {
        "reward": ("reward/mean", ".3f"),
        "accuracy": ("accuracy/mean", ".0%"),
        "useful prompts": ("rollout/effective_prompt_ratio", ".0%"),
        "seconds": ("seconds/round", ".1f"),
    }
    parts = [f"round {found.round + 1:{width}}/{rounds}"]
    parts += [f"{name} {metrics[key]:{form}}" for name, (key, form) in shown.items() if key in metrics]
    levels = [f"{name} {values['level']:.0f}" for name, values in found.environments.items() if "level" in values]
    return "  ".join(parts) + (f"  levels: {', '.join(levels)}" if levels else "")


def _line(job: "Job") -> str:
    line = f"{job.model_id}  {job.status}  round {job.finished_rounds}/{job.num_rollout}  {job.created_at}"
    return f"{line}  {job.error}" if job.error else line


def export(arguments: list[str]) -> int:
    """A checkpoint's model or adapter, for transformers, peft and vLLM."""
    parser = argparse.ArgumentParser(
        prog="rlve export", description="Write a checkpoint as a plain model folder, with its tokenizer."
    )
    parser.add_argument("source", metavar="RUN", help="a run's folder, for its newest checkpoint, or a checkpoint's")
    parser.add_argument("target", metavar="TARGET", help="a folder that is empty or does not exist")
    parser.add_argument("--adapter", action="store_true", help="the LoRA adapter in PEFT's layout, not merged")
    parser.add_argument("--dtype", choices=["float32", "bfloat16", "float16"], help="as trained otherwise")
    chosen = parser.parse_args(arguments)
    from rlve import export as exporting

    try:
        saved = exporting.export(Path(chosen.source), Path(chosen.target), chosen.adapter, chosen.dtype)
    except ConfigError as error:
        print(f"rlve: {error}", file=sys.stderr)
        return 2
    print(f"{chosen.target} has the {'adapter' if chosen.adapter else 'model'} of {saved}")
    return 0


def export_problems(arguments: list[str]) -> int:
    """Problems as rows, for other trainers and for supervised training."""
    from rlve.bridges import export_problems as exporting

    return exporting.run(arguments)


def doctor(arguments: list[str]) -> int:
    """This machine; with --cluster, the layout of a configuration, opened and put to the test."""
    parser = argparse.ArgumentParser(
        prog="rlve doctor",
        description="Check this machine and this installation; with --cluster, a run's layout on its own machines.",
    )
    parser.add_argument("--cluster", action="store_true", help="open the run's trainers and engines, and test them")
    parser.add_argument("--report", metavar="FILE.md", type=Path, help="write what was found, also after each line")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of lines")
    parser.add_argument(
        "--timeout", type=float, default=900, metavar="SECONDS", help="for each line, 900 by default; past it, it fails"
    )
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="as for `rlve train`: experiment=rlve_1.5b")
    chosen = parser.parse_intermixed_args(arguments)
    if not chosen.cluster:
        if chosen.overrides or chosen.report or chosen.json:
            parser.error("key=value, --report and --json belong to --cluster")
        from rlve.doctor import run

        return run()
    from rlve import doctor_report

    report = doctor_report.Report(chosen.overrides, chosen.report, chosen.json)

    def act(plain: dict[str, Any]) -> None:
        config = validate(plain)
        from rlve import cluster_doctor

        report.layout = cluster_doctor.layout(config)
        asyncio.run(cluster_doctor.examine(config, chosen.timeout, report.take))

    return _composed("train", chosen.overrides, act) or report.finish()


COMMANDS = {
    "train": train,
    "plan": plan,
    "evaluate": evaluate,
    "serve": serve,
    "envs": envs,
    "submit": submit,
    "jobs": jobs,
    "export": export,
    "export-problems": export_problems,
    "doctor": doctor,
}


if __name__ == "__main__":
    sys.exit(main())
