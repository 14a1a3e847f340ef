"""Sections of documents that a script writes, between two markers."""

from pathlib import Path


def write_section(document: Path, name: str, text: str) -> None:
    """Replaces what is between `<!-- NAME -->` and `<!-- /NAME -->`."""
    opening, closing = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    whole = document.read_text(encoding="utf-8")
    if whole.count(opening) != 1 or whole.count(closing) != 1:
        raise ValueError(f"{document}: expected one {opening.strip()} on a line of its own and one {closing} after it")
    before, rest = whole.split(opening)
    document.write_text(f"{before}{opening}{text}{closing}{rest.split(closing)[1]}", encoding="utf-8")


def table(head: list[str], rows: list[list[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
