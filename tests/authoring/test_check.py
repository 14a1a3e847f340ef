"""`rlve envs check`: a readable report on an environment's own file, whatever it does."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from rlve.authoring.starting_file import TEMPLATE
from rlve.cli import main

ROOT = Path(__file__).parents[2]
FAULTY = ROOT / "tests" / "environments" / "faulty.py"

# What is planted, the promise that must break, and a part of what is found and of how to mend it.
PLANTED = [
    ("GlobalRandom", "nothing outside is touched", "the global random state changed", "generate's rng alone"),
    ("SetOrder", "problems do not depend on the process", "another process makes other problems", "never over sets"),
    ("WrongSolution", "solution is correct", "level 0, seed 0: the solution must be judged correct", "mend `solution`"),
    ("NumpyFields", "problem survives json and pickle", "field values = [np.int64(", "int(...) of NumPy's integers"),
    ("EasingLadder", "higher levels ask more", "level 4 has no longer prompts than level 0", "never ease"),
    ("AcceptsAnything", "wrong answers are not correct", "is judged Verdict(score=1.0", "mend `verify`"),
    ("RaisingVerify", "no text upsets it", "IndexError('list index out of range') (faulty.py, line", "must return 1.0"),
    ("Hangs", "solution is correct", "it hangs: no end after 2 seconds (faulty.py, line", "bound every loop"),
    ("LeakingPrompt", "question says how to answer and not what", "100% of the prompts end with their", "do not show"),
    ("LongPrompt", "higher levels ask more", "a question at level 0 has", "start with smaller problems"),
    ("EndsTheProcess", "solution is correct", "it ended its process, exit code 3", "leave the process alone"),
]


def report(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    code = main(["envs", "check", *arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(("name", "promise", "found", "mend"), PLANTED)
def test_planted_fault_breaks_its_promise(
    name: str, promise: str, found: str, mend: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, whole = report(capsys, f"{FAULTY}:{name}", "--timeout", "2" if name == "Hangs" else "60")
    [environment] = whole["environments"]
    assert (code, whole["kept"], environment["environment"]) == (1, False, name)
    [broken] = [entry for entry in environment["promises"] if entry["promise"] == promise]
    assert not broken["kept"]
    assert found in broken["found"]
    assert mend in broken["mend"]


def test_faultless_environment_keeps_every_promise(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["envs", "check", f"{FAULTY}:Faultless"]) == 0
    first, *promises, last, _ = capsys.readouterr().out.split("\n")[:-1]
    assert first == f"Faultless ({FAULTY})"
    assert len(promises) == 15 and all(line.startswith("  ok    ") for line in promises)
    assert last == "all 15 promises kept"


def test_broken_promise_is_printed_with_what_was_found_and_how_to_mend_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["envs", "check", f"{FAULTY}:SetOrder"]) == 1
    lines = capsys.readouterr().out.splitlines()
    place = lines.index("  FAIL  problems do not depend on the process")
    assert lines[place + 1] == "        found: another process makes other problems"
    assert lines[place + 2].startswith("        mend:  iterate over lists")
    assert "1 of 15 promises broken" in lines


def test_environment_of_the_package_is_checked_with_the_oracles_of_its_tests(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, whole = report(capsys, "HamiltonianPath")
    assert code == 0
    assert whole["environments"][0]["file"].endswith("environments/graphs/hamiltonian_path.py")


def test_second_opinion_beside_the_class_allows_other_correct_answers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "subsets.py"
    text = TEMPLATE.substitute(name="Either")
    file.write_text(text.replace("    # An answer is correct if", EITHER + "    # An answer is correct if"))
    code, whole = report(capsys, str(file))
    broken = {entry["promise"]: entry for entry in whole["environments"][0]["promises"] if not entry["kept"]}
    assert code == 1
    assert "def is_correct(problem, answer)" in broken["wrong answers are not correct"]["mend"]
    with file.open("a") as opened:
        opened.write(SECOND_OPINION)
    code, whole = report(capsys, str(file))
    assert code == 0, whole


EITHER = """    def verify(self, answer: int) -> float | None:
        return float(abs(answer) == self.solution())

"""
SECOND_OPINION = """

def is_correct(problem: Either, answer: int) -> bool:
    return answer**2 == (max(problem.numbers) - min(problem.numbers)) ** 2
"""


def test_all_environments_of_a_file_are_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "two.py"
    file.write_text(TEMPLATE.substitute(name="First") + "\n\n" + TEMPLATE.substitute(name="Second"))
    code, whole = report(capsys, str(file))
    assert code == 0
    assert [entry["environment"] for entry in whole["environments"]] == ["First", "Second"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("import nowhere_to_be_found\n", "ModuleNotFoundError: No module named 'nowhere_to_be_found' (mine.py, line 1"),
        ("x = 1\ndef broken(:\n", "(mine.py, line 2, in the file)"),
        ("while True: pass\n", "it hangs: no end after 2 seconds (mine.py, line 1"),
    ],
)
def test_file_that_cannot_be_loaded_is_a_finding(
    text: str, found: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.py").write_text(text)
    code, whole = report(capsys, str(tmp_path / "mine.py:Mine"), "--timeout", "2")
    [entry] = whole["environments"][0]["promises"]
    assert code == 1
    assert (entry["promise"], entry["kept"]) == ("it can be loaded", False)
    assert found in entry["found"]


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("Additoin", "the nearest are Addition"),
        ("nowhere.py", "nowhere.py does not exist"),
        (f"{FAULTY}:Absent", "holds no class Absent"),
        (str(ROOT / "rlve" / "__init__.py"), "holds no class that derives from environments.Problem"),
    ],
)
def test_what_does_not_exist_is_said(wanted: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["envs", "check", wanted]) == 2
    assert message in capsys.readouterr().err


def test_interrupting_ends_the_child_too(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    marker = tmp_path / "pid"
    file.write_text(f"import os\nopen({str(marker)!r}, 'w').write(str(os.getpid()))\nwhile True: pass\n")
    # A worker of xdist ignores the signal, and whatever it starts would.
    heard = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)"
    program = f"{heard}; from rlve.cli import main; sys.exit(main(['envs', 'check', {str(file)!r}]))"
    process = subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 60
    while not (marker.exists() and marker.read_text()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 130
    assert process.stderr is not None
    assert "interrupted" in process.stderr.read()
    process.stderr.close()
    with pytest.raises(ProcessLookupError):
        os.kill(int(marker.read_text()), 0)
