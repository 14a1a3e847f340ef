"""What every environment promises, one plain function per promise: for the tests, and for files of a user's own.

A check takes the environment under examination, returns nothing and raises `Broken`: what was found, how to mend it.
As a program, `python -m environments.contract` shows what a fresh process sees of environments (see `FreshProcess`).
"""

import atexit
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
from contextlib import suppress
from dataclasses import dataclass, is_dataclass
from functools import cache, cached_property
from hashlib import blake2b
from inspect import getfile
from itertools import pairwise
from pathlib import Path
from random import Random
from statistics import fmean
from time import process_time
from typing import Any, NamedTuple, cast

from environments import bridges
from environments.answers import BOXED, TAGS, Choice, Integer, Integers, Marker, Text
from environments.catalog import load, names
from environments.hostile_texts import hostile_texts
from environments.problem import EVALUATION_BIT, Problem, Verdict, generate, highest, judge, question
from environments.session import Session, demonstration, outcome

Environment = type[Problem[Any]]

MARKERS = (TAGS, BOXED)
LEVELS = (0, 1, 2, 4, 8)
SEEDS = range(20)
PROMPT_CHARS = 4000  # the budget up to which ladders are climbed,
HIGHEST = 40  # but no further than this
NEVER_LOADED = ("torch", "ray", "vllm", "rlve")  # by any environment: every worker would hold it
NOT_IN_THE_PACKAGE = ("numpy", "sympy", "networkx")  # by those of this package


class Broken(AssertionError):
    """A promise that an environment does not keep. found: what, with the example; mend: what to change."""

    def __init__(self, environment: Environment, found: str, mend: str) -> None:
        super().__init__(f"{environment.__name__}: {found}; {mend}")
        self.found, self.mend = found, mend


class Hostility(NamedTuple):
    """A text, the verdict on it and the CPU seconds that the verdict took."""

    marker: Marker
    text: str
    verdict: Verdict
    seconds: float


class Subject:
    """An environment under examination and its problems, each made once, since making them is most of the work.

    What knows more of it than the contract can: `is_correct(problem, answer)` tells whether an answer is, written
    apart from `verify`, where several answers are; `best_first(problem)` gives answers in falling order of quality.
    """

    def __init__(
        self,
        environment: Environment,
        is_correct: Callable[[Any, Any], bool] | None = None,
        best_first: Callable[[Any], Sequence[Any]] | None = None,
    ) -> None:
        self.environment = environment
        self.best_first = best_first
        self._is_correct = is_correct
        self._problems: dict[tuple[int, int], Problem[Any]] = {}
        self._solutions: dict[tuple[int, int], Any] = {}
        self._seconds: dict[tuple[int, int], float] = {}
        self._hostilities: dict[int, list[Hostility]] = {}

    def problem(self, level: int, seed: int) -> Problem[Any]:
        key = level, seed
        if key not in self._problems:
            start = process_time()
            problem = generate(self.environment, level, seed)
            self._seconds[key] = process_time() - start
            self._problems[key] = problem
        return self._problems[key]

    def generation_seconds(self, level: int, seed: int) -> float:
        """CPU time that the problem took when it was made."""
        self.problem(level, seed)
        return self._seconds[level, seed]

    def solution(self, level: int, seed: int) -> Any:
        key = level, seed
        if key not in self._solutions:
            self._solutions[key] = self.problem(level, seed).solution()
        return self._solutions[key]

    def rendered(self, level: int, seed: int) -> str:
        return self.environment.answer.render(self.solution(level, seed))

    def problems(self) -> Iterator[tuple[int, int, Problem[Any]]]:
        """(level, seed, problem) on the levels that are checked closely."""
        for level in LEVELS:
            for seed in SEEDS:
                yield level, seed, self.problem(level, seed)

    @cached_property
    def top(self) -> int:
        """The highest level worth a check: the prompt budget is spent there, or the ladder no longer climbs."""
        level = highest(
            lambda level: max(len(question(self.problem(level, seed))) for seed in range(2)) <= PROMPT_CHARS, HIGHEST
        )
        ladder = self.environment.ladder
        while level > 0 and ladder(level) == ladder(level - 1):
            level -= 1
        return level

    def hostilities(self, level: int) -> list[Hostility]:
        """Texts that nobody would hope for, and what becomes of them at the level's first problem."""
        if level not in self._hostilities:
            problem = self.problem(level, 0)
            found: list[Hostility] = []
            for marker in MARKERS:
                for text in hostile_texts(problem, self.solution(level, 0), marker):
                    start = process_time()
                    verdict = self.judged(problem, text, marker)
                    found.append(Hostility(marker, text, verdict, process_time() - start))
            self._hostilities[level] = found
        return self._hostilities[level]

    @cached_property
    def sighting(self) -> "Sighting":
        """What this process sees; two environments have equal problems where their fingerprints are equal."""
        return look(self)

    def is_correct(self, level: int, seed: int, answer: Any) -> bool:
        """Whether the answer truly is correct, told without `verify`."""
        if answer == self.solution(level, seed):
            return True
        return self._is_correct is not None and self._is_correct(self.problem(level, seed), answer)

    def demand(self, holds: bool, found: str, mend: str) -> None:
        if not holds:
            raise Broken(self.environment, found, mend)

    def judged(self, problem: Problem[Any], text: str, marker: Marker = TAGS) -> Verdict:
        """The verdict; an exception of the environment becomes a broken promise that shows the text."""
        try:
            return judge(problem, text, marker)
        except Exception as error:
            *_, frame = _frames(error)
            raise Broken(
                self.environment,
                f"verify raised {error!r} ({frame}) on {text[:80]!r}",
                f"it must return 1.0, a score in [0, 0.5] or None for every value that "
                f"{type(problem.answer).__name__}.parse gives",
            ) from error


