"""Reads the data sets of a run, checks every row, and keeps those that are measured apart from those that train."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from hashlib import blake2b
from itertools import islice
from math import ceil
from pathlib import Path
from typing import Any, cast

import environments
from environments import catalog
from environments.answers import MARKERS
from environments.problem import question
from rlve.config import ConfigError, DatasetConfig, TrainConfig
from rlve.dataset_environment import PREFIX, DatasetFile, Row, environment
from rlve.prompts import Prompts

SHOWN_FAULTS = 3
FRAME_SLACK = 16  # tokens around a prompt beyond those around an empty one
VERSION_BYTES = 6  # so that JSON readers of 53-bit numbers keep it


@dataclass(frozen=True)
class Dataset:
    """A data set of a run. rows: in the order of their source, without repeats, of which there were `repeats`."""

    config: DatasetConfig
    file: DatasetFile
    rows: list[Row]
    repeats: int

    @property
    def name(self) -> str:
        return self.file.name

    @property
    def environment(self) -> str:
        """What it is called in tasks."""
        return f"{PREFIX}{self.name}"


@dataclass(frozen=True)
class Datasets:
    """The data sets that a run measures and those that it trains on; no question is in both."""

    measured: list[Dataset]
    trained: list[Dataset]

    @property
    def files(self) -> list[DatasetFile]:
        return [dataset.file for dataset in (*self.measured, *self.trained)]


def measured_sets(config: TrainConfig) -> dict[str, DatasetConfig]:
    """Name → data set, in the order of evaluation.datasets."""
    found: dict[str, DatasetConfig] = {}
    for entry in config.evaluation.datasets:
        name = entry if isinstance(entry, str) else entry.name
        if name in found:
            raise ConfigError(f"evaluation.datasets: {name!r} is named twice; names are those of the metrics")
        found[name] = _known(config, name, "evaluation.datasets") if isinstance(entry, str) else entry
    return found


def trained_sets(config: TrainConfig) -> dict[str, DatasetConfig]:
    """Name → data set of each `dataset:name` in the run's list of environments."""
    names = [entry.removeprefix(PREFIX) for entry in config.environment_list if entry.startswith(PREFIX)]
    if taken := sorted({*names} & {*environments.names()}):
        raise ConfigError(
            f"datasets.{taken[0]}: an environment has this name, and both would share its metrics; rename it"
        )
    return {name: _known(config, name, "rlve.environment_list") for name in names}


def named(config: TrainConfig) -> list[str]:
    """The run's environments, data sets as `dataset:name`; ConfigError where there are none."""
    trained_sets(config)
    measured_sets(config)
    names = [
        name
        for entry in config.environment_list
        for name in ([entry] if entry.startswith(PREFIX) else environments.resolve([entry]))
    ]
    if not names:
        raise ConfigError("environments: the list is empty; set environments=c4 or rlve.environment_list=[Sorting]")
    return list(dict.fromkeys(names))


def _known(config: TrainConfig, name: str, key: str) -> DatasetConfig:
    if name not in config.datasets:
        near = get_close_matches(name, config.datasets, n=1, cutoff=0.0)
        nearest = f"the nearest is {near[0]}" if near else "there is none"
        raise ConfigError(
            f"{key}: there is no data set {name!r}; {nearest}. Define it with '+datasets.{name}={{path: rows.jsonl}}'"
        )
    return config.datasets[name]


def prepare(config: TrainConfig) -> Datasets:
    """Every data set of the run: read, checked, written for the problem workers, and known to this process.

    ConfigError with the place of each fault; where a set is both measured and trained on, in part or by another name;
    where a set cannot be fetched.
    """
    folder = Path(config.model.cache).expanduser().resolve() / "datasets"
    measured, trained = measured_sets(config), trained_sets(config)
    if both := sorted(measured.keys() & trained.keys()):
        raise ConfigError(
            f"evaluation.datasets: {', '.join(both)} would be trained on as well; a set that trains is measured on the "
            f"share of its rows that datasets.{both[0]}.held_out says"
        )
    found = Datasets(
        [_open(name, dataset, folder, trains=False) for name, dataset in measured.items()],
        [_open(name, dataset, folder, trains=True) for name, dataset in trained.items()],
    )
    for training in found.trained:
        for other in found.measured:
            _require_apart(training, other)
    for dataset in (*found.measured, *found.trained):
        catalog.add(dataset.environment, environment(dataset.file))
    return found


