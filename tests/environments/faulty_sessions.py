"""Sessions with one planted fault each, and the check that has to find it; what they share is faultless."""

import random
from dataclasses import dataclass
from random import Random
from typing import Any, Self

import pytest

from environments import Integer, Ladder, Session, Step, linear, session_contract
from environments.contract import Check


@dataclass(frozen=True)
class FaultlessSession(Session[int]):
    """Find a hidden number, told after each guess whether it is higher."""

    answer = Integer()
    ladder = Ladder(guesses=linear(3))
    guesses: int
    number: int

    @classmethod
    def generate(cls, rng: Random, guesses: int) -> Self:
        return cls(guesses, rng.randrange(2**guesses - 1))

    @property
    def max_turns(self) -> int:
        return self.guesses

    def prompt(self) -> str:
        return f"Find a number from 0 to {2**self.guesses - 2} in {self.guesses} guesses."

    def opening(self) -> Any:
        return [0, 2**self.guesses - 2]

    def step(self, state: Any, action: int) -> Step:
        low, high = state
        if action == self.number:
            return Step([low, high], "", done=True, score=1.0)
        if action < self.number:
            return Step([max(low, action + 1), high], "higher")
        return Step([low, min(high, action - 1)], "lower")

    def best_action(self, state: Any) -> int:
        return sum(state) // 2

    def random_action(self, state: Any, rng: Random) -> int:
        return rng.randrange(2**self.guesses - 1)


class LosingPlayer(FaultlessSession):
    """Its reference player counts up."""

    def best_action(self, state: Any) -> int:
        return state[0]


class Forgetful(FaultlessSession):
    """What it says depends on how often it was asked."""

    asked = 0

    def step(self, state: Any, action: int) -> Step:
        Forgetful.asked += 1
        found = super().step(state, action)
        return Step(found.state, f"{found.observation} {Forgetful.asked}", found.done, found.score)


class ChangingState(FaultlessSession):
    """It writes into the state that it is given."""

    def step(self, state: Any, action: int) -> Step:
        state[0] = super().step(state, action).state[0]
        return super().step(state, action)


class TupleState(FaultlessSession):
    """Its states are no JSON."""

    def opening(self) -> Any:
        return tuple(super().opening())


class RaisingStep(FaultlessSession):
    """It looks its guess up in a table."""

    def step(self, state: Any, action: int) -> Step:
        _ = [*range(2**self.guesses)][action]
        return super().step(state, action)


class SlowStep(FaultlessSession):
    """It counts to a large number at each turn."""

    def step(self, state: Any, action: int) -> Step:
        _ = sum(range(10**6))
        return super().step(state, action)


@dataclass(frozen=True)
class TupleField(FaultlessSession):
    """A field holds a tuple."""

    pair: tuple[int, ...] = (1, 2)


class OneSession(FaultlessSession):
    """Every seed gives the same session."""

    @classmethod
    def generate(cls, rng: Random, guesses: int) -> Self:
        return cls(guesses, rng.randrange(1))


class EasingSession(FaultlessSession):
    """Higher levels are smaller."""

    ladder = Ladder(guesses=lambda level: max(3, 20 - level))


class TalkativeSession(FaultlessSession):
    """It tells the number."""

    def step(self, state: Any, action: int) -> Step:
        found = super().step(state, action)
        return Step(found.state, f"no, it is {self.number}", found.done, found.score)


class MarkedSession(FaultlessSession):
    """Its observations show a marker."""

    def step(self, state: Any, action: int) -> Step:
        found = super().step(state, action)
        return Step(found.state, f"{found.observation} <answer>", found.done, found.score)


class GlobalRandomSession(FaultlessSession):
    """Its opponent draws from the global generator."""

    def step(self, state: Any, action: int) -> Step:
        random.seed(action)  # noqa: TID251
        return super().step(state, action)


class EndlessSession(FaultlessSession):
    """It gives more turns than any context holds."""

    @property
    def max_turns(self) -> int:
        return 10**6


SESSION_FAULTS = [
    pytest.param(environment, check, finding, id=environment.__name__)
    for environment, check, finding in list[tuple[type[Session[int]], Check, str]](
        [
            (LosingPlayer, session_contract.check_reference_player_succeeds, "the reference player ends with"),
            (Forgetful, session_contract.check_transcripts_replay, "have two outcomes"),
            (ChangingState, session_contract.check_transcripts_replay, "changes the state"),
            (TupleState, session_contract.check_transcripts_replay, "on its way through JSON"),
            (RaisingStep, session_contract.check_no_turn_upsets_it, "step raised IndexError"),
            (SlowStep, session_contract.check_turns_are_fast, "limit 10"),
            (TupleField, session_contract.check_session_survives_json_and_pickle, "on its way through JSON"),
            (OneSession, session_contract.check_seeds_give_different_sessions, "of 40 sessions 1 differ"),
            (EasingSession, session_contract.check_higher_levels_take_more, "is played faster"),
            (TalkativeSession, session_contract.check_playing_blind_loses, "of the observation wins"),
            (MarkedSession, session_contract.check_question_and_observations_are_plain, "nothing else shows it"),
            (GlobalRandomSession, session_contract.check_no_session_touches_what_is_outside, "global random state"),
            (EndlessSession, session_contract.check_start_is_the_prompt, "max_turns is 1000000"),
        ]
    )
]
