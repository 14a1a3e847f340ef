"""A problem of several turns: what the model does changes what it is asked next, and the end is what counts.

    session = generate(GuessTheNumber, 0, 7)
    play(session, ["<answer>4</answer>"])                           # goes on: Turn(observation="higher", …)
    play(session, ["<answer>4</answer>", "<answer>6</answer>"])     # over: Turn(verdict=Verdict(1.0, True), …)

Nothing is remembered between turns. A state follows from the session and its actions alone, what an opponent draws
comes from the session's fields, and so a transcript replays anywhere.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any, NamedTuple, NoReturn, TypeVar

from environments.answers import TAGS, Marker
from environments.problem import Problem, Verdict, generate, highest, judge, question, read, scored

A = TypeVar("A")


@dataclass(frozen=True, slots=True)
class Step:
    """What an action led to. state: JSON types; observation: what the model is told next.

    score: of a session that is done, as `Problem.verify` returns it; None where the action broke the rules.
    """

    state: Any
    observation: str
    done: bool = False
    score: float | None = 0.0


class Turn(NamedTuple):
    """Where a transcript stands: `observation` is the next thing to answer, or the session is over with a verdict."""

    state: Any
    observation: str | None
    verdict: Verdict | None


class Session(Problem[A]):
    """A problem that is played. `prompt` is the opening observation, `answer` the type of one action.

    An action that cannot be read ends the session as `unreadable`, one that breaks the rules as `breaks_rules`; after
    max_turns actions a session that is not done ends with score 0. With one turn, a session is an ordinary problem.
    """

    @property
    @abstractmethod
    def max_turns(self) -> int:
        """Actions that the model has; `best_action` needs no more. Where they are a limit, the prompt says it."""

    @abstractmethod
    def opening(self) -> Any:
        """The state before the first action: JSON types."""

    @abstractmethod
    def step(self, state: Any, action: A) -> Step:
        """A pure function of both, which leaves the state as it is. Whatever the action, it never raises."""

    @abstractmethod
    def best_action(self, state: Any) -> A:
        """What a reference player does: one that knows no more than the model and always succeeds."""

    @abstractmethod
    def random_action(self, state: Any, rng: Random) -> A:
        """What a player does who only knows the rules."""

    def start(self) -> Step:
        """The opening observation and state."""
        return Step(self.opening(), self.prompt())

    def solution(self) -> A:
        """The best first action."""
        return self.best_action(self.opening())

    def verify(self, answer: A) -> NoReturn:
        """No single answer solves a session: see `play`."""
        raise TypeError(f"{type(self).__name__} has several turns; environments.session.play judges its transcripts")

    @classmethod
    @cache
    def top(cls, prompt_chars: int, limit: int = 64) -> int:
        """The highest level, at most `limit`, whose question and observations together stay within `prompt_chars`."""
        return highest(
            lambda level: max(_most_chars(generate(cls, level, seed)) for seed in range(3)) <= prompt_chars, limit
        )


def _most_chars(session: Session[Any]) -> int:
    observations = [len(turn.observation or "") for _, turn in played(session, session.best_action)]
    return len(question(session)) + (session.max_turns - 1) * max(observations, default=0)


def respond(session: Session[Any], turn: Turn, number: int, text: str, marker: Marker = TAGS) -> Turn:
    """Where the session stands after `text`, which the model wrote at turn `number`, counted from 1."""
    action, error = read(session, text, marker)
    if error != "none":
        return Turn(turn.state, None, Verdict(0.0, False, error))
    return act(session, turn, number, action)


def act(session: Session[Any], turn: Turn, number: int, action: Any) -> Turn:
    """As `respond`, of an action that has been read."""
    step = session.step(turn.state, action)
    if step.done:
        return Turn(step.state, None, scored(session, step.score))
    if number >= session.max_turns:
        return Turn(step.state, None, Verdict(0.0, False))
    return Turn(step.state, step.observation, None)


def opened(session: Session[Any]) -> Turn:
    """Where a session stands before its first action."""
    step = session.start()
    return Turn(step.state, step.observation, None)


def play(session: Session[Any], texts: Sequence[str], marker: Marker = TAGS) -> Turn:
    """Where the session stands after these texts of the model; what comes after its end changes nothing."""
    turn = opened(session)
    for number, text in enumerate(texts, 1):
        if turn.verdict is not None:
            break
        turn = respond(session, turn, number, text, marker)
    return turn


def played(session: Session[Any], player: Callable[[Any], Any]) -> Iterator[tuple[Any, Turn]]:
    """The actions of a player, who sees the states, each with where the session stands after it."""
    turn, number = opened(session), 0
    while turn.verdict is None:
        number += 1
        action = player(turn.state)
        turn = act(session, turn, number, action)
        yield action, turn


def demonstration(problem: Problem[Any], marker: Marker = TAGS) -> list[tuple[str, str | None]]:
    """What a model should write at each turn, and what it is told then; of an ordinary problem its solution."""
    if not isinstance(problem, Session):
        return [(marker.wrap(problem.answer.render(problem.solution())), None)]
    return [
        (marker.wrap(problem.answer.render(action)), turn.observation)
        for action, turn in played(problem, problem.best_action)
    ]


def outcome(problem: Problem[Any], texts: Sequence[str], marker: Marker = TAGS) -> Verdict | None:
    """The verdict on all that was written: turns of a session, None where it goes on, or the last try at a problem."""
    return play(problem, texts, marker).verdict if isinstance(problem, Session) else judge(problem, texts[-1], marker)
