"""Clauses of a formula in conjunctive normal form: 3 stands for x3 = 1 and -3 for x3 = 0."""

from collections.abc import Sequence
from random import Random

from environments import scores


def planted(rng: Random, variables: int, clauses: int, weights: Sequence[int]) -> tuple[list[list[int]], list[int]]:
    """Clauses and an assignment that satisfies them.

    weights: by how many literals of a clause are true, from 1 to all of them.
    """
    assignment = [rng.randrange(2) for _ in range(variables)]
    length = len(weights)
    drawn: list[list[int]] = []
    for true_count in rng.choices(range(1, length + 1), weights, k=clauses):
        chosen = rng.sample(range(1, variables + 1), length)
        true = chosen[:true_count]
        drawn.append([name if (assignment[name - 1] == 1) == (name in true) else -name for name in sorted(chosen)])
    return drawn, assignment


def satisfied(clauses: list[list[int]], variables: int, answer: list[int]) -> float | None:
    """The score of an assignment; None where it is none."""
    if len(answer) != variables or any(value not in (0, 1) for value in answer):
        return None
    count = sum(any(answer[abs(x) - 1] == (x > 0) for x in clause) for clause in clauses)
    return scores.share(count, len(clauses))


def written(clauses: list[list[int]]) -> str:
    return "\n".join(" ".join(map(str, clause)) for clause in clauses)
