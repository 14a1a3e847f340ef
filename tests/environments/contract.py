"""What every environment promises, one plain function per promise.

A check takes an environment, returns nothing and raises AssertionError with what was found and what to change.
As a program, `python -m tests.environments.contract NAME...` prints what a fresh process sees of the environments.
"""

import json
import math
import os
import pickle
import random
import re
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, is_dataclass
from functools import cache
from hashlib import blake2b
from inspect import getfile
from itertools import pairwise
from pathlib import Path
from random import Random
from statistics import fmean
from time import process_time
from typing import Any

from environments import BOXED, TAGS, Choice, Letters, Marker, Problem, Verdict, generate, judge, load, names, question
from environments.answers import Integer, Integers, Text
from environments.problem import EVALUATION_BIT
from tests.environments.oracles import BEST_FIRST, IS_CORRECT

Environment = type[Problem[Any]]
Check = Callable[[Environment], None]

ROOT = Path(__file__).parents[2]
DIGESTS = Path(__file__).with_name("digests")  # a file per family
MARKERS = (TAGS, BOXED)
LEVELS = (0, 1, 2, 4, 8)
SEEDS = range(20)
PROMPT_CHARS = 4000  # the budget up to which ladders are climbed
NEVER_LOADED = ("torch", "ray", "vllm", "numpy", "rlve", "sympy", "networkx")


@cache
def problem_at(environment: Environment, level: int, seed: int) -> Problem[Any]:
    """Checks share their problems, since making them is most of the work."""
    return generate(environment, level, seed)


def problems(environment: Environment) -> Iterator[tuple[int, int, Problem[Any]]]:
    """(level, seed, problem) on the levels that are checked closely."""
    for level in LEVELS:
        for seed in SEEDS:
            yield level, seed, problem_at(environment, level, seed)


@cache
def top(environment: Environment) -> int:
    """The highest level worth a check: the prompt budget is spent there, or the ladder no longer climbs."""
    highest = environment.top(PROMPT_CHARS)
    while highest > 0 and environment.ladder(highest) == environment.ladder(highest - 1):
        highest -= 1
    return highest


def demand(holds: bool, environment: Environment, message: str) -> None:
    if not holds:
        raise AssertionError(f"{environment.__name__}: {message}")


def judged(problem: Problem[Any], text: str, marker: Marker = TAGS) -> Verdict:
    """The verdict; an exception of the environment becomes a failed check that shows the text."""
    try:
        return judge(problem, text, marker)
    except Exception as error:
        raise AssertionError(
            f"{type(problem).__name__}: verify raised {error!r} on {text[:80]!r}; it must return a score or None for "
            f"every value that {type(problem.answer).__name__}.parse gives"
        ) from error


def is_correct(problem: Problem[Any], answer: Any) -> bool:
    """Whether the answer truly is correct, told without `verify`."""
    oracle = IS_CORRECT.get(type(problem).__name__)
    return answer == problem.solution() or (oracle is not None and oracle(problem, answer))


def _written(problem: Problem[Any]) -> str:
    return json.dumps(vars(problem), sort_keys=True, default=repr)


# 1


def check_solution_is_correct(environment: Environment) -> None:
    """The reference answer is found correct, whatever stands around it, also where problems are largest."""
    highest = top(environment)
    for level, seed, problem in [*problems(environment), (highest, 0, problem_at(environment, highest, 0))]:
        text = problem.answer.render(problem.solution())
        for marker, other in (MARKERS, MARKERS[::-1]):
            last = marker.wrap(f" {text}\n")
            for written in (
                marker.wrap(text),
                f"I try {marker.wrap('7')} first.\nNo, {last}\nThat is {other.opening} it.",
            ):
                verdict = judged(problem, written, marker)
                demand(
                    verdict == Verdict(1.0, True),
                    environment,
                    f"level {level}, seed {seed}: the solution must be judged correct, got {verdict} for {written!r}",
                )


# 2


