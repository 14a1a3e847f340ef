"""Winners that leave the best player with a given number of wins."""

from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import Self

from environments.answers import Integers
from environments.ladder import Ladder, linear
from environments.problem import Problem


@dataclass(frozen=True)
class KosDicing(Problem[list[int]]):
    """Choose winners of matches so that the most wins of a player are a given number."""

    answer = Integers()
    ladder = Ladder(players=linear(3, 0.5), rounds=linear(4))
    rounds: list[list[int]]
    most: int
    winners: list[int]

    @classmethod
    def generate(cls, rng: Random, players: int, rounds: int) -> Self:
        """The most wins are as few as can be, and neither the first nor the second player of every match may do."""
        pairs, winners, most = [[1, 2]], [1], 1
        for _ in range(30):
            pairs = [rng.sample(range(1, players + 1), 2) for _ in range(rounds)]
            winners = _evened(pairs, [rng.choice(pair) for pair in pairs])
            most = max(Counter(winners).values())
            if most not in (max(Counter(pair[side] for pair in pairs).values()) for side in (0, 1)):
                break
        return cls(pairs, most, winners)

    def prompt(self) -> str:
        return "\n".join(
            [
                "Each line is a match of two players. Choose the winner of each, in order, so that the player with the "
                f"most wins has exactly {self.most}; several may have as many.",
                *(f"{a} {b}" for a, b in self.rounds),
            ]
        )

    def solution(self) -> list[int]:
        return self.winners

    def verify(self, answer: list[int]) -> float | None:
        if len(answer) != len(self.rounds):
            return None
        if any(winner not in pair for winner, pair in zip(answer, self.rounds, strict=True)):
            return None
        return 1.0 if max(Counter(answer).values()) == self.most else 0.0


def _evened(pairs: list[list[int]], winners: list[int]) -> list[int]:
    """The same matches with the fewest wins of the best player.

    As long as there is a chain of lost matches from every best player to one with two wins less, wins move along it.
    """
    winners = list(winners)
    while True:
        wins = Counter(winners)
        most = max(wins.values())
        best = next(player for player, count in wins.items() if count == most)
        lost: dict[int, int] = {best: -1}  # player -> the match that it takes from the one before it
        reached = [best]
        for player in reached:  # grows while it is read
            for match, (pair, winner) in enumerate(zip(pairs, winners, strict=True)):
                other = sum(pair) - player
                if winner == player and other not in lost:
                    lost[other] = match
                    reached.append(other)
        end = next((player for player in reached if wins[player] <= most - 2), best)
        if end == best:
            return winners
        while end != best:
            match = lost[end]
            winners[match], end = end, winners[match]
