"""A request's numbers are those of its own generator, in its order."""

import torch

from rlve.cluster.request_seeds import CHUNK, LIMIT, RequestSeeds


def generator(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_a_request_gets_the_numbers_of_its_generator_whatever_is_beside_it() -> None:
    alone, steps = generator(5), 2 * CHUNK + 3
    expected = [int(torch.randint(0, LIMIT, (1,), generator=alone)) for _ in range(steps)]
    seeds, one, other = RequestSeeds(), generator(5), generator(6)
    found: list[int] = []
    for step in range(steps):
        if step % 3 == 1:  # a step without it
            seeds.take(2, {0: other})
        row = step % 2
        found.append(int(seeds.take(3, {row: one, 2: other})[row]))
    assert found == expected


def test_numbers_of_a_finished_request_are_not_kept() -> None:
    seeds, one = RequestSeeds(), generator(5)
    seeds.take(1, {0: one})
    assert len(seeds.left) == 1
    del one
    assert len(seeds.left) == 0
