"""`rlve doctor` names what is wrong and what to do about it."""

import subprocess
import sys
from pathlib import Path

import pytest

from rlve import doctor

REQUIREMENTS = ["numpy<3,>=2.0", 'torch==2.13.0; extra == "cpu"', 'ray[default]==2.60.0; extra == "gpu"']


def test_only_the_core_and_the_chosen_extra_are_looked_at():
    findings = doctor.packages(REQUIREMENTS, {"numpy": "2.3.5", "torch": "2.13.0+cpu"}, "cpu")
    assert [(finding.subject, finding.state) for finding in findings] == [("numpy", "ok"), ("torch", "ok")]


def test_another_version_than_the_tested_one_is_a_warning_with_the_tested_one():
    [_, torch] = doctor.packages(REQUIREMENTS, {"numpy": "2.3.5", "torch": "2.14.0+cpu"}, "cpu")
    assert torch.state == "warn"
    assert torch.found == "2.14.0+cpu"
    assert "==2.13.0" in torch.remedy


def test_a_missing_package_fails():
    [numpy, ray] = doctor.packages(REQUIREMENTS, {"numpy": "2.3.5"}, "gpu")
    assert (numpy.state, ray.state) == ("ok", "FAIL")
    assert "make setup" in ray.remedy


def test_a_checkout_that_was_never_installed_fails():
    [finding] = doctor.packages(None, {}, "cpu")
    assert (finding.subject, finding.state) == ("rlve", "FAIL")


@pytest.mark.parametrize(
    ("installed", "state"),
    [
        ({"torch": "2.13.0+cpu"}, "ok"),
        ({"torch": "2.13.0+cpu", "torchvision": "0.28.0"}, "FAIL"),
        ({"torch": "2.13.0+cpu", "torchvision": "0.28.0+cpu"}, "ok"),
        ({"torch": "2.13.0", "torchvision": "0.28.0"}, "ok"),
        ({}, "ok"),
    ],
)
def test_a_cuda_torchvision_fails_only_beside_a_cpu_torch(installed: dict[str, str], state: str):
    finding = doctor.torchvision(installed)
    assert finding.state == state
    assert ("pip uninstall" in finding.remedy) == (state == "FAIL")


@pytest.mark.parametrize(
    ("finding", "state"),
    [
        (doctor.python((3, 11, 7)), "ok"),
        (doctor.python((3, 12, 0)), "FAIL"),
        (doctor.compiler([]), "ok"),
        (doctor.compiler(["g++"]), "FAIL"),
        (doctor.builds({}), "ok"),
        (doctor.builds({Path("lock"): 60.0}), "ok"),
        (doctor.builds({Path("shm/lock"): 3600.0}), "FAIL"),
        (doctor.cpus(2), "ok"),
        (doctor.cpus(1), "warn"),
        (doctor.memory(8 * doctor.GIB), "ok"),
        (doctor.memory(4 * doctor.GIB), "warn"),
        (doctor.shared_memory(2 * doctor.GIB), "ok"),
        (doctor.shared_memory(64 * 2**20), "warn"),
        (doctor.gpus([], "cpu"), "ok"),
        (doctor.gpus(["NVIDIA H100, 81559 MiB"], "gpu"), "ok"),
        (doctor.gpus(["NVIDIA H100, 81559 MiB"], "cpu"), "warn"),
    ],
)
def test_everything_that_is_not_right_comes_with_a_remedy(finding: doctor.Finding, state: str):
    assert finding.state == state
    assert bool(finding.remedy) == (state != "ok")


def test_missing_wandb_key_and_offline_hub_are_no_faults():
    assert [doctor.wandb(False).state, doctor.hub({"HF_HUB_OFFLINE": "1"}).state] == ["ok", "ok"]
    assert "offline" in doctor.hub({"HF_HUB_OFFLINE": "1"}).found
    assert "online" in doctor.hub({}).found


def test_the_table_of_this_machine_shows_every_finding_and_the_exit_code_says_whether_one_fails():
    program = "import sys; from rlve.cli import main; sys.exit(main(['doctor']))"
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)
    findings = doctor.examine()
    assert shown.returncode == int(any(finding.state == "FAIL" for finding in findings)), shown.stderr
    for finding in findings:
        assert finding.subject in shown.stdout
