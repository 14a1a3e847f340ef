"""The sentence names what costs most, and an override that can be tried: legal, and not set already."""

from random import Random
from typing import Any

import pytest
import yaml

from rlve.bottleneck import RULES, Seen, bottleneck
from rlve.config import TrainConfig
from rlve.ledger import REASONS, Tokens
from rlve.stage_clock import STAGES, Seconds
from tests.test_conf import composed


def changed(config: TrainConfig, *overrides: str) -> TrainConfig:
    """As Hydra would compose it, which takes longer."""
    values: dict[str, Any] = config.model_dump(mode="json")
    for override in overrides:
        path, value = override.split("=")
        section, key = path.split(".")
        assert key in values[section], override
        values[section][key] = yaml.safe_load(value)
    return TrainConfig.model_validate(values)


DEFAULT, QUICKSTART, COLOCATED = composed(), composed("experiment=quickstart"), composed("cluster=gpu8_colocated")
TWO_CORES = changed(QUICKSTART, "cluster.trainers=1")
WEIGHTED = "curriculum.weighting=learnability"


def lagging(config: TrainConfig) -> TrainConfig:
    return config.model_copy(update={"rollout": config.rollout.model_copy(update={"max_policy_lag": 1})})


def seconds(tail: float = 0.0, **together: float) -> Seconds:
    """Stages joined by `_and_` → seconds, `nothing` for none; `tail` of the engines' are those of the last group."""
    found = {frozenset(names.split("_and_")) - {"nothing"}: spent for names, spent in together.items()}
    engines = sum(spent for stages, spent in found.items() if "engines" in stages)
    return Seconds(sum(found.values()), found, {"engines": {1: tail, 32: engines - tail}})


def tokens(**dropped: int) -> Tokens:
    return Tokens(drawn=100, trained=100 - sum(dropped.values()), dropped=dropped)


def said(config: TrainConfig, spent: Seconds, went: Tokens | None = None, cores: int | None = 2) -> str:
    return bottleneck(config, [(went or tokens(), spent)], cores)


ALTERNATING = seconds(waiting_and_engines=5, train=4, sync=1)


def test_sides_that_wait_for_each_other_are_told_to_overlap() -> None:
    assert said(TWO_CORES, ALTERNATING) == (
        "trainers idle 50% of a round while groups finish, and engines 40% while trainers work: "
        "try rollout.max_policy_lag=1"
    )


def test_no_overlap_is_advised_where_it_is_on_or_devices_are_shared() -> None:
    for config in (
        lagging(TWO_CORES),
        QUICKSTART,  # two trainers and an engine on two cores
        COLOCATED,
        composed("cluster=local"),
    ):
        assert "max_policy_lag" not in said(config, ALTERNATING)
    assert "max_policy_lag=1" in said(QUICKSTART, ALTERNATING, cores=3)


def test_a_round_that_waits_for_its_last_groups_is_told_what_fills_the_engines() -> None:
    spent = seconds(tail=5, waiting_and_engines=7, train=3)
    without = changed(QUICKSTART, "rlve.partial_rollout=false")
    assert said(without, spent).endswith(
        "at most a quarter of its groups are still in flight: try rlve.partial_rollout=true"
    )
    exact = changed(QUICKSTART, "rlve.over_sampling_batch_size=32")
    assert said(exact, spent).endswith("try rlve.over_sampling_batch_size=64")
    assert "over_sampling" not in said(lagging(exact), spent)


def test_a_side_that_holds_up_the_other_gets_another_actor_where_there_is_a_core() -> None:
    sampling = seconds(waiting_and_engines=9, train=1)
    assert said(QUICKSTART, sampling).endswith("round for engines: try cluster.engines=2")
    assert "cluster.engines" not in said(QUICKSTART, sampling, cores=1)
    assert "cluster.engines" not in said(lagging(TWO_CORES), sampling)
    assert "cluster.engines=2" in said(lagging(TWO_CORES), sampling, cores=3)
    assert said(composed("cluster=gpu8"), sampling, cores=None).endswith("where a device is free")
    training = seconds(waiting_and_engines=1, train=9)
    assert said(TWO_CORES, training) == "trainers work 90% of a round: try cluster.trainers=2"
    assert "cluster.trainers" not in said(QUICKSTART, training)


def test_trainers_that_work_while_engines_do_and_never_wait_hold_up_the_round() -> None:
    spent = seconds(train_and_engines=9, waiting_and_engines=1)
    assert said(lagging(TWO_CORES), spent, cores=4) == "trainers work 90% of a round: try cluster.trainers=2"