def check_wrong_answers_are_not_correct(environment: Environment) -> None:
    """Changed solutions are refused, unless an oracle of the tests knows them for another correct answer."""
    for level, seed, problem in problems(environment):
        solution = problem.solution()
        rng = Random(seed)
        for wrong in problem.answer.corrupt(solution, rng):
            verdict = judged(problem, TAGS.wrap(problem.answer.render(wrong)))
            demand(
                verdict.correct == is_correct(problem, wrong),
                environment,
                f"level {level}, seed {seed}: {wrong!r} instead of {solution!r} is judged {verdict}; mend verify, or "
                "where several answers are correct add an independent test of them to tests/environments/oracles",
            )
            demand(
                verdict.correct or verdict.score <= 0.5, environment, f"a wrong answer earns {verdict.score}, over 0.5"
            )


# 3


def fingerprint(environment: Environment, solutions: bool = False) -> str:
    """A digest of the first problems of each level: what a changed `generate` or `prompt` changes."""
    digest = blake2b(digest_size=12)
    for level in LEVELS:
        for seed in (0, 1, 2, EVALUATION_BIT):
            problem = generate(environment, level, seed)
            digest.update(f"{level} {seed} {_written(problem)} {problem.prompt()}\n".encode())
            if solutions:
                digest.update(problem.answer.render(problem.solution()).encode())
    return digest.hexdigest()


