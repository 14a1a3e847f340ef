"""What the comparison of environments makes of two sides' rates, and that our side can be measured."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import benchmark_environments
import pytest
from benchmark_environments import Measuring, page, summary

ROOT = Path(__file__).parents[1]


def side(generate: float, verify: float | None, failures: int = 0) -> dict[str, Any]:
    """Rates that are the same at every level."""
    found = {
        "failures": failures,
        "characters": 50,
        "generate": {"count": 100, "mean": generate, "p99": 2 * generate},
        "verify": None if verify is None else {"count": 100, "mean": verify, "p99": 2 * verify, "solved": 1.0},
    }
    return dict.fromkeys(("0", "4", "8", "12"), found)


def test_ratios_say_how_many_times_faster_ours_are() -> None:
    report = summary(
        {
            "Fast": {"ours": side(0.001, 0.001), "theirs": side(0.1, 0.001)},
            "Slow": {"ours": side(0.06, 0.006), "theirs": side(0.03, 0.003)},
            "Unverifiable": {"ours": side(0.001, 0.001), "theirs": side(0.002, None)},
        }
    )
    assert report["shared"] == 3
    assert report["generate"]["compared"] == 3
    assert report["generate"]["geometric_mean"] == pytest.approx((100 * 0.5 * 2) ** (1 / 3), abs=0.01)
    assert report["generate"]["worst"] == ("Slow", 0.5)
    assert report["generate"]["slower"] == ["Slow"]
    assert report["generate"]["our_p99_ms"]["8"] == ("Slow", 120.0)
    assert {name for name, _, _ in report["generate"]["over_limit"]} == {"Slow"}
    assert report["verify"]["compared"] == 2
    assert [(name, ms) for name, _, ms in report["verify"]["over_limit"]] == [("Slow", 12.0)] * 4


def test_side_that_hangs_or_fails_is_counted_and_not_compared() -> None:
    failing = side(0.1, 0.1)
    failing["12"] = failing["12"] | {"failures": 3, "generate": None, "verify": None}
    report = summary(
        {
            "Hanging": {"ours": side(0.001, 0.001), "theirs": None},
            "Failing": {"ours": side(0.001, 0.001), "theirs": failing},
        }
    )
    assert report["they_hang"] == ["Hanging"]
    assert report["we_hang"] == []
    assert report["their_failures"] == {"Failing": ["12"]}
    assert report["environments"]["Hanging"]["generate_ratio"] is None
    assert report["environments"]["Failing"]["generate_ratio"] == 100.0
    table = page(report)
    assert "| Hanging | 50 | hangs | 1,000 | hangs |  | 1,000 | hangs |  |" in table
    assert "| Failing | 50 | 50 | 1,000 | (100,000) | 100.0 |" in table


def test_our_side_is_measured_in_a_child() -> None:
    ours = Measuring(sys.executable, "ours", 0.0, 3, 60)
    try:
        found = ours.rates("Sorting")
        assert found is not None and list(found) == ["0", "4", "8", "12"]
        for rates in found.values():
            assert rates["failures"] == 0
            assert rates["generate"]["count"] == rates["verify"]["count"] == 3
            assert 0 < rates["generate"]["mean"] <= rates["generate"]["p99"] < 1
            assert rates["verify"]["solved"] == 1.0
        assert ours.rates("NoSuchEnvironment") is None
        assert ours.rates("Sorting") is not None
    finally:
        ours.close()


def test_child_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark_environments, "ROOT", tmp_path)
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "environment_rates.py").write_text(
        "import sys\nprint('\"ready\"', flush=True)\nsys.stdin.readline()\nwhile True: pass\n"
    )
    hanging = Measuring(sys.executable, "ours", 0.0, 1, 0.2)
    assert hanging.rates("Sorting") is None
    hanging.close()


def test_interpreter_without_the_package_is_said() -> None:
    program = [sys.executable, "-I", "-c", "import Gym"]
    if subprocess.run(program, capture_output=True, check=False).returncode == 0:
        pytest.skip("rlve-gym is installed here")
    with pytest.raises(SystemExit, match=r"has no rlve-gym; see --help"):
        benchmark_environments.against(["Sorting"], sys.executable, 0.0, 1)
