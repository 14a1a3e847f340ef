"""The commands of `rlve envs` and their arguments."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import environments
from rlve.authoring import check, gallery, listing, play, starting_file


def run(arguments: Sequence[str]) -> int:
    """The exit code: 0 done, 1 a promise is broken, 2 something was typed wrongly, 130 interrupted."""
    chosen = _parser().parse_args(arguments)
    try:
        code = _act(chosen)
        sys.stdout.flush()
    except (environments.EnvironmentNotFound, FileExistsError) as error:
        print(f"rlve: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nrlve: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader has seen enough, as in `rlve envs list | head`; Python must not flush into the closed pipe at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return code


def _act(chosen: argparse.Namespace) -> int:
    if chosen.command == "list":
        listing.list_environments(chosen.wanted, chosen.json, chosen.cost)
    elif chosen.command == "show":
        listing.show(chosen.name, chosen.difficulty, chosen.seed)
    elif chosen.command == "play":
        play.play(environments.load(chosen.name), chosen.difficulty, chosen.seed)
    elif chosen.command == "check":
        return check.check(_specs(chosen.wanted), chosen.timeout, chosen.json)
    elif chosen.command == "gallery":
        chosen.output.write_text(gallery.markdown(), encoding="utf-8")
        print(f"{chosen.output} is written")
    else:
        written = starting_file.write(chosen.name, chosen.path, chosen.family)
        print(f"{written} is written; next: rlve envs check {written}")
    return 0


def _specs(wanted: Sequence[str]) -> list[str]:
    """A user's file is opened by the child that checks it and by nobody else."""
    specs: list[str] = []
    for entry in wanted:
        specs += [entry] if ".py" in entry else listing.selected([entry])
    return specs


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="rlve envs")
    commands = parser.add_subparsers(dest="command", required=True)
    one = "an environment's name, or path/to/file.py:ClassName"

    listing = commands.add_parser("list", help="every environment, its family, answer, levels and task")
    listing.add_argument("wanted", nargs="*", metavar="PATTERN", help="names, families or patterns; all otherwise")
    listing.add_argument("--json", action="store_true", help="one JSON array instead of a table")
    listing.add_argument("--cost", action="store_true", help="measure milliseconds to make and to verify a problem")

    showing = commands.add_parser("show", help="problems of one environment")
    showing.add_argument("name", help=one)
    showing.add_argument("--difficulty", type=_levels, default=[0], metavar="0,4,8", help="levels, 0 by default")
    showing.add_argument("--seed", type=int, default=0, help="which problem of a level, 0 by default")

    playing = commands.add_parser("play", help="answer problems by hand and see the verdicts")
    playing.add_argument("name", help=one)
    playing.add_argument("--difficulty", type=_level, default=0, metavar="D", help="the level, 0 by default")
    playing.add_argument("--seed", type=int, default=0, help="the first problem of the level, 0 by default")

    checking = commands.add_parser("check", help="put the contract to environments; 1 where a promise is broken")
    checking.add_argument(
        "wanted", nargs="+", metavar="NAME", help=f"{one}, path/to/file.py for all in it, a family or a pattern"
    )
    checking.add_argument("--json", action="store_true", help="one JSON object instead of lines")
    checking.add_argument(
        "--timeout", type=float, default=30, metavar="SECONDS", help="for each promise, 30 by default; then it hangs"
    )

    showing_all = commands.add_parser("gallery", help="write every environment with an example as a Markdown page")
    showing_all.add_argument("--output", type=Path, default=Path("docs/environments.md"), metavar="FILE.md")

    starting = commands.add_parser("new", help="write a starting file that passes `envs check`")
    starting.add_argument("name", help="the class: TwoWords or Two_Words")
    place = starting.add_mutually_exclusive_group()
    place.add_argument("--path", type=Path, metavar="FILE.py", help="the file, name.py in this folder by default")
    place.add_argument("--family", help="a family of this package: the file goes into environments/FAMILY")
    return parser


def _level(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"expected a level such as 0 or 4, got {text!r}")
    return int(text)


def _levels(text: str) -> list[int]:
    levels = text.split(",")
    if not all(level.isdecimal() for level in levels):
        raise argparse.ArgumentTypeError(f"expected levels such as 0 or 0,4,8, got {text!r}")
    return [int(level) for level in levels]
