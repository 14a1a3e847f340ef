"""What is held out stays out of every run that does not name it."""

import pytest

from environments import EnvironmentNotFound, families, names, resolve
from environments.held_out import HELD_OUT, NAMES


def test_all_families_and_patterns_leave_the_held_out_ones_to_evaluation() -> None:
    assert NAMES
    assert not NAMES & set(resolve(["all"]))
    assert {*resolve(["all"]), *NAMES} == set(names())
    for family, members in families().items():
        assert resolve([family]) == [name for name in members if name not in NAMES]
    assert not NAMES & set(resolve(["*o*"]))


def test_exact_name_and_the_word_mean_them() -> None:
    assert set(resolve(["held_out"])) == NAMES
    for name in NAMES:
        assert resolve([name]) == [name]


def test_pattern_of_held_out_ones_only_means_nothing() -> None:
    name = sorted(NAMES)[0]
    with pytest.raises(EnvironmentNotFound):
        resolve([f"{name}*"])


def test_each_is_an_environment_of_its_family() -> None:
    for family, members in HELD_OUT.items():
        assert set(members) <= set(families()[family]), family
        assert len(members) == len(set(members))


def test_about_an_eighth_of_each_family_is_held_out() -> None:
    for family, members in families().items():
        if len(members) >= 8:
            assert 0.08 <= len(HELD_OUT[family]) / len(members) <= 0.2, family
