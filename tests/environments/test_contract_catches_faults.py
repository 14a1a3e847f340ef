"""The contract itself is tested: a planted fault fails the check that is there for it."""

import re
from typing import Any

import pytest

from environments import Problem
from environments.contract import CHECKS, Broken, Check, Subject, fingerprint
from tests.environments.faulty import FAULTS, Faultless
from tests.environments.golden import check_problems_are_the_recorded_ones


@pytest.mark.parametrize(("environment", "check", "finding"), FAULTS)
def test_planted_fault_is_found(environment: type[Problem[Any]], check: Check, finding: str) -> None:
    with pytest.raises(Broken, match=f"^{environment.__name__}: .*{re.escape(finding)}"):
        check(Subject(environment))


@pytest.mark.parametrize("check", CHECKS)
def test_environment_without_a_fault_passes(check: Check) -> None:
    check(Subject(Faultless))


def test_every_check_has_a_planted_fault() -> None:
    assert {check for _, check, _ in FAULTS} == {*CHECKS, check_problems_are_the_recorded_ones}


def test_changed_problems_ask_for_a_new_version() -> None:
    check_problems_are_the_recorded_ones(Subject(Faultless), {"Faultless 1": fingerprint(Faultless)})
    with pytest.raises(Broken, match="raise `version`"):
        check_problems_are_the_recorded_ones(Subject(Faultless), {"Faultless 1": "0" * 24})