Check = Callable[[Subject], None]


def _frames(error: BaseException) -> Iterator[str]:
    """The places that an exception has passed: "sat.py, line 40"."""
    traceback = error.__traceback__
    while traceback is not None:
        yield f"{Path(traceback.tb_frame.f_code.co_filename).name}, line {traceback.tb_lineno}"
        traceback = traceback.tb_next


def _written(problem: Problem[Any]) -> str:
    return json.dumps(vars(problem), sort_keys=True, default=repr)


# 1


def check_solution_is_correct(subject: Subject) -> None:
    """The reference solution is judged correct, whatever stands around it, also where problems are largest."""
    for level, seed, problem in [*subject.problems(), (subject.top, 0, subject.problem(subject.top, 0))]:
        text = subject.rendered(level, seed)
        for marker, other in (MARKERS, MARKERS[::-1]):
            last = marker.wrap(f" {text}\n")
            for written in (
                marker.wrap(text),
                f"I try {marker.wrap('7')} first.\nNo, {last}\nThat is {other.opening} it.",
            ):
                verdict = subject.judged(problem, written, marker)
                subject.demand(
                    verdict == Verdict(1.0, True),
                    f"level {level}, seed {seed}: the solution must be judged correct, got {verdict} for {written!r}",
                    "mend `solution` or `verify`, or let the answer type write what it can read",
                )


# 2


def check_wrong_answers_are_not_correct(subject: Subject) -> None:
    """Changed solutions are refused, unless `is_correct` knows them for another correct answer."""
    for level, seed, problem in subject.problems():
        solution = subject.solution(level, seed)
        for wrong in problem.answer.corrupt(solution, Random(seed)):
            verdict = subject.judged(problem, TAGS.wrap(problem.answer.render(wrong)))
            subject.demand(
                verdict.correct == subject.is_correct(level, seed, wrong),
                f"level {level}, seed {seed}: {wrong!r} instead of {solution!r} is judged {verdict} in "
                f"{problem.prompt()[:200]!r}",
                "mend `verify`; where several answers are correct, an independent test must say so: "
                "`def is_correct(problem, answer) -> bool` beside the class, in the package's own tests "
                "IS_CORRECT in tests/environments/oracles",
            )
            subject.demand(
                verdict.correct or verdict.score <= 0.5,
                f"level {level}, seed {seed}: the wrong answer {wrong!r} earns {verdict.score}",
                "pay at most 0.5 for what is not correct",
            )


