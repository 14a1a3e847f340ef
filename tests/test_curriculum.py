"""The adaptive rules, exactly. What they do for a learner: test_simulation.py."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from pydantic import ValidationError

from environments.problem import EVALUATION_BIT, Verdict
from rlve.config import CurriculumConfig
from rlve.curriculum import CONFIDENCE_Z, Curriculum, wilson
from rlve.types import Completion, Group, Rollout, Task

SAMPLES = 8


def config(**changes: Any) -> CurriculumConfig:
    values: dict[str, Any] = {
        "rule": "rlve",
        "window": 4,
        "min_prompts": 8,
        "promote_at": 0.9,
        "demote_at": 0.3,
        "max_step": 1,
        "initial_level": 0,
        "prompt_chars": 1000,
        "weighting": "uniform",
    }
    return CurriculumConfig.model_validate(values | changes)


def curriculum(
    environments: Sequence[str] = ("Division",), seed: int = 0, top: int = 100, **changes: Any
) -> Curriculum:
    return Curriculum(environments, config(**changes), SAMPLES, seed, dict.fromkeys(environments, top))


def group(level: int, correct: int, samples: int = SAMPLES, environment: str = "Division") -> Group:
    completion = Completion([1], [-1.0], [0], "eos")
    rollouts = [
        Rollout(completion, Verdict(float(index < correct), index < correct), float(index < correct))
        for index in range(samples)
    ]
    return Group(Task(environment, 1, level, 0), [1], rollouts, started=0)


@pytest.fixture
def others(tmp_path: Any) -> list[str]:
    """Two environments of a user's own file."""
    source = "from environments.arithmetic.division import Division\n"
    for name in ("First", "Second"):
        source += f"class {name}(Division): pass\n"
    file = tmp_path / "mine.py"
    file.write_text(source)
    return [f"{file}:First", f"{file}:Second"]


def test_nine_tenths_of_the_attempts_at_the_top_level_promote() -> None:
    ours = curriculum(min_prompts=10)  # 80 attempts, 72 correct
    assert ours.update([group(0, 8)] * 9 + [group(0, 0)]) == {"Division": 0.9}
    assert ours.levels == {"Division": 1}


def test_one_correct_attempt_fewer_does_not_promote_and_starts_the_count_afresh() -> None:
    ours = curriculum(min_prompts=10)
    ours.update([group(0, 8)] * 8 + [group(0, 7), group(0, 0)])
    assert ours.levels == {"Division": 0}
    assert ours.update([group(0, 8)] * 9) == {}
    assert ours.update([group(0, 8)]) == {"Division": 1.0}
    assert ours.levels == {"Division": 1}


def test_nothing_is_decided_before_enough_attempts_and_they_add_up_over_rounds() -> None:
    ours = curriculum()
    for _ in range(7):
        assert ours.update([group(0, 8)]) == {}
    assert ours.update([group(0, 7, samples=7)]) == {}
    assert ours.levels == {"Division": 0}
    assert ours.update([group(0, 1, samples=1)]) == {"Division": 1.0}
    assert ours.levels == {"Division": 1}


def test_only_groups_at_the_present_level_count() -> None:
    ours = curriculum()
    ours.update([group(0, 8)] * 8)
    ours.update([group(0, 8)] * 50 + [group(2, 8)] * 50)
    assert ours.levels == {"Division": 1}
    ours.update([group(1, 8)] * 8 + [group(0, 0)] * 50)
    assert ours.levels == {"Division": 2}


def test_an_update_promotes_once_at_most_however_many_groups_it_has() -> None:
    ours = curriculum()
    ours.update([group(0, 8)] * 40 + [group(1, 8)] * 40)
    assert ours.levels == {"Division": 1}


def test_the_rlve_rule_never_demotes() -> None:
    ours = curriculum(initial_level=3)
    for _ in range(20):
        ours.update([group(3, 0)] * 8)
    assert ours.levels == {"Division": 3}


def test_no_level_rises_above_its_ceiling() -> None:
    ours = curriculum(top=1, initial_level=5)
    assert ours.levels == {"Division": 1}
    ours.update([group(1, 8)] * 8)
    assert ours.levels == {"Division": 1}


def test_environments_are_promoted_each_by_its_own_groups(others: list[str]) -> None:
    ours = curriculum(others)
    ours.update([group(0, 8, environment=others[0])] * 8 + [group(0, 4, environment=others[1])] * 8)
    assert list(ours.levels.values()) == [1, 0]


def test_groups_of_an_unknown_environment_are_passed_over() -> None:
    assert curriculum().update([group(0, 8, environment="Sorting")] * 8) == {}


