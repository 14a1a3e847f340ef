"""Every token is drawn once and ends in one place; what does not add up is said with its numbers."""

import json
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments.problem import Verdict
from rlve.ledger import TokenLedger, TokensLost, kept, lags, waiting
from rlve.rollout import Draft
from rlve.types import Completion, FinishReason, Group, Rollout, Task

TASK = Task("Sorting", 1, 0, 0)


def completion(versions: list[int], reason: FinishReason = "eos") -> Completion:
    return Completion([7] * len(versions), [-0.5] * len(versions), versions, reason)


def draft(*versions: list[int], reason: FinishReason = "eos") -> Draft:
    return Draft(TASK, [1, 2, 3], [completion(each, reason) for each in versions], 0)


def group(*rollouts: tuple[list[int], float, bool]) -> Group:
    """(versions, reward, masked) of each."""
    scored = [
        Rollout(completion(each), Verdict(reward, reward == 1), reward, masked) for each, reward, masked in rollouts
    ]
    return Group(TASK, [1, 2, 3], scored, 0)


NEW = Draft(TASK, [1, 2, 3], [], 0)


def test_the_rollouts_of_a_trained_group_may_end_in_three_places() -> None:
    ledger = TokenLedger()
    written = draft([1] * 5, [1] * 4, [1] * 3, [1] * 2)
    ledger.drawn(NEW, written)
    scored = group(([1] * 5, 1.0, False), ([1] * 4, 0.0, False), ([1] * 3, 0.0, True))  # the fourth has no verdict
    ledger.settled(written, scored, None)
    ledger.trained([scored], version=1)
    found = ledger.close(0)
    assert (found.drawn, found.trained, dict(found.dropped)) == (14, 9, {"error": 2, "truncated": 3})
    assert (found.kept, dict(found.lags), found.lag_mean) == (0, {0: 9}, 0.0)


def test_a_group_that_cannot_train_drops_each_rollout_for_its_own_reason() -> None:
    ledger = TokenLedger()
    written = draft([1] * 5, [1] * 4, [1] * 3)
    ledger.drawn(NEW, written)
    ledger.settled(written, group(([1] * 5, 1.0, False), ([1] * 4, 0.0, True)), "too_few")
    assert dict(ledger.close(0).dropped) == {"error": 3, "truncated": 4, "too_few": 5}


def test_what_is_carried_waits_and_is_counted_as_kept_when_newer_weights_have_finished_it() -> None:
    ledger = TokenLedger()
    cut, longer = draft([1, 1], [1, 1, 1], reason="abort"), draft([1, 1, 2, 2, 2], [1, 1, 1])
    ledger.drawn(NEW, cut)
    assert ledger.close(waiting([cut], [])).pending_after == 5
    ledger.drawn(cut, longer)
    scored = group(([1, 1, 2, 2, 2], 1.0, False), ([1, 1, 1], 0.0, False))
    ledger.settled(longer, scored, None)
    ledger.trained([scored], version=3)
    found = ledger.close(0)
    assert (found.pending_before, found.drawn, found.trained, found.kept) == (5, 3, 8, 5)
    assert dict(found.lags) == {1: 3, 2: 5}
    assert found.lag_mean == 13 / 8


def test_a_surplus_group_that_grows_old_drops_what_would_have_trained() -> None:
    ledger = TokenLedger()
    written, scored = draft([1] * 5, [1] * 4), group(([1] * 5, 1.0, False), ([1] * 4, 0.0, False))
    ledger.drawn(NEW, written)
    ledger.settled(written, scored, None)
    ledger.close(waiting([], [scored]))
    ledger.dropped("stale", waiting([], [scored]))
    assert dict(ledger.close(0).dropped) == {"stale": 9}


def test_the_work_of_an_engine_is_its_longest_samples_and_the_tokens_that_these_attend_to() -> None:
    ledger = TokenLedger()
    cut, longer = draft([1, 1], [1, 1, 1], reason="abort"), draft([1, 1, 2, 2], [1, 1, 1, 2])
    ledger.drawn(NEW, cut)
    ledger.drawn(cut, longer)
    found = ledger.close(9 - 1)
    assert found.longest == 3 + 2
    # A prompt of three: its tokens and those written before are read at each new one.
    assert found.attended == (3 + 4) + (3 + 4 + 5) + (5 + 6) + 6


def test_a_lost_token_is_an_error_with_the_numbers() -> None:
    ledger = TokenLedger()
    ledger.drawn(NEW, draft([1] * 5))
    with pytest.raises(TokensLost, match=r"pending before 0 \+ drawn 5 = 5, but trained 0 .* pending after 4 = 4"):
        ledger.close(4)


def test_an_unknown_reason_is_refused() -> None:
    with pytest.raises(ValueError, match=r"unknown reason 'lost'.*known are .*stale"):
        TokenLedger().dropped("lost", 1)


def test_kept_and_lags_leave_out_masked_rollouts_and_groups_of_one_version() -> None:
    groups = [
        group(([1, 2], 1.0, False), ([1, 1, 1], 0.0, True)),
        group(([1, 1], 1.0, False)),
        group(([], 1.0, False)),
    ]
    assert kept(groups) == 1
    assert lags(groups, 2) == {1: 3, 0: 1}


@given(st.integers(0, 10**6))
def test_any_story_of_drafts_and_groups_adds_up_and_the_state_goes_on(seed: int) -> None:
    """Drafts are drawn, cut, carried, scored, filtered, kept and trained at random."""
    rng = Random(seed)
    ledger = TokenLedger()
    carried: list[Draft] = []
    surplus: list[Group] = []
    drawn = 0
    for number in range(4):
        trained, surplus = surplus, []
        sent, carried = [*carried, *(Draft(TASK, [1], [], number) for _ in range(rng.randrange(5)))], []
        for before in sent:
            begun = before.completions or [Completion([], [], [], "abort")] * 3
            fates: list[FinishReason] = [rng.choice(("eos", "length", "abort")) for _ in begun]
            after = Draft(
                TASK,
                [1],
                [
                    completion(old.policy_versions + [number] * (rng.randrange(4) if old.unfinished else 0), reason)
                    for old, reason in zip(begun, fates, strict=True)
                ],
                before.started,
            )
            drawn += after.token_count - before.token_count
            ledger.drawn(before, after)
            if after.unfinished:
                if rng.random() < 0.8:
                    carried.append(after)
                else:
                    ledger.dropped("aborted", waiting([after], []))
                continue
            rollouts = [
                Rollout(each, Verdict(1.0, True), 1.0, each.truncated and rng.random() < 0.5)
                for each in after.completions
                if rng.random() < 0.8
            ]
            scored = Group(TASK, [1], rollouts, before.started)
            reason = rng.choice((None, None, "too_few", "zero_variance_right", "zero_variance_wrong"))
            ledger.settled(after, scored, reason)
            if reason is None:
                rng.choice((trained, surplus)).append(scored)
        ledger.trained(trained, number)
        tokens = ledger.close(waiting(carried, surplus))
        assert sum(tokens.lags.values()) == tokens.trained
        resumed = TokenLedger()
        resumed.load(json.loads(json.dumps(ledger.state())))
        assert resumed.total == ledger.total
        ledger = resumed
    total = ledger.total
    assert total.drawn == drawn == total.trained + sum(total.dropped.values()) + total.pending_after