# 3


@dataclass(frozen=True)
class Sighting:
    """What a process sees of an environment."""

    problems: str  # a digest of the first problems of each level: what a changed `generate` or `prompt` changes
    solutions: str
    reached_out: list[str]  # audit events: files, sockets and programs opened by generate, prompt, solution or verify
    loaded: list[str]  # packages that no environment may need


def look(subject: Subject) -> Sighting:
    """Digests alone; only a fresh process can say what is opened and loaded."""
    asked, solved = blake2b(digest_size=12), blake2b(digest_size=12)
    for level in LEVELS:
        for seed in (0, 1, 2, EVALUATION_BIT):
            problem = subject.problem(level, seed)
            asked.update(f"{level} {seed} {_written(problem)} {problem.prompt()}\n".encode())
            if isinstance(problem, Session):
                # What is asked next is a matter of `step`, and of what the reference player does.
                asked.update(f"{demonstration(problem)}\n".encode())
            solved.update(f"{subject.rendered(level, seed)}\n".encode())
    return Sighting(asked.hexdigest(), solved.hexdigest(), [], [])


def fingerprint(environment: Environment) -> str:
    """A digest of the first problems of each level."""
    return Subject(environment).sighting.problems


def check_same_seed_gives_the_same_problem(subject: Subject) -> None:
    """Again in this process and in four threads at once."""
    keys = [(level, seed) for level in (0, 1, 4) for seed in range(4)]
    expected = [subject.problem(*key) for key in keys]
    found: list[list[Problem[Any]]] = []

    def draw() -> None:
        found.append([generate(subject.environment, *key) for key in keys])

    draw()
    threads = [threading.Thread(target=draw) for _ in range(4)]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)  # threads take turns within one problem
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    subject.demand(len(found) == 5, "generate fails in a thread", "keep nothing between calls")
    for problems in found:
        for key, before, after in zip(keys, expected, problems, strict=True):
            subject.demand(
                before == after,
                f"level {key[0]}, seed {key[1]}: the same seed gave two problems, {_short(before)} and {_short(after)}",
                "draw everything from generate's rng and keep nothing between calls",
            )


def _short(problem: Problem[Any]) -> str:
    return _written(problem)[:150]


class FreshProcess:
    """Another process, with strings hashed another way, that looks at environments one after the other."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "environments.contract"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={
                **os.environ,
                "PYTHONHASHSEED": "20707",
                "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1]), *(path for path in sys.path if path)]),
            },
            text=True,
        )
        atexit.register(self.close)

    def look(self, spec: str) -> Sighting:
        """spec: an environment's name or `path/to/file.py:Class`. RuntimeError, with the reason, where it fails."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(f"{spec}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            _fresh_process.cache_clear()  # the next one needs another
            raise RuntimeError(f"it ended with exit code {self._process.wait()}")
        answer = json.loads(line)
        if isinstance(answer, str):
            raise RuntimeError(answer)
        return Sighting(**answer)

    def close(self) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


@cache
def _fresh_process() -> FreshProcess:
    return FreshProcess()


@cache
def _seen_afresh(spec: str) -> Sighting:
    return _fresh_process().look(spec)


def _seen_elsewhere(subject: Subject) -> tuple[Sighting, Sighting]:
    """The sightings of this and of a fresh process."""
    environment = subject.environment
    name = environment.__name__
    packaged = name in names() and load(name) is environment
    spec = name if packaged or bridges.prefix(name) else f"{getfile(environment)}:{name}"
    loaded = load(spec)
    here = subject.sighting if loaded is environment else Subject(loaded).sighting
    try:
        return here, _seen_afresh(spec)
    except RuntimeError as error:
        raise Broken(environment, f"a fresh process fails: {error}", "mend what raises there") from error


def check_problems_do_not_depend_on_the_process(subject: Subject) -> None:
    """Iterating over a set of strings is what usually does."""
    here, there = _seen_elsewhere(subject)
    for what in ("problems", "solutions"):
        subject.demand(
            getattr(here, what) == getattr(there, what),
            f"another process makes other {what}",
            "iterate over lists or sorted(...), never over sets, and draw from generate's rng alone",
        )


