"""A page of all environments, each with a problem of its first level."""

import re

import environments
from environments.catalog import is_held_out
from rlve.authoring.listing import solution

HEAD = """\
# Environments

{count} environments in {families} families, {held_out} of them (*) held out for evaluation: `all`, families and
patterns leave those out, `held_out` and their exact names mean them. Every environment asks for more as its level
rises; the problems here are of level 0, seed 0. `rlve envs show NAME --difficulty 0,4,8` shows others, and
`rlve envs play NAME` lets you answer them. The framework adds to every question how the answer is to be written.

`rlve envs gallery` writes this page.
"""


def markdown() -> str:
    """The whole page."""
    families = environments.families()
    names = environments.names()
    parts = [HEAD.format(count=len(names), families=len(families), held_out=sum(map(is_held_out, names)))]
    for family, members in families.items():
        rows = "\n".join(map(_row, members))
        parts.append(
            f"## {family.replace('_', ' ').capitalize()} ({len(members)})\n\n"
            f"| environment | task | answer | a question | its solution |\n|---|---|---|---|---|\n{rows}\n"
        )
    return "\n".join(parts)


def _row(name: str) -> str:
    environment = environments.load(name)
    problem = environments.generate(environment, 0, 0)
    cells = [
        f"`{name}`{' *' if is_held_out(name) else ''}",
        *map(
            _cell,
            (
                (environment.__doc__ or "").strip(),
                problem.answer.hint(),
                problem.prompt(),
                solution(problem),
            ),
        ),
    ]
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    """Text of any kind inside a table: every sign that Markdown or HTML would read is written by its number."""
    escaped = re.sub(r"[^\w\s.,:;?!()/+='\"%-]|_", lambda sign: f"&#{ord(sign[0])};", text)
    return escaped.replace("\n", "<br>")