def test_levels_are_drawn_from_the_window_below_the_top() -> None:
    drawn = {task.difficulty for task in curriculum(initial_level=6).sample(400)}
    assert drawn == {3, 4, 5, 6}
    assert {task.difficulty for task in curriculum(initial_level=1).sample(400)} == {0, 1}


def test_levels_and_environments_are_drawn_evenly(others: list[str]) -> None:
    tasks = curriculum(others, initial_level=3).sample(8000)
    for name in others:
        for level in range(4):
            count = sum(task.environment == name and task.difficulty == level for task in tasks)
            assert 880 < count < 1120  # four standard deviations around 1000


def test_seeds_never_repeat_and_are_never_those_of_the_evaluation() -> None:
    ours = curriculum()
    seeds = [task.seed for task in ours.sample(3000) + ours.sample(3000)]
    assert len(set(seeds)) == 6000
    assert all(0 <= seed < EVALUATION_BIT for seed in seeds)
    assert not set(seeds) & {task.seed for task in curriculum(seed=1).sample(6000)}


def test_the_run_seed_alone_decides_what_is_drawn(others: list[str]) -> None:
    assert curriculum(others, seed=5).sample(50) == curriculum(others, seed=5).sample(50)
    assert curriculum(others, seed=5).sample(50) != curriculum(others, seed=6).sample(50)


def test_learnability_draws_rarely_but_still_draws_what_teaches_nothing(others: list[str]) -> None:
    ours = curriculum(others, weighting="learnability")
    ours.update([group(0, 0, environment=others[0])] * 200 + [group(0, 4, environment=others[1])] * 200)
    counts = [sum(task.environment == name for task in ours.sample(6000)) for name in others]
    # Weights 0.1 and 1.1, so a twelfth: 500 of 6000.
    assert 400 < counts[0] < 600


def test_a_resumed_curriculum_goes_on_as_if_never_stopped(others: list[str]) -> None:
    ours = curriculum(others, seed=3)
    ours.sample(10)
    ours.update([group(0, 8, environment=others[0])] * 12)
    ours.update([group(1, 3, environment=others[0])] * 2)
    resumed = curriculum(others, seed=99)
    resumed.load(json.loads(json.dumps(ours.state())))
    assert resumed.state() == ours.state()
    assert resumed.sample(100) == ours.sample(100)


def test_a_changed_environment_list_keeps_the_known_and_starts_the_new(others: list[str]) -> None:
    first, second = others
    ours = curriculum([first, "Division"])
    ours.update([group(0, 8, environment=first)] * 8 + [group(0, 8)] * 8)
    resumed = curriculum([first, second], initial_level=0)
    resumed.load(ours.state())
    assert resumed.levels == {first: 1, second: 0}
    assert {task.environment for task in resumed.sample(100)} == {first, second}


def test_a_lower_ceiling_holds_after_a_resume() -> None:
    ours = curriculum(initial_level=9)
    resumed = curriculum(top=4)
    resumed.load(ours.state())
    assert resumed.levels == {"Division": 4}


def test_a_quarantined_environment_is_not_drawn_and_stays_out_after_a_resume(others: list[str]) -> None:
    ours = curriculum(others)
    ours.quarantine(others[0])
    assert {task.environment for task in ours.sample(100)} == {others[1]}
    resumed = curriculum(others)
    resumed.load(ours.state())
    assert {task.environment for task in resumed.sample(100)} == {others[1]}


def test_the_last_environment_cannot_be_quarantined_silently() -> None:
    with pytest.raises(ValueError, match="every environment of this run is quarantined"):
        curriculum().quarantine("Division")


def test_a_curriculum_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one environment"):
        curriculum([])


BAND: dict[str, Any] = {"rule": "band", "promote_at": 0.6, "demote_at": 0.2}


@pytest.mark.parametrize(("share", "count"), [(0.8, 10), (0.5, 64), (1.0, 20.6)])
def test_the_interval_ends_where_the_seen_share_is_z_deviations_away(share: float, count: float) -> None:
    low, high = wilson(share, count)
    assert low < share <= high
    for bound in (low, high):
        assert (share - bound) ** 2 == pytest.approx(CONFIDENCE_Z**2 * bound * (1 - bound) / count, abs=1e-12)


def test_the_band_promotes_where_the_lower_bound_clears_the_band() -> None:
    ours = curriculum(**BAND)
    ours.update([group(0, 8)] * 8)
    assert ours.levels == {"Division": 1}