# 4


def check_seeds_give_different_problems(subject: Subject) -> None:
    """Half of 40 prompts differ at level 0 and 95 % at level 4, also between training and evaluation."""
    for level, least in ((0, 0.5), (4, 0.95)):
        training, evaluation = (
            [subject.problem(level, seed | bit).prompt() for seed in range(40)] for bit in (0, EVALUATION_BIT)
        )
        for prompts in (training, evaluation):
            share = len(set(prompts)) / len(prompts)
            subject.demand(
                share >= least,
                f"level {level}: {share:.0%} of 40 prompts differ, expected {least:.0%}; the most frequent is "
                f"{Counter(prompts).most_common(1)[0][0][:200]!r}",
                "draw from a wider range, or start with larger problems",
            )
        kept = sum(a == b for a, b in zip(training, evaluation, strict=True)) + sum(
            a == b for a, b in pairwise(training)
        )
        subject.demand(
            kept <= 2 * 40 * (1 - least),
            f"level {level}: {kept} problems return under another seed",
            "draw everything from generate's rng",
        )


# 5


def check_higher_levels_ask_more(subject: Subject) -> None:
    """Prompts never shrink by more than noise and grow over any four levels, up to the top."""
    first = max((question(subject.problem(0, seed)) for seed in SEEDS), key=len)
    subject.demand(
        len(first) <= 400,
        f"a question at level 0 has {len(first)} characters, expected at most 400: {first[:100]!r}...",
        "start with smaller problems and say it in fewer words",
    )
    top = subject.top
    subject.demand(
        top >= 4, f"the ladder ends at level {top}, expected to climb to 4 at least", "let sizes grow further"
    )

    def climbs(lower: int, higher: int, factor: float) -> bool:
        """A few problems tell where the step is clear; in doubt many are asked."""
        for count in (2, 5, 40):
            before, after = (
                fmean(len(subject.problem(level, seed).prompt()) for seed in range(count)) for level in (lower, higher)
            )
            if after > factor * before:
                return True
        return False

    near = [*range(min(top, 9))]
    for lower, higher in pairwise(near):
        subject.demand(
            climbs(lower, higher, 0.98),
            f"level {higher} has shorter prompts than {lower}: {_sizes(subject, lower, higher)}",
            "a ladder never eases",
        )
    for lower in [*near[:5], *range(8, top - 3, 4)]:
        subject.demand(
            lower + 4 > top or climbs(lower, lower + 4, 1.0),
            f"level {lower + 4} has no longer prompts than level {lower}: {_sizes(subject, lower, lower + 4)}",
            "let the ladder climb, at most until it ends, and never ease",
        )


def _sizes(subject: Subject, *levels: int) -> str:
    return ", ".join(f"ladder({level}) = {subject.environment.ladder(level)}" for level in levels)


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


def check_generation_is_fast(subject: Subject) -> None:
    """500 problems per second, 99 % within 10 ms and all within 100 ms up to level 8; bounded at 20 and 40."""
    mend = "bound the search, or plant the solution and build the problem around it"

    def taken(level: int, seed: int, limit: float) -> float:
        first = subject.generation_seconds(level, seed)
        if first <= limit:
            return first
        return seconds(lambda: generate(subject.environment, level, seed), limit)

    for most, limit in ((20, 0.2), (HIGHEST, 2.0)):
        level = min(most, subject.top)
        for seed in range(2):
            found = taken(level, seed, limit)
            subject.demand(
                found <= limit, f"level {level}, seed {seed}: generate took {found:.2f} s, limit {limit} s", mend
            )
    slow = 0
    for level in (0, 4, 8):
        for seed in range(34):
            found = taken(level, seed, 0.01)
            slow += found > 0.01
            subject.demand(found <= 0.1, f"level {level}, seed {seed}: generate took {found:.3f} s, limit 0.1 s", mend)
    subject.demand(slow <= 1, f"{slow} of 102 problems took over 10 ms to generate", mend)

    asked = [(level, seed) for seed in SEEDS for level in range(5)]
    made = [subject.problem(*key) for key in asked]
    total = sum(subject.generation_seconds(*key) for key in asked) + seconds(lambda: [*map(question, made)], 0.02)
    if total > 0.2:
        total = seconds(lambda: [question(generate(subject.environment, *key)) for key in asked], 0.2)
    subject.demand(total <= 0.2, f"{100 / total:.0f} problems per second at levels 0 to 4, expected 500", mend)


