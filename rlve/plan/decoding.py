"""Seconds of sampling, from a simulation of one engine under the rule by which a round fetches and ends.

A decode step reads all weights and the keys and values of every sequence in it, so that
step = fixed + per sequence · B + max((weights + tokens held · kv bytes) / bandwidth, FLOPs · B / peak).
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

FETCHES_PER_ROUND = 16  # as rlve.stream
ADMIT_UP_TO = 0.9  # of the room for keys and values, so that those that are in have some to grow into
WARM_UP, ROUNDS = 2, 6  # rounds simulated; the mean of those after WARM_UP is told, when unfinished work has built up


@dataclass(frozen=True)
class Engine:
    """One engine's speeds. kv_tokens: how many tokens' keys and values fit; sequences: at most so many at a time."""

    fixed_seconds: float
    sequence_seconds: float
    weight_seconds: float
    token_seconds: float
    flops_seconds: float
    prefill_seconds: float
    kv_tokens: int
    sequences: int

    def seconds(self, steps: int, count: int, held: int) -> float:
        """`steps` decode steps of `count` sequences that hold `held` tokens at the first."""
        read = self.weight_seconds + self.token_seconds * (held + count * (steps - 1) / 2)
        return steps * (self.fixed_seconds + self.sequence_seconds * count + max(read, self.flops_seconds * count))


@dataclass
class Sample:
    """One completion on its way. held: tokens whose keys and values the engine has, 0 where they are to be made."""

    group: int
    left: int
    written: int = 0
    held: int = 0


@dataclass(frozen=True)
class Demand:
    """What a round asks of one engine: groups that must train, groups of a fetch, and whether cut ones go on.

    carry_rounds: for how many rounds they may.
    """

    wanted: float
    fetched: float
    samples: int
    prompt_tokens: int
    useful_share: float
    partial: bool
    carry_rounds: int


@dataclass
class Sampled:
    """A simulated round of one engine, or the mean of several."""

    seconds: float = 0.0
    tokens: float = 0.0
    finished: float = 0.0
    fetches: float = 0.0
    sequence_steps: float = 0.0
    steps: float = 0.0
    kv_peak: int = 0
    preempted: float = 0.0

    @property
    def batch_mean(self) -> float:
        """Sequences in a decode step, on average over steps."""
        return self.sequence_steps / self.steps if self.steps else 0.0


@dataclass
class _State:
    waiting: deque[Sample] = field(default_factory=deque[Sample])
    active: list[Sample] = field(default_factory=list[Sample])
    open_groups: dict[int, int] = field(default_factory=dict[int, int])
    started: dict[int, int] = field(default_factory=dict[int, int])
    useful: int = 0
    finished: int = 0
    groups: int = 0


def simulate(engine: Engine, demand: Demand, lengths: Iterator[int]) -> Sampled:
    """The mean round. lengths: of completions, without end."""
    state = _State()
    rounds = [_round(engine, demand, lengths, state, number) for number in range(1, ROUNDS + 1)][WARM_UP:]

    def mean(name: str) -> float:
        return sum(getattr(each, name) for each in rounds) / len(rounds)

    means = {
        name: mean(name)
        for name in ("seconds", "tokens", "finished", "fetches", "sequence_steps", "steps", "preempted")
    }
    return Sampled(**means, kv_peak=max(each.kv_peak for each in rounds))


def _round(engine: Engine, demand: Demand, lengths: Iterator[int], state: _State, number: int) -> Sampled:
    result = Sampled()
    _drop_stale(demand, state, number)
    carried = len(state.open_groups)
    # Groups are shared out among engines; what one of them must bring up to this round is a fraction carried on.
    target = round(demand.wanted * number)
    while state.useful < target:
        if len(state.open_groups) + state.useful < target and result.fetches < FETCHES_PER_ROUND:
            result.fetches += 1
            _fetch(demand, lengths, state, number)
        elif carried and not result.fetches:
            result.fetches, carried = 1, 0
        result.seconds += _admit(engine, demand, state)
        if not state.active:
            break
        _advance(engine, demand, state, result)
    _end(demand, state)
    return result


def _drop_stale(demand: Demand, state: _State, number: int) -> None:
    stale = {group for group in state.open_groups if number - state.started[group] > demand.carry_rounds}
    state.waiting = deque(sample for sample in state.waiting if sample.group not in stale)
    for group in stale:
        del state.open_groups[group]


def _fetch(demand: Demand, lengths: Iterator[int], state: _State, number: int) -> None:
    for _ in range(max(1, round(demand.fetched))):
        state.started[state.groups] = number
        state.open_groups[state.groups] = demand.samples
        state.waiting.extend(Sample(state.groups, next(lengths)) for _ in range(demand.samples))
        state.groups += 1


def _admit(engine: Engine, demand: Demand, state: _State) -> float:
    """Takes in what there is room for; the seconds of reading prompts. The samples of a new prompt read it once."""
    seconds = 0.0
    held = sum(sample.held for sample in state.active)
    read: set[int] = {sample.group for sample in state.active}
    while state.waiting and len(state.active) < engine.sequences:
        sample = state.waiting[0]
        size = demand.prompt_tokens + sample.written
        if state.active and held + size > ADMIT_UP_TO * engine.kv_tokens:
            break
        state.waiting.popleft()
        again = sample.written if sample.group in read else size
        seconds += engine.prefill_seconds * again
        read.add(sample.group)
        sample.held = size
        held += size
        state.active.append(sample)
    return seconds


def _advance(engine: Engine, demand: Demand, state: _State, result: Sampled) -> None:
    """Decodes until the next sample ends, or until keys and values no longer fit, which puts the newest aside."""
    count, held = len(state.active), sum(sample.held for sample in state.active)
    steps = min(sample.left for sample in state.active)
    room = max(0, engine.kv_tokens - held) // count
    if count > 1 and room == 0:
        aside = state.active.pop()
        aside.held = 0
        state.waiting.appendleft(aside)
        result.preempted += 1
        return
    steps = min(steps, max(room, 1))
    result.seconds += engine.seconds(steps, count, held)
    result.tokens += steps * count
    result.steps += steps
    result.sequence_steps += steps * count
    result.kv_peak = max(result.kv_peak, held + steps * count)
    still: list[Sample] = []
    for sample in state.active:
        sample.left -= steps
        sample.written += steps
        sample.held += steps
        if sample.left:
            still.append(sample)
            continue
        state.open_groups[sample.group] -= 1
        if not state.open_groups[sample.group]:
            del state.open_groups[sample.group]
            state.finished += 1
            result.finished += 1
            state.useful = int(state.finished * demand.useful_share + 1e-9)
    state.active = still


def _end(demand: Demand, state: _State) -> None:
    """Aborts what is in flight: with partial rollout it waits for the next round, as far as it has got."""
    if demand.partial:
        for sample in state.active:
            sample.held = 0
        state.waiting.extendleft(reversed(state.active))
    else:
        state.waiting.clear()
        state.open_groups.clear()
    state.active = []
