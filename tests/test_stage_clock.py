"""Stages overlap, nest and go on over the end of a round; every second is in one place."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlve.stage_clock import STAGES, Seconds, StageClock


class Time:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_stages_that_overlap_are_each_busy_and_together() -> None:
    time = Time()
    clock = StageClock(time)
    with clock.busy("engines"):
        time.now += 3
        with clock.busy("train"):
            time.now += 2
        time.now += 1
    time.now += 4
    found = clock.close()
    assert (found.wall, found.busy("engines"), found.busy("train")) == (10, 6, 2)
    assert (found.idle("engines"), found.idle("train"), found.busy("sync")) == (4, 8, 0)
    assert found.while_busy({"engines"}, {"train"}) == 4
    assert found.while_busy({"engines", "train"}) == 2


def test_activities_of_a_stage_count_once_and_their_number_is_known() -> None:
    time = Time()
    clock = StageClock(time)
    with clock.busy("engines"):
        time.now += 1
        with clock.busy("engines"), clock.busy("engines"), clock.busy("engines"):
            time.now += 2
        time.now += 5
    found = clock.close()
    assert found.busy("engines") == 8
    assert found.depths["engines"] == {1: 6, 4: 2}
    assert found.depth("engines") == (6 * 1 + 2 * 4) / 8
    assert found.tail("engines", 0.25) == 6
    assert (found.depth("verify"), found.tail("verify", 0.25)) == (0, 0)


def test_an_activity_over_the_end_of_a_round_is_split_there() -> None:
    time = Time()
    clock = StageClock(time)
    with clock.busy("engines"):
        time.now += 3
        first = clock.close()
        time.now += 4
    second = clock.close()
    assert (first.wall, first.busy("engines")) == (3, 3)
    assert (second.wall, second.busy("engines")) == (4, 4)
    both = first.plus(second)
    assert (both.wall, both.busy("engines"), both.depths["engines"]) == (7, 7, {1: 7})


def test_an_activity_that_fails_or_is_cancelled_ends() -> None:
    time = Time()
    clock = StageClock(time)

    async def endless() -> None:
        with clock.busy("engines"):
            await asyncio.sleep(60)

    async def cancelled() -> None:
        task = asyncio.create_task(endless())
        await asyncio.sleep(0)
        time.now += 2
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    with pytest.raises(ZeroDivisionError), clock.busy("train"):
        raise ZeroDivisionError
    time.now += 5
    assert clock.close().busy("engines") == 2


def test_an_unknown_stage_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown stage 'rollout'; known are engines"), StageClock().busy("rollout"):
        pass


@given(st.lists(st.tuples(st.sampled_from([*STAGES]), st.integers(0, 5), st.integers(1, 9), st.booleans())))
def test_every_second_is_in_one_place(story: list[tuple[str, int, int, bool]]) -> None:
    """Activities begin, last and end in any order; some rounds end in between."""
    time = Time()
    clock = StageClock(time)
    total, passed = Seconds(), 0

    async def activity(stage: str, steps: int) -> None:
        with clock.busy(stage):
            for _ in range(steps):
                await asyncio.sleep(0)

    async def run() -> None:
        nonlocal total, passed
        tasks: list[asyncio.Task[None]] = []
        for stage, steps, seconds, ends in story:
            tasks.append(asyncio.create_task(activity(stage, steps)))
            await asyncio.sleep(0)
            time.now += seconds
            passed += seconds
            if ends:
                total = total.plus(clock.close())
        await asyncio.gather(*tasks)
        total = total.plus(clock.close())

    asyncio.run(run())
    assert total.wall == passed == sum(total.together.values())
    for stage in STAGES:
        assert 0 <= total.busy(stage) <= total.wall
        assert total.busy(stage) == sum(total.depths.get(stage, {}).values())
