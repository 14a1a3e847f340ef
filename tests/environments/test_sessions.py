"""Sessions against rules and players written apart from them; the session contract against planted faults."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import permutations, product
from random import Random
from typing import Any

import networkx
import pytest

from environments import Session, Verdict, demonstration, generate, judge, load, names, play, question
from environments.contract import Broken, Check, Subject
from environments.multi_turn.coin_weighing import CoinWeighing
from environments.multi_turn.guess_the_number import GuessTheNumber
from environments.multi_turn.interactive_sort import InteractiveSort
from environments.multi_turn.mastermind import Mastermind, compare
from environments.multi_turn.maze_navigation import MazeNavigation
from environments.multi_turn.nim import Nim
from environments.session import act, opened, played
from environments.session_contract import SESSION_CHECKS, checks_of
from tests.environments.faulty_sessions import SESSION_FAULTS, FaultlessSession

RIGHT, WRONG = Verdict(1.0, True), Verdict(0.0, False)


def won(session: Session[Any]) -> bool:
    *_, (_, last) = played(session, session.best_action)
    return last.verdict == RIGHT


# The framework.


def test_a_transcript_goes_on_until_its_session_is_over() -> None:
    session = GuessTheNumber(1, 3, 6)
    assert play(session, []).observation == session.prompt() == question(session).split("\n")[0]
    assert play(session, ["<answer>4</answer>"]) == ([5, 7], "higher", None)
    assert play(session, ["<answer>4</answer>", "so <answer>7</answer>"]) == ([5, 6], "lower", None)
    right = ["<answer>4</answer>", "<answer>6</answer>"]
    assert play(session, right).verdict == play(session, [*right, "<answer>1</answer>"]).verdict == RIGHT


def test_the_last_turn_ends_a_session_with_nothing() -> None:
    session = GuessTheNumber(1, 3, 6)
    assert play(session, ["<answer>1</answer>"] * 2).verdict is None
    assert play(session, ["<answer>1</answer>"] * 3).verdict == WRONG


@pytest.mark.parametrize(
    ("text", "error"),
    [("four", "unreadable"), ("<answer>four</answer>", "unreadable"), (f"<answer>{'9' * 5000}</answer>", "too_long")],
)
def test_an_action_that_cannot_be_read_ends_a_session(text: str, error: Any) -> None:
    session = GuessTheNumber(1, 3, 6)
    for texts in ([text], ["<answer>4</answer>", text]):
        assert play(session, [*texts, "<answer>6</answer>"]).verdict == Verdict(0.0, False, error)


def test_an_action_against_the_rules_ends_a_session() -> None:
    against = Verdict(0.0, False, "breaks_rules")
    nim, maze = Nim([2, 1], 0), MazeNavigation(2, 2, [["down"], ["down"], ["up", "right"], ["up", "left"]])
    for text in ("1", "1 0", "1 3", "3 1", "0 1", "1 1 1", "-1 1", ""):
        assert play(nim, [f"<answer>{text}</answer>"]).verdict == against, text
    assert play(maze, ["<answer>right</answer>"]).verdict == against
    for text in ("1", "1 4", "0 1", "1 2 3"):
        assert play(Mastermind([1, 2], 3), [f"<answer>{text}</answer>"]).verdict == against, text
    for text in ("1", "1 1", "1 4", "0 1", "1 2 2", "1 2 3 4", ""):
        assert play(InteractiveSort([1, 2, 3]), [f"<answer>{text}</answer>"]).verdict == against, text
    for text in ("1, 1", "1 2, 3", "1 2", "4", "0", "1, 2, 3", ""):
        assert play(CoinWeighing(3, 1), [f"<answer>{text}</answer>"]).verdict == against, text


def test_no_single_answer_is_judged() -> None:
    with pytest.raises(TypeError, match="GuessTheNumber has several turns"):
        judge(GuessTheNumber(1, 3, 6), "<answer>6</answer>")


def test_a_demonstration_is_what_play_reads() -> None:
    turns = demonstration(GuessTheNumber(1, 3, 6))
    assert turns == [("<answer>4</answer>", "higher"), ("<answer>6</answer>", None)]
    assert demonstration(generate(load("Division"), 0, 0))[0][1] is None


def test_the_folder_has_sessions_and_knows_them() -> None:
    found = [name for name in names() if issubclass(load(name), Session)]
    assert {"CoinWeighing", "GuessTheNumber", "InteractiveSort", "Mastermind", "MazeNavigation", "Nim"} <= {*found}
    assert all(checks_of(load(name)) == SESSION_CHECKS for name in found)


# Each session's rules.


def test_halving_finds_every_number_and_no_guess_can_be_spared() -> None:
    for guesses in range(1, 9):
        sessions = [GuessTheNumber(5, guesses, 5 + place) for place in range(2**guesses - 1)]
        assert all(map(won, sessions))
        # Each guess tells three things apart, of which one is the end: so many leaves a tree of that depth has.
        assert len(sessions) == sum(2**depth for depth in range(guesses))
        assert max(len(list(played(session, session.best_action))) for session in sessions) == guesses


def test_mastermind_replies_as_pegs_are_counted_by_hand() -> None:
    assert compare([1, 1, 2], [1, 2, 1]) == (1, 2)
    assert compare([1, 2, 3, 4], [4, 4, 1, 1]) == (0, 2)
    for code, guess in product(product(range(1, 4), repeat=3), repeat=2):
        left, rest, placed = [], [], 0
        for one, other in zip(code, guess, strict=True):
            if one == other:
                placed += 1
            else:
                left.append(one)
                rest.append(other)
        misplaced = 0
        for digit in rest:
            if digit in left:
                left.remove(digit)
                misplaced += 1
        assert compare(code, guess) == (placed, misplaced)


@pytest.mark.parametrize(("length", "highest"), [(2, 3), (2, 4), (3, 3), (3, 4), (3, 5), (3, 6)])
def test_every_code_is_found_in_time_and_the_last_needs_all_guesses(length: int, highest: int) -> None:
    sessions = [Mastermind(list(code), highest) for code in product(range(1, highest + 1), repeat=length)]
    assert all(map(won, sessions))
    assert max(len(list(played(session, session.best_action))) for session in sessions) == sessions[0].max_turns


def mazes() -> Iterator[MazeNavigation]:
    for level, seed in product((0, 1, 3, 6), range(25)):
        yield generate(MazeNavigation, level, seed)


def graph(maze: MazeNavigation) -> networkx.Graph:
    found = networkx.Graph()
    down = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}
    for cell, ways in enumerate(maze.ways):
        row, column = divmod(cell, maze.columns)
        for way in ways:
            found.add_edge((row, column), (row + down[way][0], column + down[way][1]))
    return found


def test_mazes_are_trees_over_all_cells_and_give_the_steps_of_an_explorer() -> None:
    for maze in mazes():
        found = graph(maze)
        assert networkx.is_tree(found)
        assert {*found} == {*product(range(maze.rows), range(maze.columns))}
        steps = networkx.shortest_path_length(found, (0, 0), (maze.rows - 1, maze.columns - 1))
        assert maze.max_turns == 2 * found.number_of_edges() - steps


def test_a_hand_on_the_wall_leads_out_of_every_maze_in_time() -> None:
    turns = ("up", "right", "down", "left")
    for maze, first in product(mazes(), range(4)):
        facing, turn, number = first, opened(maze), 0
        while turn.verdict is None:
            number += 1
            ways = (turn.observation or "").split(": ")[-1].split()
            facing = next(way % 4 for way in range(facing - 1, facing + 3) if turns[way % 4] in ways)
            turn = act(maze, turn, number, turns[facing])
        assert turn.verdict == RIGHT


@cache
def mover_wins(piles: tuple[int, ...]) -> bool:
    return any(not mover_wins(left) for left in after_a_move(piles))


def after_a_move(piles: tuple[int, ...]) -> list[tuple[int, ...]]:
    return [
        tuple(sorted((*piles[:place], left, *piles[place + 1 :])))
        for place, stones in enumerate(piles)
        for left in range(stones)
    ]


def test_nims_opponent_and_reference_player_make_no_mistake() -> None:
    for level, seed in product((0, 1, 4), range(30)):
        session = generate(Nim, level, seed)
        assert mover_wins(tuple(sorted(session.piles)))
        for player_seed in range(3):
            rng, state = Random(player_seed), session.opening()
            while any(state):
                best = session.best_action(state)
                mine = [count - best[1] * (place == best[0]) for place, count in enumerate(state, 1)]
                assert mover_wins(tuple(sorted(state))) == (not mover_wins(tuple(sorted(mine))))
                action = session.random_action(state, rng)
                mine = [count - action[1] * (place == action[0]) for place, count in enumerate(state, 1)]
                step = session.step(state, action)
                if not step.done:
                    assert tuple(sorted(step.state)) in after_a_move(tuple(sorted(mine)))
                    assert mover_wins(tuple(sorted(mine))) != mover_wins(tuple(sorted(step.state))) or not mover_wins(
                        tuple(sorted(mine))
                    )
                    assert step.observation == " ".join(map(str, step.state))
                else:
                    assert step.score == (0.0 if any(mine) else 1.0)
                    break
                state = step.state


def test_every_heavy_coin_is_found_and_no_fewer_weighings_would_do() -> None:
    for coins in (2, 3, 4, 5, 9, 10, 26, 27, 28, 100, 243):
        sessions = [CoinWeighing(coins, heavy) for heavy in range(1, coins + 1)]
        assert all(map(won, sessions))
        assert 3 ** (sessions[0].max_turns - 2) < coins <= 3 ** (sessions[0].max_turns - 1)


def test_every_order_is_found_and_the_longest_sort_takes_every_turn() -> None:
    for count in range(3, 7):
        sessions = [InteractiveSort(list(order)) for order in permutations(range(1, count + 1))]
        assert all(map(won, sessions))
        assert max(len(list(played(session, session.best_action))) for session in sessions) == sessions[0].max_turns
    assert play(sessions[0], ["<answer>6 1</answer>"]).observation == "6 is heavier"
    assert play(sessions[0], ["<answer>1 6</answer>"]).observation == "6 is heavier"
    assert play(sessions[0], ["<answer>1 2 3 4 5 6</answer>"]).verdict == RIGHT
    assert play(sessions[0], ["<answer>1 2 3 4 6 5</answer>"]).verdict == WRONG


# The contract.


@pytest.mark.parametrize(("environment", "check", "finding"), SESSION_FAULTS)
def test_planted_fault_is_found(environment: type[Session[Any]], check: Check, finding: str) -> None:
    with pytest.raises(Broken, match=f"^{environment.__name__}: .*{re.escape(finding)}"):
        check(Subject(environment))


@pytest.mark.parametrize("check", SESSION_CHECKS)
def test_a_session_without_a_fault_passes(check: Check) -> None:
    check(Subject(FaultlessSession))


def test_every_check_of_sessions_has_a_planted_fault() -> None:
    own = {check for check in SESSION_CHECKS if check.__module__ == "environments.session_contract"}
    assert {param.values[1] for param in SESSION_FAULTS} == own
