"""What the tests know of the environments of machines."""

import re
from functools import reduce
from heapq import heappop, heappush
from typing import Any

from tests.environments.oracles._kinds import BestFirst, Example, IsCorrect, Search
from tests.environments.oracles._spoilt import integers_spoilt, letters_spoilt


def _itself(problem: Any, answer: Any) -> Any:
    return answer


def _as_python(problem: Any) -> int:
    """The prompt's program, run as one of Python."""
    program = re.sub(r"for i = 1 to (\d+), both included:", r"for i in range(1, \1 + 1):", problem.prompt())
    values: dict[str, int] = {}
    exec(program.split("\n", 1)[1], {}, values)
    return values[problem.variable]


def _linked_stack(problem: Any) -> int:
    """The stack as nested pairs of the top number and the rest."""
    stack: Any = ()
    for command in problem.program:
        match command.split():
            case ["push", number]:
                stack = (int(number), stack)
            case ["add"]:
                top, (lower, rest) = stack
                stack = (lower + top, rest)
            case ["sub"]:
                top, (lower, rest) = stack
                stack = (lower - top, rest)
            case ["swap"]:
                top, (lower, rest) = stack
                stack = (lower, (top, rest))
            case ["dup"]:
                stack = (stack[0], stack)
            case _:
                stack = stack[1]
    return stack[0]


def _registers(problem: Any) -> list[int]:
    """From the prompt's text; the lines by their numbers."""
    text = problem.prompt()
    registers = {name: int(value) for name, value in re.findall(r"([a-z]) = (\d+)", text)}
    program = {number: words.split() for number, words in re.findall(r"^(\d+): (.*)$", text, re.MULTILINE)}
    number = "1"
    for _ in range(int(re.findall(r"after (\d+) steps", text)[0])):
        if number not in program:
            break
        kind, name, *target = program[number]
        registers[name] += {"inc": 1, "dec": -1, "jump": 0}[kind]
        number = target[0] if target and registers[name] != 0 else str(int(number) + 1)
    return list(registers.values())


def _composed_map(problem: Any) -> int:
    """Where the word leads from every state, built up from its last letter."""
    leads = list(range(len(problem.after_a)))
    for letter in reversed(problem.word):
        after = problem.after_a if letter == "a" else problem.after_b
        leads = [leads[after[state]] for state in range(len(leads))]
    return leads[problem.start]


def _wolfram(problem: Any) -> str:
    """Cells as the bits of a number, the rule as its Wolfram code."""
    width = len(problem.cells)
    code = sum(1 << int(neighbourhood, 2) for neighbourhood in problem.rule)
    cells = int(problem.cells, 2)

    def bit(place: int) -> int:
        return cells >> (place % width) & 1

    for _ in range(problem.steps):
        cells = sum(
            (code >> (4 * bit(place + 1) + 2 * bit(place) + bit(place - 1)) & 1) << place for place in range(width)
        )
    return f"{cells:0{width}b}"


def _turing(problem: Any) -> str:
    """From the prompt's text; the tape as a dictionary, which ends where it has no cell."""
    text = problem.prompt()
    rules = {(state, cell): rule.split() for state, cell, rule in re.findall("^([A-Z]) ([01]): (.*)$", text, re.M)}
    tape = dict(enumerate(text.rsplit("tape: ", 1)[1].split(), start=1))
    state, head = "A", int(re.findall("on cell ([0-9]+) from", text)[0])
    for _ in range(int(re.findall("after ([0-9]+) steps", text)[0])):
        if head in tape:
            written, direction, state = rules[state, tape[head]]
            tape[head] = written
            head += {"L": -1, "R": 1}[direction]
    return "".join(tape.values())


def _doubled_jumps(problem: Any) -> int:
    """Jumps put together like the squares of a fast power."""
    leads = {int(a): int(b) for a, b in re.findall(r"(\d+)>(\d+)", problem.prompt())}
    place, jumps = problem.start, problem.jumps
    while jumps:
        if jumps % 2:
            place = leads[place]
        leads = {number: leads[leads[number]] for number in leads}
        jumps //= 2
    return place


def _each_letters_way(problem: Any) -> str:
    def moved(place: int, swap: list[int]) -> int:
        return {swap[0]: swap[1], swap[1]: swap[0]}.get(place, place)

    ends = {reduce(moved, problem.swaps, place): letter for place, letter in enumerate(problem.letters, start=1)}
    return "".join(ends[place] for place in sorted(ends))


def _rewritten(problem: Any) -> str:
    """The rules applied to the text, here always to the last pair that they fit."""
    rules = {"A# #A": "", "B# #B": "", "A# #B": "#B A#", "B# #A": "#A B#"}
    text = " ".join(problem.tokens)
    while places := [(text.rfind(pair), pair) for pair in rules if pair in text]:
        place, pair = max(places)
        text = " ".join(f"{text[:place]} {rules[pair]} {text[place + 5 :]}".split())
    return text