def check_verification_is_fast(subject: Subject) -> None:
    """5,000 verifications per second at levels 0 to 4, and no text takes over 10 ms."""
    keys = [(level, seed) for level in (0, 1, 2, 4) for seed in SEEDS[:5]]
    judgements = [(subject.problem(*key), TAGS.wrap(subject.rendered(*key))) for key in keys]

    def verify() -> None:
        for _ in range(5):
            for problem, text in judgements:
                judge(problem, text)

    found = seconds(verify, 0.02)
    subject.demand(
        found <= 0.02,
        f"{100 / found:.0f} verifications per second at levels 0 to 4, expected 5,000",
        "keep what is costly to compute in a field, made by `generate`",
    )
    for level in (4, subject.top):
        problem = subject.problem(level, 0)
        for marker, text, _, first in subject.hostilities(level):
            if first <= 0.01:
                continue
            found = seconds(lambda p=problem, t=text, m=marker: subject.judged(p, t, m), 0.01)
            subject.demand(
                found <= 0.01,
                f"level {level}: judging {len(text)} characters {text[:40]!r} took {1000 * found:.0f} ms, limit 10",
                "look at lengths and ranges before anything costly",
            )


# 7


def check_no_text_upsets_it(subject: Subject) -> None:
    """Whatever the model writes gets a score in [0, 0.5] or is truly correct; nothing raises."""
    for level in (0, 4):
        problem = subject.problem(level, 0)
        for marker, text, verdict, _ in subject.hostilities(level):
            if verdict.correct:
                answer = problem.answer.parse(marker.extract(text) or "")
                subject.demand(
                    subject.is_correct(level, 0, answer),
                    f"level {level}: {text[:200]!r} is judged correct in {problem.prompt()[:200]!r}",
                    "mend `verify`; where several answers are correct, an independent `is_correct` must say so",
                )
            elif not (0.0 <= verdict.score <= 0.5 and (verdict.score == 0.0 or verdict.error == "none")):
                subject.demand(
                    False,
                    f"level {level}: {text[:80]!r} is judged {verdict}",
                    "return 1.0, a score in [0, 0.5] or None",
                )


# 8


def _is_json(value: object) -> bool:
    if isinstance(value, list):
        return all(map(_is_json, cast(list[object], value)))
    if isinstance(value, dict):
        return all(type(key) is str and _is_json(entry) for key, entry in cast(dict[object, object], value).items())
    return type(value) in (int, str, bool)


def check_problem_survives_json_and_pickle(subject: Subject) -> None:
    """Fields hold JSON types, so a problem that was written and read is the same problem."""
    environment = subject.environment
    subject.demand(is_dataclass(environment), "it is no dataclass", "put @dataclass(frozen=True) before the class")
    for level, seed, problem in subject.problems():
        for name, value in vars(problem).items():
            subject.demand(
                _is_json(value),
                f"field {name} = {repr(value)[:80]} holds other than JSON types",
                "use int, str, bool, list and dict with string keys; int(...) of NumPy's integers, list(...) of tuples",
            )
        text = json.dumps(vars(problem))
        subject.demand(
            len(text) < 65_536,
            f"level {level}: a problem takes {len(text)} bytes, limit 65,536",
            "keep in fields only what the problem consists of",
        )
        if seed < 5:
            read = environment(**json.loads(text))
            subject.demand(
                read == problem and pickle.loads(pickle.dumps(problem)) == problem,
                f"level {level}, seed {seed}: the problem changes on its way through JSON or pickle",
                "keep everything in fields, and only what JSON gives back equal",
            )
            subject.demand(
                read.verify(subject.solution(level, seed)) == 1.0,
                "a problem read from JSON rejects its solution",
                "keep everything that `verify` needs in fields",
            )