def require_fit(datasets: Datasets, prompts: Prompts) -> None:
    """ConfigError where a prompt, or with it the answers that a measured set may have, would exceed the context.

    And where a suffix does not ask for the model's marker, without which no answer could be read.
    """
    opening = MARKERS[prompts.config.marker].opening
    for dataset in (*datasets.measured, *datasets.trained):
        if "{marker}" not in dataset.config.suffix and opening not in dataset.config.suffix:
            raise ConfigError(
                f"datasets.{dataset.name}.suffix: it must ask for the answer in {{marker}}, or in {opening}, which "
                f"model.marker={prompts.config.marker} reads, got {dataset.config.suffix!r}"
            )
        room = 1 if dataset in datasets.trained else dataset.config.max_tokens or 1
        longest = _longest_prompt(dataset, room, prompts)
        context = prompts.config.max_seq_len
        if longest + room > context:
            raise ConfigError(
                f"datasets.{dataset.name}.max_tokens: its longest prompt has {longest} tokens, and {room} more exceed "
                f"the context of {context}; set max_tokens to {context - longest} or less (null: what the context "
                "holds), or raise model.max_seq_len"
            )


def _longest_prompt(dataset: Dataset, room: int, prompts: Prompts) -> int:
    """Tokens of the longest prompt, or 0 where none can exceed the context with `room` more tokens."""
    kind, marker = environment(dataset.file), MARKERS[prompts.config.marker]
    frame = len(prompts.encode("")) + FRAME_SLACK
    longest = 0
    for row in dataset.rows:
        text = question(kind(row), marker)
        # A token stands for a byte at least.
        if frame + len(text.encode()) + room > prompts.config.max_seq_len:
            try:
                longest = max(longest, len(prompts.encode(text)))
            except ConfigError as error:
                raise ConfigError(f"data set {dataset.name}: {error}") from error
    return longest


def _require_apart(training: Dataset, measured: Dataset) -> None:
    shared = {_key(row.question) for row in training.rows} & {_key(row.question) for row in measured.rows}
    if shared:
        example = next(row.question for row in measured.rows if _key(row.question) in shared)
        raise ConfigError(
            f"datasets.{training.name}: {len(shared)} of its {len(training.rows)} questions are also in "
            f"{measured.name}, which is measured, such as {example[:80]!r}; remove them from the one or do not measure "
            "the other"
        )


def _open(name: str, config: DatasetConfig, folder: Path, trains: bool) -> Dataset:
    try:
        answered, repeats = checked(islice(read(config), config.limit), config)
    except ConfigError as error:
        raise ConfigError(f"datasets.{name}: {error}") from error
    apart = _held_out(answered, config.held_out) if trains else set(answered)
    rows = [Row(question, answer, question in apart) for question, answer in answered.items()]
    if not any(not row.held_out for row in rows) and trains:
        raise ConfigError(
            f"datasets.{name}: all of its {len(rows)} rows are held out; add rows or set datasets.{name}.held_out=0"
        )
    text = "".join(f"{json.dumps(row)}\n" for row in rows)
    digest = blake2b(f"{config.scoring}|{config.suffix}|{text}".encode(), digest_size=VERSION_BYTES)
    path = folder / f"{name}-{digest.hexdigest()}.jsonl"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f"{path.name}.{os.getpid()}")
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    file = DatasetFile(name, str(path), int.from_bytes(digest.digest()), config.scoring, config.suffix)
    return Dataset(config, file, rows, repeats)


def _held_out(questions: Iterable[str], share: float) -> set[str]:
    """A share of the questions, rounded up, that depends on what they say and not on their order."""
    ordered = sorted(questions, key=lambda question: blake2b(question.encode(), digest_size=16).digest())
    return set(ordered[: ceil(share * len(ordered))])


def checked(rows: Iterable[tuple[str, Mapping[str, Any]]], config: DatasetConfig) -> tuple[dict[str, str], int]:
    """Question → answer, and how many rows only repeated one. rows: (place, fields).

    ConfigError names the places of rows without a question or an answer, or whose question has two answers.
    """
    answers: dict[str, str] = {}
    places: dict[str, tuple[str, str]] = {}  # key of a question → its answer and its place
    repeats, count = 0, 0
    faults: list[str] = []
    for place, fields in rows:
        count += 1
        try:
            question, answer = _text(fields, config.question), _answer(fields, config)
        except ConfigError as error:
            faults.append(f"{place}: {error}")
            continue
        known = places.setdefault(_key(question), (answer, place))
        if known[0] != answer:
            faults.append(
                f"{place}: the question of {known[1]} again, with {answer[:80]!r} in place of {known[0][:80]!r}"
            )
        elif known[1] != place:
            repeats += 1
        else:
            answers[question] = answer
    if faults:
        more = f" (and {len(faults) - SHOWN_FAULTS} more)" if len(faults) > SHOWN_FAULTS else ""
        raise ConfigError(f"{len(faults)} of {count} rows cannot be used: {'; '.join(faults[:SHOWN_FAULTS])}{more}")
    if not answers:
        raise ConfigError(f"{config.path} has no rows")
    return answers, repeats


