"""One sentence on what a run loses most of its time to, and the override to try.

Every rule is a function of what was seen; it says which share of the rounds its override could win at best, or None.
Tokens that were drawn in vain count as their share of the seconds in which the driver waited for engines.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce

from rlve.config import TrainConfig
from rlve.ledger import Tokens
from rlve.stage_clock import Seconds

ROUNDS = 10  # of which the sentence is made: the last ones
LEAST = 0.05  # of the rounds' seconds; what wins less is not worth a sentence
TAIL = 0.25  # of the most groups in flight: below it the engines run for the last few


@dataclass(frozen=True)
class Seen:
    """cores: of the one machine that a run on CPU has, None where devices cannot be counted here."""

    config: TrainConfig
    tokens: Tokens
    seconds: Seconds
    cores: int | None

    def share(self, seconds: float) -> float:
        return seconds / self.seconds.wall

    @property
    def sampling(self) -> float:
        """Share of the rounds in which the driver waited for engines."""
        return self.share(self.seconds.while_busy({"waiting", "engines"}))

    @property
    def tail(self) -> float:
        """Share of the rounds in which it waited for the last few groups."""
        return min(self.sampling, self.share(self.seconds.tail("engines", TAIL)))

    def fits(self, engines: int, trainers: int) -> bool:
        """So many have a core each. At lag 0 engines and trainers take turns on them."""
        if self.cores is None:
            return True
        cluster = self.config.cluster
        needs = (
            engines * cluster.tensor_parallel_size * cluster.threads_per_engine,
            trainers * cluster.threads_per_trainer,
        )
        return (sum(needs) if self.config.rollout.max_policy_lag else max(needs)) <= self.cores


@dataclass(frozen=True)
class Finding:
    """won: the share of the rounds that the override could win."""

    won: float
    said: str
    override: str


def bottleneck(config: TrainConfig, rounds: Sequence[tuple[Tokens, Seconds]], cores: int | None) -> str:
    """The sentence on the last rounds, of which there must be one. cores: see `Seen`."""
    tokens = reduce(Tokens.plus, (each for each, _ in rounds[-ROUNDS:]))
    seconds = reduce(Seconds.plus, (each for _, each in rounds[-ROUNDS:]))
    seen = Seen(config, tokens, seconds, cores)
    found = [finding for rule in RULES if (finding := rule(seen)) is not None and finding.won >= LEAST]
    if not found:
        stages = ("waiting", "engines", "verify", "train", "sync", "evaluation", "checkpoint")
        busy = ", ".join(f"{stage} {seen.share(seconds.busy(stage)):.0%}" for stage in stages if seconds.busy(stage))
        return f"no override is known to win {LEAST:.0%} of a round or more (busy: {busy})"
    worst = max(found, key=lambda finding: finding.won)
    return f"{worst.said}: try {worst.override}"


def no_overlap(seen: Seen) -> Finding | None:
    """Trainers wait for groups, then engines for trainers."""
    config, cluster = seen.config, seen.config.cluster
    takes_turns = config.policy.kind == "cluster" and (cluster.colocate or cluster.backend == "local")
    if config.rollout.max_policy_lag or takes_turns:
        return None
    lagging = Seen(
        config.model_copy(update={"rollout": config.rollout.model_copy(update={"max_policy_lag": 1})}),
        seen.tokens,
        seen.seconds,
        seen.cores,
    )
    if not lagging.fits(cluster.engines, cluster.trainers):
        return None
    alone = seen.share(seen.seconds.while_busy({"train"}, {"engines"}))
    waiting = seen.share(seen.seconds.busy("waiting"))
    said = f"trainers idle {waiting:.0%} of a round while groups finish, and engines {alone:.0%} while trainers work"
    return Finding(min(waiting, alone), said, "rollout.max_policy_lag=1")


def long_tail(seen: Seen) -> Finding | None:
    """A few long groups hold up a round. What is fetched beyond it fills the engines, and is carried on.

    With a policy lag the engines are full anyway, and nothing is fetched beyond it.
    """
    rlve = seen.config.rlve
    if not rlve.partial_rollout:
        override = "rlve.partial_rollout=true"
    elif not seen.config.rollout.max_policy_lag and rlve.over_sampling_batch_size < 2 * rlve.rollout_batch_size:
        override = f"rlve.over_sampling_batch_size={2 * rlve.rollout_batch_size}"
    else:
        return None
    said = f"for {seen.tail:.0%} of a round at most a quarter of its groups are still in flight"
    return Finding(seen.tail * (1 - TAIL), said, override)


def few_engines(seen: Seen) -> Finding | None:
    """Another one takes its part of what the engines do while they are full."""
    cluster = seen.config.cluster
    more = cluster.engines + 1
    if seen.config.policy.kind != "cluster" or cluster.backend == "local" or cluster.colocate:
        return None
    if not seen.fits(more, cluster.trainers):
        return None
    free = "" if seen.cores is not None else " where a device is free"
    said = f"trainers wait {seen.sampling:.0%} of a round for engines"
    return Finding((seen.sampling - seen.tail) / more, said, f"cluster.engines={more}{free}")


def few_trainers(seen: Seen) -> Finding | None:
    """The same of trainers; those that share a sequence come together."""
    cluster = seen.config.cluster
    more = cluster.trainers + cluster.sequence_parallel
    if seen.config.policy.kind != "cluster" or cluster.backend == "local":
        return None
    if not seen.fits(cluster.engines, more):
        return None
    # Where engines work at the same time, trainers hold up a round as long as no groups are waited for.
    alone = seen.share(seen.seconds.while_busy({"train"}, {"waiting"}))
    free = "" if seen.cores is not None else " where a device is free"
    said = f"trainers work {alone:.0%} of a round"
    return Finding(alone * (1 - cluster.trainers / more), said, f"cluster.trainers={more}{free}")


def slow_verification(seen: Seen) -> Finding | None:
    workers = seen.config.rollout.workers
    more = 2 * workers if seen.cores is None else min(2 * workers, seen.cores)
    if more <= workers:
        return None
    share = seen.share(seen.seconds.while_busy({"waiting", "verify"}, {"engines"}))
    said = f"verification alone takes {share:.0%} of a round"
    return Finding(share * (1 - workers / more), said, f"rollout.workers={more}")


def _in_vain(seen: Seen, reason: str, why: str, override: str) -> Finding:
    share = seen.tokens.dropped.get(reason, 0) / max(1, seen.tokens.drawn)
    return Finding(min(1.0, share) * seen.sampling, f"{share:.0%} of the drawn tokens {why}", override)


def too_easy(seen: Seen) -> Finding | None:
    curriculum = seen.config.curriculum
    if curriculum.weighting == "uniform":
        override = "curriculum.weighting=learnability"
    elif curriculum.rule != "band":
        override = "curriculum.rule=band"
    else:
        return None
    return _in_vain(seen, "zero_variance_right", "were of groups that are all right", override)


def too_hard(seen: Seen) -> Finding | None:
    curriculum = seen.config.curriculum
    if curriculum.weighting == "uniform":
        override = "curriculum.weighting=learnability"
    elif curriculum.initial_level:
        override = "curriculum.initial_level=0"
    else:
        override = f"rlve.n_samples_per_prompt={2 * seen.config.rlve.n_samples_per_prompt}"
    return _in_vain(seen, "zero_variance_wrong", "were of groups in which no reward stands out", override)


def grown_old(seen: Seen) -> Finding | None:
    override = f"rollout.max_carry_rounds={seen.config.rollout.max_carry_rounds + 1}"
    return _in_vain(seen, "stale", "grew too old to train", override)


def thrown_away(seen: Seen) -> Finding | None:
    if seen.config.rlve.partial_rollout:
        return None
    return _in_vain(seen, "aborted", "were of groups that a round did not wait for", "rlve.partial_rollout=true")


def cut_short(seen: Seen) -> Finding | None:
    longer = 2 * seen.config.rlve.rollout_max_response_len
    if longer >= seen.config.model.max_seq_len:
        return None
    override = f"rlve.rollout_max_response_len={longer}"
    return _in_vain(seen, "truncated", "were cut short and taught nothing", override)


def not_verified(seen: Seen) -> Finding | None:
    override = f"rollout.timeout_seconds={2 * seen.config.rollout.timeout_seconds:g}"
    return _in_vain(seen, "error", "could not be verified", override)


def many_syncs(seen: Seen) -> Finding | None:
    """Half as many for the same samples."""
    rlve = seen.config.rlve
    batch = 2 * rlve.rollout_batch_size
    override = f"rlve.rollout_batch_size={batch}"
    if rlve.over_sampling_batch_size < batch:
        override += f" rlve.over_sampling_batch_size={batch}"
    share = seen.share(seen.seconds.busy("sync"))
    return Finding(share / 2, f"weight syncs take {share:.0%} of a round", override)


def many_evaluations(seen: Seen) -> Finding | None:
    every = seen.config.evaluation.every
    if not every:
        return None
    share = seen.share(seen.seconds.busy("evaluation"))
    return Finding(share / 2, f"evaluation takes {share:.0%} of a round", f"evaluation.every={2 * every}")


def many_checkpoints(seen: Seen) -> Finding | None:
    share = seen.share(seen.seconds.busy("checkpoint"))
    override = f"checkpoint.every={2 * seen.config.checkpoint.every}"
    return Finding(share / 2, f"checkpoints take {share:.0%} of a round", override)


RULES: tuple[Callable[[Seen], Finding | None], ...] = (
    no_overlap,
    long_tail,
    few_engines,
    few_trainers,
    slow_verification,
    too_easy,
    too_hard,
    grown_old,
    thrown_away,
    cut_short,
    not_verified,
    many_syncs,
    many_evaluations,
    many_checkpoints,
)