# 9


def check_no_constant_answer_does_well(subject: Subject) -> None:
    """Blind answers solve under 60 % at level 0 and under 35 % at level 4; `guessable` declares the exceptions."""
    declared = declared_rate(subject)
    answer = subject.environment.answer
    two_answers = isinstance(answer, Choice) and len(answer.options) == 2
    for level, undeclared in ((0, 0.6), (4, 0.35)):
        limit = undeclared if declared is None else max(undeclared, declared + 0.1)
        if two_answers:
            limit = min(limit, 0.65)
        # Few problems tell where the limit is far away; above it more are asked, since a hundred may be lucky.
        rate, guess = best_blind_rate(subject, level, 40)
        if rate > limit - 0.2:
            rate, guess = best_blind_rate(subject, level, 100)
        if rate > limit:
            rate, guess = best_blind_rate(subject, level, 400)
        subject.demand(
            rate <= limit,
            f"level {level}: {guess} solves {rate:.0%}, limit {limit:.0%}",
            "make it harder to guess and balance the answers, or declare `guessable` with the measured rate and the "
            "reason",
        )


def declared_rate(subject: Subject) -> float | None:
    """The number that `guessable` opens with: "0.50: two answers" or "50 %: two answers"."""
    declaration = subject.environment.guessable
    if not declaration:
        return None
    found = re.match(r"(\d+(?:\.\d+)?)\s*(%?)[^:]*:\s*\S", declaration)
    mend = 'write it as "0.50: why that cannot be helped"'
    subject.demand(found is not None, f'`guessable` must read "rate: reason", got {declaration!r}', mend)
    assert found is not None
    rate = float(found[1]) / (100 if found[2] else 1)
    subject.demand(rate <= 1.0, f"`guessable` declares the rate {rate}, expected at most 1 or 100 %", mend)
    return rate


def best_blind_rate(subject: Subject, level: int, count: int) -> tuple[float, str]:
    """The share of problems that the luckiest answer solves which needs no work, and how it is made."""
    answer = subject.environment.answer
    solutions = Counter(subject.rendered(level, seed) for seed in range(count))
    constants = [*("0", "1", "2", "3", "10", "-1", "yes", "no", ""), *(text for text, _ in solutions.most_common(3))]
    if isinstance(answer, Choice):
        constants += answer.options
    if isinstance(answer, Integers):
        lengths = Counter(len(subject.solution(level, seed)) for seed in range(count))
        ((length, _),) = lengths.most_common(1)
        constants += [" ".join(map(str, range(first, first + length))) for first in (0, 1)]
    solved: Counter[str] = Counter()
    for seed in range(count):
        problem = subject.problem(level, seed)
        guesses = {f"always {text!r}": text for text in constants} | _copies(problem, subject.solution(level, seed))
        verdict: dict[str, bool] = {}
        for how, text in guesses.items():
            if text not in verdict:
                verdict[text] = subject.judged(problem, TAGS.wrap(text)).correct
            solved[how] += verdict[text]
    how, best = solved.most_common(1)[0]
    return best / count, how


def _copies(problem: Problem[Any], solution: Any) -> dict[str, str]:
    """Ways to copy from the prompt without understanding it."""
    prompt = problem.prompt()
    words = re.findall(r"-?\w+", prompt)
    numbers = [word for word in words if word.lstrip("-").isdigit()]
    copies = {
        f"word {place} of the prompt": words[place] for place in range(-6, 6) if -len(words) <= place < len(words)
    }
    if numbers:
        copies |= {f"number {place}": numbers[place] for place in range(-6, 6) if -len(numbers) <= place < len(numbers)}
    if isinstance(solution, list | str) and not isinstance(problem.answer, Choice):
        count = len(cast(list[object], solution))
        letters = [word for word in words if len(word) == 1]
        copies |= {
            "the last words": " ".join(words[-count:]),
            "the last letters or digits": " ".join(letters[-count:]),
            "the numbers": " ".join(numbers[-count:]),
            "the numbers turned around": " ".join(numbers[: -count - 1 : -1]),
        }
    if isinstance(problem.answer, Text):
        copies["the last line"] = prompt.splitlines()[-1]
    return copies