def _key(question: str) -> str:
    """Questions that differ in white space or case alone are one."""
    return " ".join(question.split()).casefold()


def _text(fields: Mapping[str, Any], name: str) -> str:
    if name not in fields:
        raise ConfigError(f"there is no field {name!r}; the fields are {', '.join(map(str, fields)) or 'none'}")
    value = fields[name]
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise ConfigError(f"the field {name!r} must be text or a number, got {json.dumps(value, default=str)[:80]}")
    if not value.strip():
        raise ConfigError(f"the field {name!r} is empty")
    return value


def _answer(fields: Mapping[str, Any], config: DatasetConfig) -> str:
    text = _text(fields, config.answer)
    if config.answer_after is not None:
        before, mark, text = text.rpartition(config.answer_after)
        if not mark:
            raise ConfigError(f"the field {config.answer!r} has no {config.answer_after!r}: {text[-80:]!r}")
        if not text.strip():
            raise ConfigError(f"the field {config.answer!r} ends with {config.answer_after!r}: {before[-80:]!r}")
    return text.strip()


def read(config: DatasetConfig) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(place, fields) of every row of the source; the place is for messages."""
    path = Path(config.path).expanduser()
    if path.suffix in (".jsonl", ".parquet"):
        for key in ("config", "split", "revision"):
            if getattr(config, key) is not None:
                raise ConfigError(f"{key} is for sets of the hub, and {config.path} is a file; set {key}=null")
        if not path.is_file():
            raise ConfigError(f"the file {path.resolve()} does not exist")
        return _jsonl(path) if path.suffix == ".jsonl" else _parquet(path, config)
    if not path.is_dir() and (config.path.count("/") != 1 or config.path.startswith((".", "~", "/"))):
        raise ConfigError(
            f"path must be a .jsonl or .parquet file, a folder or a hub name owner/name, got {config.path!r}"
        )
    return _hub(config)


def _jsonl(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            place = f"{path.name}, line {number}"
            try:
                value = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"))
            except ValueError as error:
                raise ConfigError(f"{place}: expected a JSON object in UTF-8, found {line[:60]!r} ({error})") from error
            if not isinstance(value, dict):
                raise ConfigError(f"{place}: expected a JSON object, found {type(value).__name__}: {line[:60]!r}")
            yield place, cast(dict[str, Any], value)


def _parquet(path: Path, config: DatasetConfig) -> Iterator[tuple[str, Mapping[str, Any]]]:
    from pyarrow import ArrowException
    from pyarrow.parquet import ParquetFile

    try:
        file: Any = ParquetFile(path)
        _require_columns(file.schema_arrow.names, config)
        batches = file.iter_batches(columns=list({config.question, config.answer}))
        rows = [row for batch in batches for row in batch.to_pylist()]
    except (ArrowException, OSError) as error:
        raise ConfigError(f"{path} cannot be read as parquet: {error}") from error
    for number, row in enumerate(rows, 1):
        yield f"{path.name}, row {number}", row


def _hub(config: DatasetConfig) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """By the `datasets` library, which knows how files make configs and splits; it runs no code of a set's own."""
    from datasets import load_dataset
    from datasets.exceptions import DatasetsError

    if config.split is None:
        raise ConfigError(f"split is missing: {config.path} is no file, so say which split, such as split=test")
    try:
        rows: Any = load_dataset(config.path, config.config, split=config.split, revision=config.revision)
    except (OSError, ValueError, RuntimeError, DatasetsError) as error:
        raise ConfigError(
            f"split {config.split!r} of {config.path} could not be fetched ({type(error).__name__}: {error}). "
            "Check path, config, split and revision; a gated set needs `hf auth login`; without a network, fetch a "
            "file of it elsewhere and set path to that file"
        ) from error
    _require_columns(rows.column_names, config)
    for number, row in enumerate(rows, 1):
        yield f"{config.path}, {config.split} row {number}", row


def _require_columns(names: Sequence[str], config: DatasetConfig) -> None:
    for key in ("question", "answer"):
        if getattr(config, key) not in names:
            raise ConfigError(f"{key}: there is no field {getattr(config, key)!r}; the fields are {', '.join(names)}")
