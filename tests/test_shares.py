"""Work by formula over limits: what a round of known work takes on a machine of known speed."""

import pytest

from environments.problem import Verdict
from rlve.ledger import Tokens
from rlve.plan.work import Work, shape_of
from rlve.policy import Limits, SyncReport
from rlve.shares import decoded_bytes, shares, training_flops
from rlve.stage_clock import Seconds
from rlve.types import Completion, Group, Rollout, Task
from tests.test_conf import composed

CONFIG = composed("experiment=quickstart")
COSTS = Work(shape_of(CONFIG.model), "float32", None)


def in_flight(drafts: int, spent: float) -> Seconds:
    together = {frozenset({"engines"}): spent, frozenset({"train"}): 2.0}
    return Seconds(spent + 2, together, {"engines": {drafts: spent}})


def test_an_engine_reads_its_weights_once_a_step_whatever_runs_in_it() -> None:
    """32 drafts side by side, whose longest samples have 20 tokens each: 20 steps."""
    work = Tokens(drawn=32 * 8 * 15, longest=32 * 20, attended=1000)
    assert decoded_bytes(work, in_flight(32, 1.0), COSTS, CONFIG) == 20 * COSTS.weight_bytes + 1000 * COSTS.kv_bytes
    two = composed("experiment=quickstart", "cluster.engines=2")
    # 16 drafts in each of two engines take 20 steps of both.
    assert decoded_bytes(work, in_flight(32, 1.0), COSTS, two) == 40 * COSTS.weight_bytes + 1000 * COSTS.kv_bytes
    # One draft keeps one engine busy.
    one = Tokens(drawn=8, longest=20, attended=0)
    assert decoded_bytes(one, in_flight(1, 1.0), COSTS, two) == 20 * COSTS.weight_bytes


def test_drafts_that_an_engine_has_no_room_for_wait_and_do_not_share_its_steps() -> None:
    narrow = composed("experiment=quickstart", "cluster.engine_sequences=64")
    work = Tokens(drawn=1, longest=32 * 20, attended=0)
    assert decoded_bytes(work, in_flight(32, 1.0), COSTS, narrow) == 80 * COSTS.weight_bytes


def test_each_share_is_work_over_what_the_limit_gives_in_the_stages_seconds() -> None:
    rollouts = [
        Rollout(Completion([5] * length, [-1.0] * length, [1] * length, "eos"), Verdict(1.0, True), 1.0, masked)
        for length, masked in ((10, False), (20, False), (0, False), (30, True))
    ]
    group = Group(Task("Sorting", 1, 0, 0), [1] * 7, rollouts, 0)
    flops = 16 * COSTS.train_flops(16) + 26 * COSTS.train_flops(26)
    assert training_flops([group], COSTS, 1) == flops
    work, spent = Tokens(drawn=30, longest=20, attended=500), in_flight(1, 4.0)
    limits = Limits(1e9, 1e10, 1e8)
    found = shares(CONFIG, work, spent, [group], SyncReport(1, 3, 0.0, 0.5, byte_count=10**7), COSTS, limits)
    assert found == {
        "ledger/decode_bandwidth_share": pytest.approx((20 * COSTS.weight_bytes + 500 * COSTS.kv_bytes) / 4 / 1e9),
        "ledger/train_matrix_share": pytest.approx(flops / 2 / 1e10),
        "ledger/sync_copy_share": pytest.approx(10**7 / 0.5 / 1e8),
    }


def test_what_did_not_happen_has_no_share() -> None:
    assert shares(CONFIG, Tokens(), Seconds(1.0), [], SyncReport(1, 3, 0.0, 0.5), COSTS, Limits(1, 1, 1)) == {}
