"""A round's tokens and seconds become metrics, and the last rounds one sentence."""

import asyncio
import json

from environments.problem import Verdict
from rlve.account import Account
from rlve.plan.work import Work, shape_of
from rlve.policy import Limits, SyncReport
from rlve.rollout import Draft
from rlve.tracking import METRICS
from rlve.types import Completion, Group, Rollout, Task
from tests.test_conf import composed

CONFIG = composed("experiment=quickstart", "cluster.trainers=1")
TASK = Task("Sorting", 1, 0, 0)
SYNC = SyncReport(2, 3, 0.0, 0.5, byte_count=10**6)


class Policy:
    """Says what it can do at best."""

    async def limits(self) -> Limits:
        return Limits(1e9, 1e10, 1e8)


def a_round(account: Account) -> list[Group]:
    completions = [Completion([5] * 4, [-1.0] * 4, [1] * 4, "eos") for _ in range(2)]
    written = Draft(TASK, [1, 2], completions, 0)
    group = Group(TASK, [1, 2], [Rollout(each, Verdict(1.0, True), 1.0) for each in completions], 0)
    with account.clock.busy("waiting"), account.clock.busy("engines"):
        account.tokens.drawn(Draft(TASK, [1, 2], [], 0), written)
    account.tokens.settled(written, group, None)
    with account.clock.busy("train"):
        account.tokens.trained([group], 1)
    return [group]


async def measured() -> Account:
    account = Account(CONFIG, Work(shape_of(CONFIG.model), "float32", None))
    policy: object = Policy()
    assert await account.measure(policy) == Limits(1e9, 1e10, 1e8)  # pyright: ignore[reportArgumentType]
    return account


def test_a_round_has_metrics_with_shares_where_limits_are_known() -> None:
    account = asyncio.run(measured())
    assert account.bottleneck() is None
    with_shares = account.close(0, a_round(account), SYNC).metrics
    plain = Account(CONFIG, None)
    without = plain.close(0, a_round(plain), SYNC).metrics
    shares = {"decode_bandwidth_share", "train_matrix_share", "sync_copy_share"}
    assert with_shares.keys() - without.keys() == {f"ledger/{share}" for share in shares} <= METRICS.keys()
    assert with_shares["ledger/drawn"] == with_shares["ledger/trained"] == 8
    assert account.bottleneck()


def test_the_totals_go_on_from_a_checkpoint() -> None:
    account, resumed = Account(CONFIG, None), Account(CONFIG, None)
    account.close(0, a_round(account), SYNC)
    resumed.load(json.loads(json.dumps(account.state())))
    resumed.close(0, a_round(resumed), SYNC)
    assert resumed.tokens.total.trained == 16