# 10


def check_question_says_how_to_answer_and_not_what(subject: Subject) -> None:
    """The question ends with the answer's format and marker, and its end is not the solution."""
    told = 0
    keys = [(level, seed) for level in (1, 4) for seed in SEEDS]
    for key in keys:
        problem = subject.problem(*key)
        prompt = problem.prompt()
        subject.demand(
            prompt == prompt.strip() and "\t" not in prompt and prompt.isascii(),
            f"a prompt is ASCII text without white space around it, got {prompt[:200]!r}",
            "strip it and write signs such as <= in ASCII",
        )
        for marker in MARKERS:
            subject.demand(
                question(problem, marker).endswith(f"Answer with {problem.answer.hint()}, as {marker.wrap('...')}"),
                "the question must end with the answer's format and marker",
                "leave `request` to the framework",
            )
            subject.demand(
                marker.opening not in prompt,
                f"the framework adds {marker.opening}, the prompt must not: {prompt[-100:]!r}",
                "leave the answer's format to the answer type",
            )
        told += _tells(prompt, subject.rendered(*key))
    share, declared = told / len(keys), declared_rate(subject) or 0.0
    subject.demand(
        share <= max(0.35, declared),
        f"{share:.0%} of the prompts end with their solution or hold it whole, such as "
        f"{subject.problem(1, 0).prompt()[-150:]!r} with the solution {subject.rendered(1, 0)!r}",
        "do not show the answer, or declare `guessable`",
    )


def _tells(prompt: str, solution: str) -> bool:
    words, right = re.findall(r"[-\w]+", prompt), re.findall(r"[-\w]+", solution)
    if words[-len(right) :] == right:
        return True
    return len(right) >= 4 and f" {' '.join(right)} " in f" {' '.join(words)} "


# 11


def check_nothing_outside_is_touched(subject: Subject) -> None:
    """No global randomness, no change of the problem, no file, network or program, no heavy package."""
    before = random.getstate()
    for level in LEVELS[:4]:
        for seed in SEEDS[:5]:
            problem = generate(subject.environment, level, seed)
            fields = _written(problem)
            solution = problem.answer.render(problem.solution())
            for text in (solution, "1 2 3", "a", "5"):
                subject.judged(problem, TAGS.wrap(text))
            problem.prompt()
            subject.demand(
                _written(problem) == fields,
                f"level {level}, seed {seed}: a problem changes when it is used, from {fields[:100]} to "
                f"{_short(problem)}",
                "copy lists before sorting or changing them",
            )
            subject.demand(
                problem.answer.render(problem.solution()) == solution,
                f"level {level}, seed {seed}: solution() differs at a second call",
                "compute it from the fields alone",
            )
    subject.demand(
        random.getstate() == before,
        "the global random state changed",
        "draw from generate's rng alone, never from the module `random`",
    )
    check_sighting_is_clean(subject)


def check_sighting_is_clean(subject: Subject) -> None:
    """No file, network or program, no heavy package: part of `check_nothing_outside_is_touched`."""
    _, elsewhere = _seen_elsewhere(subject)
    subject.demand(
        not elsewhere.loaded,
        f"it loads {', '.join(elsewhere.loaded)}, which makes every worker slow and large",
        "do it in plain Python",
    )
    subject.demand(
        not elsewhere.reached_out,
        f"an environment is closed in itself, but it did {', '.join(elsewhere.reached_out[:3])}",
        "open no file, socket or program; what is imported, import at the head of the file",
    )


# 12


def check_better_answers_score_no_less(subject: Subject) -> None:
    """Integers: nearer is no worse. Everything else: hand-made answers, best first."""
    for level, seed, problem in subject.problems():
        if isinstance(problem.answer, Integer):
            solution = subject.solution(level, seed)
            for sign in (1, -1):
                further = [solution + sign * step for step in (1, 2, 5, 50, 10**4, 10**9)]
                wrong = [answer for answer in further if not subject.is_correct(level, seed, answer)]
                _demand_falling(subject, problem, wrong)
        if subject.best_first is not None:
            _demand_falling(subject, problem, subject.best_first(problem))


