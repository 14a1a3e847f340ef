"""What the adaptive rules do for a learner, and that they need no more rounds where hundreds of environments train."""

import pytest
from simulate_curriculum import RULES, study_difficulty, study_scale, study_weighting

SEEDS = pytest.mark.parametrize("seed", [0, 1])


@SEEDS
def test_a_learner_gains_more_from_adaptive_than_from_any_static_difficulty(seed: int) -> None:
    results = study_difficulty(seed)
    static = [values for name, values in results.items() if name.startswith("static")]
    assert len(static) == 3
    for values in static:
        assert results["rlve"]["skill"] > 1.5 * values["skill"]
        for quarter in ("effective, first quarter", "effective, last quarter"):
            assert results["rlve"][quarter] > values[quarter]
    easy, hard = results["static easy, 0 to 1"], results["static hard, 20"]
    assert easy["effective, last quarter"] < 0.4 * easy["effective, first quarter"]
    assert hard["skill"] < 0.5
    assert results["band"]["skill"] > 1.2 * results["rlve"]["skill"]
    assert results["band"]["effective, last quarter"] > results["rlve"]["effective, last quarter"] + 0.05


@SEEDS
def test_sixteen_times_the_environments_take_a_long_stepping_band_few_rounds_more(seed: int) -> None:
    """24 and 1.5 prompts per environment and round, as of 384 for 16 and 256."""
    rules = {name: RULES[name] for name in ("rlve", "band")}
    results = study_scale(seed, (4, 64), 200, 96, rules)
    assert results["rlve"]["growth"] > 6
    assert results["band"]["growth"] < 3
    assert results["band"]["rounds, n=64"] < results["rlve"]["rounds, n=64"] / 8
    for count in (4, 64):  # a step of 4 that is taken back at once
        assert results["band"][f"above, n={count}"] < 3


@SEEDS
def test_learnability_spends_its_prompts_where_there_is_something_to_learn(seed: int) -> None:
    results = study_weighting(seed, 30)
    for rule in ("rlve", "band"):
        uniform, weighted = results[f"{rule}, uniform"], results[f"{rule}, learnability"]
        assert weighted["effective"] > 1.3 * uniform["effective"]
        assert weighted["skill where it can learn"] > 1.3 * uniform["skill where it can learn"]