def test_the_band_demotes_where_the_upper_bound_falls_short_but_not_below_the_start() -> None:
    ours = curriculum(**BAND, initial_level=2)
    ours.update([group(2, 8)] * 8)
    ours.update([group(3, 0)] * 8)
    assert ours.levels == {"Division": 2}
    ours.update([group(2, 0)] * 8)
    assert ours.levels == {"Division": 2}


def test_the_band_gathers_evidence_while_it_is_undecided() -> None:
    ours = curriculum(**BAND)
    passing = [group(0, 6)] * 8  # accuracy 0.75: above the band, but 64 attempts cannot tell
    levels: list[int] = []
    for _ in range(2):
        ours.update(passing)
        levels.append(ours.levels["Division"])
    assert levels == [0, 1]


def test_the_band_forgets_old_evidence_where_it_stays_undecided() -> None:
    ours = curriculum(**BAND)
    for _ in range(4):
        ours.update([group(0, 4)] * 8)
    assert ours.state()["environments"]["Division"]["attempts"] == 0
    ours.update([group(0, 8)] * 8)
    assert ours.levels == {"Division": 1}


GALLOP: dict[str, Any] = {"rule": "band", "promote_at": 0.5, "demote_at": 0.2, "min_prompts": 2, "max_step": 4}


def test_promotions_in_a_row_double_the_step_up_to_its_most() -> None:
    ours, levels = curriculum(**GALLOP), list[int]()
    for _ in range(6):
        ours.update([group(ours.levels["Division"], 8)] * 2)
        levels.append(ours.levels["Division"])
    assert levels == [1, 3, 7, 11, 15, 19]


def test_a_step_too_far_is_half_taken_back_and_single_steps_follow() -> None:
    ours = curriculum(**GALLOP)
    for level in (0, 1, 3):
        ours.update([group(level, 8)] * 2)
    ours.update([group(7, 1)] * 2)  # 0.125: below demote_at, though so few attempts bound nothing below 0.2
    assert ours.levels == {"Division": 5}
    ours.update([group(5, 8)] * 2)
    assert ours.levels == {"Division": 6}


def test_a_check_that_does_not_promote_ends_the_search_and_its_evidence_stays() -> None:
    ours = curriculum(**GALLOP)
    ours.update([group(0, 8)] * 2)
    assert {task.difficulty for task in ours.sample(100)} == {1}
    ours.update([group(1, 4)] * 2)
    assert ours.levels == {"Division": 1}
    assert {task.difficulty for task in ours.sample(100)} == {0, 1}
    assert ours.state()["environments"]["Division"]["attempts"] == 16
    ours.update([group(1, 8)] * 4)  # 40 of 48
    assert ours.levels == {"Division": 2}


def test_while_promotions_follow_one_another_all_draws_are_at_the_top() -> None:
    ours = curriculum(**GALLOP, initial_level=6)
    assert {task.difficulty for task in ours.sample(200)} == {3, 4, 5, 6}
    ours.update([group(6, 8)] * 2)
    assert {task.difficulty for task in ours.sample(200)} == {7}


def test_no_step_passes_the_ceiling_and_there_the_window_is_drawn_again() -> None:
    ours = curriculum(**GALLOP, top=5)
    for level in (0, 1, 3):
        ours.update([group(level, 8)] * 2)
    assert ours.levels == {"Division": 5}
    ours.update([group(5, 8)] * 2)
    assert ours.levels == {"Division": 5}
    assert {task.difficulty for task in ours.sample(200)} == {2, 3, 4, 5}


def test_the_step_survives_a_resume_and_checkpoints_without_one_go_on_by_single_steps() -> None:
    ours = curriculum(**GALLOP)
    ours.update([group(0, 8)] * 2)
    state = json.loads(json.dumps(ours.state()))
    resumed = curriculum(**GALLOP)
    resumed.load(state)
    resumed.update([group(1, 8)] * 2)
    assert resumed.levels == {"Division": 3}
    del state["environments"]["Division"]["step"]
    resumed.load(state)
    resumed.update([group(1, 8)] * 2)
    assert resumed.levels == {"Division": 2}


@pytest.mark.parametrize("changes", [{"rule": "rlve"}, {"rule": "static"}, {"rule": "band", "demote_at": 0}])
def test_long_steps_need_a_rule_that_demotes(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="max_step=4 needs a rule that takes back"):
        config(max_step=4, **changes)


def test_static_difficulty_never_moves_and_covers_its_window() -> None:
    ours = curriculum(rule="static", initial_level=6, window=5)
    assert ours.update([group(6, 8)] * 50) == {}
    assert ours.levels == {"Division": 6}
    assert {task.difficulty for task in ours.sample(400)} == {2, 3, 4, 5, 6}