def _demand_falling(subject: Subject, problem: Problem[Any], answers: Sequence[Any]) -> None:
    scores = [(answer, subject.judged(problem, TAGS.wrap(problem.answer.render(answer))).score) for answer in answers]
    for (better, higher), (worse, lower) in pairwise(scores):
        subject.demand(
            higher >= lower,
            f"{better!r} earns {higher}, the worse {worse!r} {lower} in {problem.prompt()[:200]!r}",
            "let partial credit fall with the distance from what is correct (environments/scores.py)",
        )


# 13


def check_catalogue_row_is_complete(subject: Subject) -> None:
    """Name, one sentence, answer format, version; what `rlve envs list` shows."""
    environment = subject.environment
    name = environment.__name__
    statement = environment.__dict__.get("__doc__") or ""
    subject.demand(
        bool(re.fullmatch(r"[A-Z0-9][^\n]{5,110}\.", statement)) and not statement.startswith(f"{name}("),
        f"the docstring must be one sentence on one line, got {statement!r}",
        'write """What is to be done.""" under the class',
    )
    subject.demand(
        bridges.prefix(name) is not None or re.fullmatch(r"[A-Z]\w+", name) is not None,
        f"{name!r} is no name",
        "begin the class with a capital",
    )
    subject.demand(
        bool(environment.answer.hint().strip()), "the answer type must say its format", "let `hint` return it"
    )
    subject.demand(environment.version >= 1, f"version must be 1 or more, got {environment.version}", "begin with 1")
    parameters = getattr(environment, "__dataclass_params__", None)
    subject.demand(
        parameters is not None and parameters.frozen,
        "an environment is a frozen dataclass",
        "put @dataclass(frozen=True) before the class",
    )


CHECKS: tuple[Check, ...] = (
    check_catalogue_row_is_complete,
    check_solution_is_correct,
    check_wrong_answers_are_not_correct,
    check_no_text_upsets_it,
    check_better_answers_score_no_less,
    check_same_seed_gives_the_same_problem,
    check_problems_do_not_depend_on_the_process,
    check_nothing_outside_is_touched,
    check_problem_survives_json_and_pickle,
    check_seeds_give_different_problems,
    check_higher_levels_ask_more,
    check_no_constant_answer_does_well,
    check_question_says_how_to_answer_and_not_what,
    check_generation_is_fast,
    check_verification_is_fast,
)


def _show_sightings() -> None:
    """Reads a spec per line, writes a sighting as JSON, or the error as a string, per line."""
    watched = ("open", "socket.", "subprocess.", "os.system", "os.exec", "os.remove", "os.listdir")
    events: list[str] = []

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event.startswith(watched):
            events.append(f"{event}({str(arguments[:1])[1:60]})")

    # What an environment prints must not stand between the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    sys.addaudithook(hook)
    for line in sys.stdin:
        before = set(sys.modules)
        try:
            subject = Subject(load(line.rstrip("\n")))
            bridged = bridges.prefix(subject.environment.__name__) is not None
            if bridged:
                subject.problem(0, 0).prompt()  # loads the library
            events.clear()
            digests = look(subject)
            for text in ("5", "1 2 3", "a b", subject.rendered(0, 0)):
                outcome(subject.problem(0, 0), [TAGS.wrap(text)])
            packaged = subject.environment.__module__.startswith("environments.") and not bridged
            unwanted = NEVER_LOADED + NOT_IN_THE_PACKAGE * packaged
            loaded = [package for package in unwanted if package in sys.modules and package not in before]
            reached_out = list(dict.fromkeys(events))
            answer: Any = vars(Sighting(digests.problems, digests.solutions, reached_out, loaded))
        except Exception as error:  # noqa: BLE001 - whatever an environment raises is for the other side to tell
            answer = f"{error!r} ({[*_frames(error)][-1]})"
        answers.write(f"{json.dumps(answer)}\n")
        answers.flush()


if __name__ == "__main__":
    _show_sightings()