def check_same_seed_gives_the_same_problem(environment: Environment) -> None:
    """Again in this process and in eight threads at once."""

    def draw() -> list[Problem[Any]]:
        return [generate(environment, level, seed) for level in LEVELS[:4] for seed in SEEDS[:5]]

    expected = draw()
    found: list[list[Problem[Any]]] = [draw()]
    threads = [threading.Thread(target=lambda: found.append(draw())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for other in found:
        demand(other == expected, environment, "the same seed gave two problems; draw everything from generate's rng")
    demand(len(found) == 9, environment, "generate fails in a thread")


@dataclass(frozen=True)
class Sighting:
    """What a fresh process, with strings hashed another way, sees of an environment."""

    fingerprint: str
    reached_out: list[str]  # audit events: files, sockets and programs opened by generate, prompt, solution or verify
    loaded: list[str]  # packages that no environment may need


@cache
def sightings(specs: tuple[str, ...]) -> dict[str, Sighting]:
    """By name or `file.py:Class`; one process sees them all, since starting it costs more than looking."""
    seen = subprocess.run(
        [sys.executable, "-m", "tests.environments.contract", *specs],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "20707"},
        check=True,
        capture_output=True,
        text=True,
    )
    return {spec: Sighting(**sighting) for spec, sighting in json.loads(seen.stdout).items()}


def _sighting(environment: Environment) -> tuple[Environment, Sighting]:
    name = environment.__name__
    if name in names() and load(name) is environment:
        return environment, sightings(tuple(names()))[name]
    spec = f"{getfile(environment)}:{name}"
    return load(spec), sightings((spec,))[spec]


def check_problems_do_not_depend_on_the_process(environment: Environment) -> None:
    """Iterating over a set of strings is what usually does."""
    environment, sighting = _sighting(environment)
    demand(
        fingerprint(environment, solutions=True) == sighting.fingerprint,
        environment,
        "another process makes other problems or solutions; iterate over lists or sorted(...), never over sets",
    )


@cache
def recorded_digests() -> dict[str, str]:
    """ "name version" → digest, of all families."""
    return {
        key: digest for file in sorted(DIGESTS.glob("*.json")) for key, digest in json.loads(file.read_text()).items()
    }


def check_problems_are_the_recorded_ones(environment: Environment, golden: dict[str, str] | None = None) -> None:
    """Golden digests: what (environment, version, difficulty, seed) names may only change with `version`."""
    golden = recorded_digests() if golden is None else golden
    key = f"{environment.__name__} {environment.version}"
    demand(key in golden, environment, f"{key!r} is not in digests/; run `python -m tests.environments.golden`")
    demand(
        golden[key] == fingerprint(environment),
        environment,
        "the problems are not those recorded for this version; raise `version`, then run "
        "`python -m tests.environments.golden`",
    )


# 4


def check_seeds_give_different_problems(environment: Environment) -> None:
    """Half of 40 prompts differ at level 0 and 95 % at level 4, also between training and evaluation."""
    for level, least in ((0, 0.5), (4, 0.95)):
        training = [problem_at(environment, level, seed).prompt() for seed in range(40)]
        evaluation = [generate(environment, level, seed | EVALUATION_BIT).prompt() for seed in range(40)]
        for prompts in (training, evaluation):
            share = len(set(prompts)) / len(prompts)
            demand(
                share >= least, environment, f"level {level}: {share:.0%} of 40 prompts differ, expected {least:.0%}"
            )
        kept = sum(a == b for a, b in zip(training, evaluation, strict=True)) + sum(
            a == b for a, b in pairwise(training)
        )
        demand(kept <= 2 * 40 * (1 - least), environment, f"level {level}: {kept} problems return under another seed")


# 5


def check_higher_levels_ask_more(environment: Environment) -> None:
    """Prompts never shrink by more than noise and grow over any four levels, up to the top."""
    first = max(len(question(problem_at(environment, 0, seed))) for seed in SEEDS)
    demand(first <= 400, environment, f"a question at level 0 has {first} characters, expected at most 400")
    highest = min(40, top(environment))
    demand(highest >= 4, environment, f"the ladder ends at level {highest}, expected to climb to 4 at least")

    def climbs(lower: int, higher: int, factor: float) -> bool:
        """A few problems tell where the step is clear; in doubt many are asked."""
        for count in (5, 40):
            before, after = (
                fmean(len(problem_at(environment, level, seed).prompt()) for seed in range(count))
                for level in (lower, higher)
            )
            if after > factor * before:
                return True
        return False

    near = [*range(min(highest, 9))]
    for lower, higher in pairwise(near):
        demand(climbs(lower, higher, 0.98), environment, f"level {higher} has shorter prompts than {lower}; never ease")
    for lower in [*near[:5], *range(8, highest - 3, 4)]:
        demand(
            lower + 4 > highest or climbs(lower, lower + 4, 1.0),
            environment,
            f"level {lower + 4} has no longer prompts than level {lower}; let the ladder climb, at most until it ends",
        )


# 6


def seconds(work: Callable[[], object], enough: float, attempts: int = 4) -> float:
    """CPU time of `work`, the best of a few attempts unless the first is good enough: other programs only slow it."""
    best = math.inf
    for _ in range(attempts):
        start = process_time()
        work()
        best = min(best, process_time() - start)
        if best <= enough:
            break
    return best


def check_generation_is_fast(environment: Environment) -> None:
    """500 problems per second, 99 % within 10 ms and all within 100 ms up to level 8; bounded at 20 and 40."""
    for highest, limit in ((20, 0.2), (40, 2.0)):
        level = min(highest, top(environment))
        for seed in range(2):
            taken = seconds(lambda level=level, seed=seed: generate(environment, level, seed), limit)
            demand(
                taken <= limit, environment, f"level {level}, seed {seed}: generate took {taken:.2f} s, limit {limit} s"
            )
    slow = 0
    for level in (0, 4, 8):
        for seed in range(1000, 1034):
            taken = seconds(lambda level=level, seed=seed: generate(environment, level, seed), 0.01)
            slow += taken > 0.01
            demand(taken <= 0.1, environment, f"level {level}, seed {seed}: generate took {taken:.3f} s, limit 0.1 s")
    demand(slow <= 1, environment, f"{slow} of 102 problems took over 10 ms to generate; bound the search")

    def ask() -> None:
        for seed in range(2000, 2020):
            for level in range(5):
                question(generate(environment, level, seed))

    taken = seconds(ask, 0.2)
    demand(taken <= 0.2, environment, f"{100 / taken:.0f} problems per second at levels 0 to 4, expected 500")


def check_verification_is_fast(environment: Environment) -> None:
    """5,000 verifications per second at levels 0 to 4, and no text takes over 10 ms."""
    sample = [problem_at(environment, level, seed) for level in (0, 1, 2, 4) for seed in SEEDS[:5]]
    texts = [TAGS.wrap(problem.answer.render(problem.solution())) for problem in sample]

    def verify() -> None:
        for _ in range(5):
            for problem, text in zip(sample, texts, strict=True):
                judge(problem, text)

    taken = seconds(verify, 0.02)
    demand(taken <= 0.02, environment, f"{100 / taken:.0f} verifications per second at levels 0 to 4, expected 5,000")
    for level in (4, min(20, top(environment))):
        problem = problem_at(environment, level, 0)
        for marker in MARKERS:
            for text in hostile_texts(problem, marker):
                taken = seconds(lambda p=problem, t=text, m=marker: judged(p, t, m), 0.01)
                demand(
                    taken <= 0.01,
                    environment,
                    f"level {level}: judging {len(text)} characters {text[:40]!r} took {1000 * taken:.0f} ms, "
                    "limit 10; look at lengths and ranges before anything costly",
                )


# 7

_INSIDES = (
    *(
        "",
        " ",
        "\n",
        "0",
        "1",
        "-1",
        "2",
        "7",
        "-0",
        "+5",
        "05",
        "1_0",
        "5.0",
        "1e9",
        "nan",
        "inf",
        "-inf",
        "1/2",
        "2,250",
    ),
    *("1,2", "1 2 3", "[1, 2, 3]", "(1)", "[]", "()", "[", "]", "1, 2, x", "1  2", "0 0", "-1 -2 -3", "3 2 1 0", "1;2"),
    *(
        "yes",
        "no",
        "YES",
        "true",
        "even",
        "odd",
        "a",
        "a b c",
        "abc",
        "A B",
        "none",
        "None",
        "x",
        "...",
        "{}",
        "{",
        "}}",
    ),
    *(
        "٣",
        "１２",
        "²",
        "π",
        "\x00",
        "\ud800",
        "\u200b7",
        "\u00a07",
        "é",
        "🙂",
        "$42$",
        "$$",
        "\\text{5}",
        "{5}",
        "**5**",
    ),
    *(
        "__import__('os').system('true')",
        "9**9**9",
        "lambda: 0",
        "%s%s%n",
        "<answer>5",
        "'; drop table",
        "-",
        "+",
        "--5",
    ),
    *("9" * 3999, "-" + "9" * 3999, "9" * 5000, "1" + ",000" * 900, "0 " * 2000, "1 " * 2000, "-1 " * 1300),
    *("a " * 2000, "z" * 4000, "ab" * 2000, "0" * 4000, "01" * 2000, "((((" * 1000, "[" * 4000),
    " ".join(map(str, range(1000))),
    " ".join(map(str, range(1, 1001))),
    " ".join(map(str, range(999, -1, -1))),
    " ".join(["9" * 400] * 10),
)


def hostile_texts(problem: Problem[Any], marker: Marker) -> list[str]:
    """Completions that look like nothing, like much, or nearly like the solution."""
    right = problem.answer.render(problem.solution())
    words = right.split() or [""]
    insides = [
        *_INSIDES,
        right,
        right + right,
        f"{right} {right}",
        right[:-1],
        right[::-1],
        " ".join(words[::-1]),
        right.upper(),
    ]
    for place in {0, len(words) // 2, len(words) - 1}:
        others = ("-1", "0", "9" * 300, str(len(words)), "-" + words[place], words[-1 - place], "")
        insides += [" ".join([*words[:place], word, *words[place + 1 :]]) for word in others]
    insides += [f"{words[0]} {right}", f"{right} {words[-1]}", (right + " ") * (4000 // (len(right) + 1))]
    if isinstance(problem.answer, Letters):
        insides.append(problem.answer.alphabet * (4000 // len(problem.answer.alphabet)))
    opening, closing = marker.opening, marker.closing
    return [
        *(marker.wrap(inside) for inside in insides),
        *("", "I do not know.", right, opening, closing, closing + opening, opening + right, right + closing),
        *(opening * 16_000, closing * 16_000, opening * 16_000 + right, opening + "x" * 200_000, "x" * 200_000),
        marker.wrap("7 " * 100_000),
    ]


def check_no_text_upsets_it(environment: Environment) -> None:
    """Whatever the model writes gets a score in [0, 0.5] or is truly correct; nothing raises."""
    for level in (0, 4):
        problem = problem_at(environment, level, 0)
        for marker in MARKERS:
            for text in hostile_texts(problem, marker):
                verdict = judged(problem, text, marker)
                if verdict.correct:
                    answer = problem.answer.parse(marker.extract(text) or "")
                    demand(is_correct(problem, answer), environment, f"level {level}: {text[:200]!r} is judged correct")
                else:
                    demand(
                        0.0 <= verdict.score <= 0.5 and verdict.error not in ("timeout", "crash"),
                        environment,
                        f"level {level}: {text[:80]!r} is judged {verdict}",
                    )
                    demand(
                        verdict.score == 0.0 or verdict.error == "none",
                        environment,
                        f"level {level}: {text[:80]!r} earns {verdict.score} with error {verdict.error}",
                    )


# 8


def _is_json(value: object) -> bool:
    if isinstance(value, list):
        return all(map(_is_json, value))
    if isinstance(value, dict):
        return all(type(key) is str and _is_json(entry) for key, entry in value.items())
    return type(value) in (int, str, bool)


def check_problem_survives_json_and_pickle(environment: Environment) -> None:
    """Fields hold JSON types, so a problem that was written and read is the same problem."""
    demand(is_dataclass(environment), environment, "an environment is a frozen dataclass")
    for level, seed, problem in problems(environment):
        for name, value in vars(problem).items():
            demand(_is_json(value), environment, f"field {name} = {str(value)[:80]} holds other than JSON types")
        text = json.dumps(vars(problem))
        demand(len(text) < 65_536, environment, f"level {level}: a problem takes {len(text)} bytes, limit 65,536")
        if seed < 5:
            read = environment(**json.loads(text))
            demand(
                read == problem, environment, f"level {level}, seed {seed}: the problem changes on its way through JSON"
            )
            demand(read.verify(problem.solution()) == 1.0, environment, "a problem read from JSON rejects its solution")
            demand(
                pickle.loads(pickle.dumps(problem)) == problem,
                environment,
                "a problem changes on its way through pickle",
            )


# 9


def check_no_constant_answer_does_well(environment: Environment) -> None:
    """Blind answers solve under 60 % at level 0 and under 35 % at level 4; `guessable` declares the exceptions."""
    declared = declared_rate(environment)
    two_answers = isinstance(environment.answer, Choice) and len(environment.answer.options) == 2
    for level, undeclared in ((0, 0.6), (4, 0.35)):
        limit = undeclared if declared is None else max(undeclared, declared + 0.1)
        if two_answers:
            limit = min(limit, 0.65)
        rate, guess = best_blind_rate(environment, level, 100)
        if rate > limit:  # one more look at more problems, since 100 may be lucky
            rate, guess = best_blind_rate(environment, level, 400)
        demand(
            rate <= limit,
            environment,
            f"level {level}: {guess} solves {rate:.0%}, limit {limit:.0%}; make it harder to guess and balance the "
            "answers, or declare `guessable` with the measured rate and the reason",
        )


def declared_rate(environment: Environment) -> float | None:
    """The number that `guessable` opens with: "0.50: two answers" or "50 %: two answers"."""
    if not environment.guessable:
        return None
    found = re.match(r"(\d+(?:\.\d+)?)\s*(%?)[^:]*:\s*\S", environment.guessable)
    demand(found is not None, environment, f'`guessable` must read "rate: reason", got {environment.guessable!r}')
    assert found is not None
    rate = float(found[1]) / (100 if found[2] else 1)
    demand(rate <= 1.0, environment, f"`guessable` declares the rate {rate}, expected at most 1 or 100 %")
    return rate


def best_blind_rate(environment: Environment, level: int, count: int) -> tuple[float, str]:
    """The share of problems that the luckiest answer solves which needs no work, and how it is made."""
    sample = [problem_at(environment, level, seed) for seed in range(count)]
    solutions = Counter(problem.answer.render(problem.solution()) for problem in sample)
    constants = [*("0", "1", "2", "3", "10", "-1", "yes", "no", ""), *(text for text, _ in solutions.most_common(3))]
    if isinstance(environment.answer, Choice):
        constants += environment.answer.options
    if isinstance(environment.answer, Integers):
        ((length, _),) = Counter(len(problem.solution()) for problem in sample).most_common(1)
        constants += [" ".join(map(str, range(first, first + length))) for first in (0, 1)]
    solved: Counter[str] = Counter()
    for problem in sample:
        guesses = {f"always {text!r}": text for text in constants} | _copies(problem)
        verdict: dict[str, bool] = {}
        for how, text in guesses.items():
            if text not in verdict:
                verdict[text] = judged(problem, TAGS.wrap(text)).correct
            solved[how] += verdict[text]
    how, best = solved.most_common(1)[0]
    return best / count, how


def _copies(problem: Problem[Any]) -> dict[str, str]:
    """Ways to copy from the prompt without understanding it."""
    words = re.findall(r"-?\w+", problem.prompt())
    numbers = [word for word in words if word.lstrip("-").isdigit()]
    copies = {
        f"word {place} of the prompt": words[place] for place in range(-6, 6) if -len(words) <= place < len(words)
    }
    if numbers:
        copies |= {f"number {place}": numbers[place] for place in range(-6, 6) if -len(numbers) <= place < len(numbers)}
    solution = problem.solution()
    if isinstance(solution, list | str) and not isinstance(problem.answer, Choice):
        count = len(solution)
        letters = [word for word in words if len(word) == 1]
        copies |= {
            "the last words": " ".join(words[-count:]),
            "the last letters or digits": " ".join(letters[-count:]),
            "the numbers": " ".join(numbers[-count:]),
            "the numbers turned around": " ".join(numbers[: -count - 1 : -1]),
        }
    if isinstance(problem.answer, Text):
        copies["the last line"] = problem.prompt().splitlines()[-1]
    return copies


# 10


def check_question_says_how_to_answer_and_not_what(environment: Environment) -> None:
    """The question ends with the answer's format and marker, and its end is not the solution."""
    told = 0
    sample = [problem_at(environment, level, seed) for level in (1, 4) for seed in SEEDS]
    for problem in sample:
        prompt = problem.prompt()
        demand(
            prompt == prompt.strip() and "\t" not in prompt and prompt.isascii(),
            environment,
            f"a prompt is ASCII text without white space around it, got {prompt[:200]!r}",
        )
        for marker in MARKERS:
            demand(
                question(problem, marker).endswith(f"Answer with {environment.answer.hint()}, as {marker.wrap('...')}"),
                environment,
                "the question must end with the answer's format and marker",
            )
            demand(
                marker.opening not in prompt, environment, f"the framework adds {marker.opening}, the prompt must not"
            )
        told += _tells(prompt, problem.answer.render(problem.solution()))
    declared = declared_rate(environment) or 0.0
    share = told / len(sample)
    demand(
        share <= max(0.35, declared),
        environment,
        f"{share:.0%} of the prompts end with their solution or hold it whole",
    )


def _tells(prompt: str, solution: str) -> bool:
    words, right = re.findall(r"[-\w]+", prompt), re.findall(r"[-\w]+", solution)
    if words[-len(right) :] == right:
        return True
    return len(right) >= 4 and f" {' '.join(right)} " in f" {' '.join(words)} "


# 11


def check_nothing_outside_is_touched(environment: Environment) -> None:
    """No global randomness, no change of the problem, no file, network or program, no heavy package."""
    before = random.getstate()
    for level in LEVELS[:4]:
        for seed in SEEDS[:5]:
            problem = generate(environment, level, seed)
            fields = _written(problem)
            solution = problem.answer.render(problem.solution())
            for text in (solution, "1 2 3", "a", "5"):
                judged(problem, TAGS.wrap(text))
            problem.prompt()
            demand(_written(problem) == fields, environment, "a problem changes when it is used")
            demand(
                problem.answer.render(problem.solution()) == solution,
                environment,
                "solution() differs at a second call",
            )
    demand(random.getstate() == before, environment, "the global random state changed; draw from generate's rng alone")
    _, sighting = _sighting(environment)
    demand(
        not sighting.reached_out, environment, f"an environment is closed in itself, but it did {sighting.reached_out}"
    )
    demand(not sighting.loaded, environment, f"an environment needs no {', '.join(sighting.loaded)}")


# 12


def check_better_answers_score_no_less(environment: Environment) -> None:
    """Integers: nearer is no worse. Everything else: hand-made answers, best first."""
    for _, _, problem in problems(environment):
        solution = problem.solution()
        if isinstance(problem.answer, Integer):
            for sign in (1, -1):
                _demand_falling(problem, [solution + sign * step for step in (1, 2, 5, 50, 10**4, 10**9)])
        if environment.__name__ in BEST_FIRST:
            _demand_falling(problem, BEST_FIRST[environment.__name__](problem))


def _demand_falling(problem: Problem[Any], answers: Sequence[Any]) -> None:
    verdicts = [(answer, judged(problem, TAGS.wrap(problem.answer.render(answer)))) for answer in answers]
    for (better, higher), (worse, lower) in pairwise(verdicts):
        demand(
            higher.score >= lower.score,
            type(problem),
            f"{better!r} earns {higher.score}, the worse {worse!r} {lower.score} in {problem.prompt()[:200]!r}",
        )


# 13


def check_catalogue_row_is_complete(environment: Environment) -> None:
    """Name, one sentence, answer format, version; what `rlve envs list` shows."""
    name = environment.__name__
    statement = environment.__dict__.get("__doc__") or ""
    demand(
        bool(re.fullmatch(r"[A-Z0-9][^\n]{5,110}\.", statement)) and not statement.startswith(f"{name}("),
        environment,
        f"the docstring must be one sentence on one line, got {statement!r}",
    )
    demand(re.fullmatch(r"[A-Z]\w+", name) is not None, environment, "a name is an identifier with a capital")
    demand(bool(environment.answer.hint().strip()), environment, "the answer type must say its format")
    demand(environment.version >= 1, environment, f"version must be 1 or more, got {environment.version}")
    frozen = getattr(environment, "__dataclass_params__", None)
    demand(frozen is not None and frozen.frozen, environment, "an environment is a frozen dataclass")


CHECKS: tuple[Check, ...] = (
    check_solution_is_correct,
    check_wrong_answers_are_not_correct,
    check_same_seed_gives_the_same_problem,
    check_problems_do_not_depend_on_the_process,
    check_problems_are_the_recorded_ones,
    check_seeds_give_different_problems,
    check_higher_levels_ask_more,
    check_generation_is_fast,
    check_verification_is_fast,
    check_no_text_upsets_it,
    check_problem_survives_json_and_pickle,
    check_no_constant_answer_does_well,
    check_question_says_how_to_answer_and_not_what,
    check_nothing_outside_is_touched,
    check_better_answers_score_no_less,
    check_catalogue_row_is_complete,
)


def _look(specs: Sequence[str]) -> dict[str, dict[str, Any]]:
    """This process' sightings; it is a fresh one, since an audit hook cannot be taken away again."""
    watched = ("open", "socket.", "subprocess.", "os.system", "os.exec", "os.remove", "os.listdir")
    events: list[str] = []

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event.startswith(watched):
            events.append(f"{event}({str(arguments[:1])[1:60]})")

    sys.addaudithook(hook)
    seen: dict[str, dict[str, Any]] = {}
    for spec in specs:
        environment = load(spec)
        events.clear()
        digest = fingerprint(environment, solutions=True)
        problem = generate(environment, 0, 0)
        for text in ("5", "1 2 3", "a b", problem.answer.render(problem.solution())):
            judge(problem, TAGS.wrap(text))
        loaded = [package for package in NEVER_LOADED if package in sys.modules]
        seen[spec] = {"fingerprint": digest, "reached_out": list(events), "loaded": loaded}
    return seen


if __name__ == "__main__":
    sys.stdout.write(json.dumps(_look(sys.argv[1:])))