def _with_a_heap(problem: Any) -> list[int]:
    """k passes carry the k largest numbers so far along; every other falls out, the smallest first."""
    heap: list[int] = []
    values: list[int] = []
    for value in problem.values:
        heappush(heap, value)
        if len(heap) > problem.passes:
            values.append(heappop(heap))
    return values + sorted(heap)


def _rebuilt_list(problem: Any) -> list[int]:
    values = list(problem.values)
    for operation in problem.operations:
        if found := re.fullmatch("put (.) at the end", operation):
            values = [*values, int(found[1])]
        elif found := re.fullmatch("put (.) at the front", operation):
            values = [int(found[1]), *values]
        elif found := re.fullmatch(r"put (.) at position (\d+)", operation):
            values = [*values[: int(found[2]) - 1], int(found[1]), *values[int(found[2]) - 1 :]]
        elif found := re.fullmatch(r"remove the number at position (\d+)", operation):
            values = [value for place, value in enumerate(values, start=1) if place != int(found[1])]
        elif found := re.fullmatch("to every number add (.)", operation):
            values = [value + int(found[1]) for value in values]
        else:
            values = {
                "reverse the list": values[::-1],
                "move the first number to the end": [*values[1:], values[0]],
                "remove the last number": values[:-1],
            }[operation]
    return values


def _faults(problem: Any) -> int:
    """LRU by the count of pages requested since, FIFO by the times of loading."""
    requests, faults = problem.requests, 0
    loaded: dict[int, int] = {}
    for time, page in enumerate(requests):
        if problem.policy == "LRU":
            last = max((past for past in range(time) if requests[past] == page), default=None)
            faults += last is None or len(set(requests[last:time])) > problem.frames
        elif page not in loaded:
            faults += 1
            if len(loaded) == problem.frames:
                del loaded[min(loaded, key=lambda other: loaded[other])]
            loaded[page] = time
    return faults


EXAMPLES: dict[str, Example] = {
    "ABProgramSimulation": ({"tokens": ["A#", "#B", "B#", "#A"]}, "#B B#"),
    "BubbleSortPasses": ({"values": [4, 3, 2, 1], "passes": 2}, [2, 1, 3, 4]),
    "CellularAutomaton1D": ({"rule": ["001", "100"], "cells": "00010", "steps": 2}, "11000"),
    "FiniteAutomaton": ({"after_a": [1, 0], "after_b": [0, 1], "start": 0, "word": "aba"}, 0),
    "ListOperations": (
        {"values": [1, 2, 3], "operations": ["remove the last number", "put 7 at position 2", "reverse the list"]},
        [2, 7, 1],
    ),
    "LoopTrace": ({"start": [1, 0], "body": ["b = b + a", "a = a + i"], "repeats": 3, "variable": "b"}, 7),
    "PageReplacement": ({"requests": [1, 2, 1, 3, 1], "frames": 2, "policy": "FIFO"}, 4),
    "PointerChase": ({"targets": [3, 1, 2], "order": [2, 1, 3], "start": 1, "jumps": 2}, 2),
    "RegisterMachine": ({"program": ["inc b", "dec a", "jump a 1"], "start": [3, 0], "steps": 20}, [0, 3]),
    "StackMachine": (
        {"commands": ["add", "sub", "swap", "dup"], "program": ["push 9", "push 4", "sub", "dup", "add"]},
        10,
    ),
    "SwapTracking": ({"letters": "abc", "swaps": [[1, 2], [2, 3]]}, "bca"),
    "TuringMachine": ({"rules": ["1RA", "0RA"], "tape": "0110", "head": 1, "steps": 2}, "0000"),
    "VariableTracking": ({"assignments": ["a = 3", "b = a + 2", "a = b - a"], "variable": "a"}, 2),
}

SEARCHES: dict[str, Search] = {
    "ABProgramSimulation": (_rewritten, _itself, range(10)),
    "BubbleSortPasses": (_with_a_heap, _itself, range(20)),
    "CellularAutomaton1D": (_wolfram, _itself, range(15)),
    "FiniteAutomaton": (_composed_map, _itself, range(20)),
    "ListOperations": (_rebuilt_list, _itself, range(20)),
    "LoopTrace": (_as_python, _itself, range(20)),
    "PageReplacement": (_faults, _itself, range(20)),
    "PointerChase": (_doubled_jumps, _itself, range(20)),
    "RegisterMachine": (_registers, _itself, range(20)),
    "StackMachine": (_linked_stack, _itself, range(20)),
    "SwapTracking": (_each_letters_way, _itself, range(20)),
    "TuringMachine": (_turing, _itself, range(20)),
    "VariableTracking": (_as_python, _itself, range(20)),
}

IS_CORRECT: dict[str, IsCorrect] = {
    "ABProgramSimulation": lambda problem, answer: answer.split() == _rewritten(problem).split(),
}

BEST_FIRST: dict[str, BestFirst] = {
    "BubbleSortPasses": lambda problem: [problem.solution(), problem.solution()[::-1]],
    "CellularAutomaton1D": letters_spoilt,
    "ListOperations": integers_spoilt,
    "RegisterMachine": integers_spoilt,
    "SwapTracking": letters_spoilt,
    "TuringMachine": letters_spoilt,
}