def test_verification_that_engines_do_not_hide_gets_workers() -> None:
    spent = seconds(waiting_and_verify=7, waiting_and_engines=2, train=1)
    assert said(TWO_CORES, spent) == "verification alone takes 70% of a round: try rollout.workers=2"
    assert "workers" not in said(TWO_CORES, spent, cores=1)
    hidden = seconds(waiting_and_verify_and_engines=9, train=1)
    assert "verification" not in said(TWO_CORES, hidden)


@pytest.mark.parametrize(
    ("reason", "config", "override"),
    [
        ("zero_variance_right", DEFAULT, "curriculum.weighting=learnability"),
        ("zero_variance_right", changed(DEFAULT, WEIGHTED), "curriculum.rule=band"),
        ("zero_variance_right", changed(DEFAULT, WEIGHTED, "curriculum.rule=band"), ""),
        ("zero_variance_wrong", DEFAULT, "curriculum.weighting=learnability"),
        ("zero_variance_wrong", changed(DEFAULT, WEIGHTED, "curriculum.initial_level=4"), "curriculum.initial_level=0"),
        ("zero_variance_wrong", changed(DEFAULT, WEIGHTED), "rlve.n_samples_per_prompt=16"),
        ("stale", DEFAULT, "rollout.max_carry_rounds=3"),
        ("aborted", changed(DEFAULT, "rlve.partial_rollout=false"), "rlve.partial_rollout=true"),
        ("aborted", DEFAULT, ""),
        ("truncated", changed(DEFAULT, "rlve.rollout_max_response_len=32"), "rlve.rollout_max_response_len=64"),
        ("truncated", DEFAULT, ""),
        ("error", changed(DEFAULT, "rollout.timeout_seconds=1.5"), "rollout.timeout_seconds=3"),
        ("too_few", DEFAULT, ""),
    ],
)
def test_tokens_drawn_in_vain_cost_their_share_of_the_engines_seconds(
    reason: str, config: TrainConfig, override: str
) -> None:
    spent = seconds(waiting_and_engines=6, nothing=4)
    sentence = said(config, spent, tokens(**{reason: 63}), cores=1)
    if override:
        assert sentence.startswith("63% of the drawn tokens ")
        assert sentence.endswith(f": try {override}")
    else:
        assert sentence == "no override is known to win 5% of a round or more (busy: waiting 60%, engines 60%)"


@pytest.mark.parametrize(
    ("stage", "override"),
    [
        ("sync", "rlve.rollout_batch_size=64"),
        ("evaluation", "evaluation.every=40"),
        ("checkpoint", "checkpoint.every=40"),
    ],
)
def test_what_is_done_too_often_is_done_half_as_often(stage: str, override: str) -> None:
    config = changed(QUICKSTART, "evaluation.every=20", "checkpoint.every=20")
    sentence = said(config, seconds(**{stage: 4, "waiting_and_engines": 6}), cores=1)
    assert "40% of a round" in sentence
    assert sentence.endswith(f": try {override}")


def test_what_costs_more_is_said_first() -> None:
    spent = seconds(waiting_and_engines=5, train=1, sync=4)
    assert said(DEFAULT, spent, tokens(zero_variance_right=30), cores=1).startswith("weight syncs take 40%")
    assert said(DEFAULT, spent, tokens(zero_variance_right=50), cores=1).startswith("50% of the drawn tokens")


def test_the_last_ten_rounds_count_together() -> None:
    old = (tokens(), seconds(sync=100, nothing=1))
    new = [(tokens(stale=80), seconds(waiting_and_engines=8, nothing=2))] * 10
    assert bottleneck(DEFAULT, [old, *new], cores=1).startswith("80% of the drawn tokens grew too old")


def test_every_override_is_legal_and_changes_something() -> None:
    rng = Random(0)
    frugal = ("curriculum.rule=band", "rlve.partial_rollout=false", "evaluation.every=0", WEIGHTED)
    paper = composed("experiment=rlve_1.5b")
    configs = (DEFAULT, QUICKSTART, changed(QUICKSTART, *frugal), paper, COLOCATED, lagging(TWO_CORES))
    heard: set[str] = set()
    for config in configs:
        for _ in range(60):
            spent = Seconds(
                10.0,
                {frozenset(rng.sample([*STAGES], rng.randrange(1, 4))): 2.0 for _ in range(5)},
                {"engines": {1: 2.0, 32: 2.0}},
            )
            went = tokens(**{reason: rng.randrange(15) for reason in REASONS})
            for rule in RULES:
                finding = rule(Seen(config, went, spent, rng.choice((None, 1, 2, 8))))
                if finding is None:
                    continue
                overrides = finding.override.removesuffix(" where a device is free").split()
                heard.add(rule.__name__)
                assert 0 <= finding.won <= 1, (rule.__name__, finding)
                assert changed(config, *overrides) != config, finding
    assert heard == {rule.__name__ for rule in RULES}
