"""`rlve export-problems`: problems, their solutions and tasks as a file, for whoever trains or measures elsewhere."""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import environments
from environments.answers import MARKERS
from rlve.bridges.blocking import TIMEOUT_SECONDS, BlockingProblems
from rlve.bridges.rows import BATCH, Row, rows, single_turn, tasks


def run(arguments: Sequence[str]) -> int:
    """The exit code: 0 written, 1 no problem could be made, 2 something was typed wrongly."""
    chosen = _parser().parse_args(arguments)
    try:
        names = single_turn(chosen.environments)
    except environments.EnvironmentNotFound as error:
        print(f"rlve: {error}", file=sys.stderr)
        return 2
    wanted = tasks(names, chosen.difficulty, chosen.count, chosen.evaluation, chosen.seed)
    prompts: set[str] = set()
    count = 0

    def counted(found: Iterable[Row]) -> Iterable[Row]:
        nonlocal count
        for row in found:
            count += 1
            prompts.add(row["prompt"])
            yield row

    problems = BlockingProblems(chosen.workers, chosen.timeout, chosen.marker)
    partial = chosen.output.with_name(f".{chosen.output.name}.partial")
    try:
        partial.parent.mkdir(parents=True, exist_ok=True)
        WRITERS[chosen.format](partial, counted(rows(wanted, problems)))
        if count:
            partial.replace(chosen.output)
    finally:
        problems.close()
        partial.unlink(missing_ok=True)
    for failure in problems.failures:
        print(f"rlve: {failure}", file=sys.stderr)
    if not count:
        print("rlve: no problem could be made, and nothing was written", file=sys.stderr)
        return 1
    said = f"{chosen.output} has {count} problems of {len(names)} environments"
    said += f", {len(wanted) - count} could not be made" if count < len(wanted) else ""
    said += f", {count - len(prompts)} ask what another one asks" if len(prompts) < count else ""
    print(said)
    return 0


def write_jsonl(file: Path, found: Iterable[Row]) -> None:
    with file.open("w", encoding="utf-8") as opened:
        for row in found:
            opened.write(f"{json.dumps(row)}\n")


def write_parquet(file: Path, found: Iterable[Row]) -> None:
    import pyarrow as arrow
    from pyarrow import parquet

    texts = ("prompt", "solution", "task", "environment")
    schema: Any = arrow.schema([*((name, arrow.string()) for name in texts), ("difficulty", arrow.int64())])
    with parquet.ParquetWriter(file, schema) as writer:
        waiting: list[Row] = []
        for row in found:
            waiting.append(row)
            if len(waiting) == BATCH:
                writer.write_table(arrow.Table.from_pylist(waiting, schema))
                waiting = []
        writer.write_table(arrow.Table.from_pylist(waiting, schema))


WRITERS: dict[str, Callable[[Path, Iterable[Row]], None]] = {"jsonl": write_jsonl, "parquet": write_parquet}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="rlve export-problems",
        description="Write problems with their solutions and tasks to a file, the same ones at every call.",
    )
    parser.add_argument(
        "--environments", required=True, metavar="NAMES", help="names, families or patterns, such as Sorting,graphs"
    )
    parser.add_argument("--difficulty", type=_levels, default=[0], metavar="LEVELS", help="0,4,8 or 0-4; 0 by default")
    parser.add_argument(
        "--count", type=_count, default=1000, metavar="N", help="problems in all, 1000 by default, each level in turn"
    )
    parser.add_argument("--format", choices=sorted(WRITERS), default="jsonl")
    parser.add_argument("--output", type=Path, required=True, metavar="FILE")
    parser.add_argument(
        "--evaluation", action="store_true", help="the problems that `rlve evaluate` measures, which no run trains on"
    )
    parser.add_argument("--seed", type=int, default=0, help="another choice of the problems to train on; 0 by default")
    parser.add_argument("--marker", choices=sorted(MARKERS), default="tags", help="what is asked for around the answer")
    parser.add_argument("--workers", type=_count, default=2, metavar="N", help="processes, 2 by default")
    parser.add_argument(
        "--timeout", type=float, default=TIMEOUT_SECONDS, metavar="SECONDS", help="for a problem, 10 by default"
    )
    return parser


def _levels(text: str) -> list[int]:
    first, dash, last = text.partition("-")
    levels = (
        [str(level) for level in range(int(first), int(last) + 1)]
        if dash and text.replace("-", "", 1).isdecimal()
        else text.split(",")
    )
    if not levels or not all(level.isdecimal() for level in levels):
        raise argparse.ArgumentTypeError(f"expected levels such as 0,4,8 or 0-4, got {text!r}")
    return [int(level) for level in levels]


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"expected a number from 1 on, got {text!r}")
    return int(text)
