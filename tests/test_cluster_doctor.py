"""`rlve doctor --cluster` passes on a sound layout, and says of a broken one which promise is broken."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from rlve import cluster_doctor, doctor_report, launch
from rlve.cluster.policy import ClusterPolicy
from rlve.cluster.transports import SharedMemory
from rlve.cluster.weight_transfer import Sent
from rlve.config import AdamParams, ConfigError, LoraConfig, TrainConfig
from rlve.examination import Line
from rlve.local import LocalPolicy
from rlve.policy import InFlight, Policy, SyncError, SyncReport
from tests.test_conf import composed
from tests.test_promises_break import LastCallOnly

ROUNDS = f"{cluster_doctor.ROUNDS} rounds of RLVE"


class Hangs(LocalPolicy):
    """A step never ends."""

    async def optim_step(self, adam: AdamParams) -> dict[str, float]:
        await asyncio.Event().wait()
        raise AssertionError


class LosesASync(LocalPolicy):
    """The third sync does not arrive."""

    async def save_weights_for_sampler(
        self, keep: bool = False, path: str | None = None, in_flight: InFlight = "finish"
    ) -> SyncReport:
        if self.version == 2:
            raise SyncError("weight sync: tensor model.norm.weight was sent and not loaded")
        return await super().save_weights_for_sampler(keep, path, in_flight)


def opening(
    kind: type[LocalPolicy],
) -> Callable[[TrainConfig, Path, LoraConfig | None], AbstractAsyncContextManager[Policy]]:
    @asynccontextmanager
    async def opened(config: TrainConfig, model: Path, lora: LoraConfig | None) -> AsyncIterator[Policy]:
        policy = kind(model, config.model.dtype, lora, config.model.max_seq_len)
        await policy.save_weights_for_sampler()
        yield policy
        await policy.close()

    return opened


def examined(folder: Path, kind: type[LocalPolicy], *overrides: str, seconds: float = 60) -> dict[str, Line]:
    """Subject → line."""
    config = composed(
        "cluster=local",
        "environments.names=[Parity]",
        "model.max_seq_len=96",
        f"model.cache={folder.parent / 'cache'}",
        f"output={folder / 'run'}",
        *overrides,
    )
    lines = asyncio.run(cluster_doctor.examine(config, seconds, lambda _: None, opening(kind)))
    assert not (folder / "run").exists()
    return {line.subject: line for line in lines}


@pytest.mark.slow
def test_a_broken_promise_fails_its_lines_and_hides_no_other(tmp_path: Path) -> None:
    lines = examined(tmp_path, LastCallOnly)
    failing = {subject for subject, line in lines.items() if line.state == "FAIL"}
    assert failing == {"any split of the data gives the same gradient", "steps submitted at once run in order"}
    for subject in failing:
        assert lines[subject].remedy
        assert "found" in lines[subject].found
    assert "not run" not in {line.state for line in lines.values()}
    assert lines[ROUNDS].state == lines["checkpoint"].state == "ok"
    assert doctor_report.failed(list(lines.values()))


def test_a_hang_fails_by_its_place_and_what_cannot_follow_is_not_run(tmp_path: Path) -> None:
    lines = examined(tmp_path, Hangs, seconds=3)
    states = [line.state for line in lines.values()]
    hung = next(line for line in lines.values() if line.state == "FAIL")
    assert "no end within 3 s" in hung.found
    assert "--timeout" in hung.remedy
    assert states.count("FAIL") == 1
    after = states[states.index("FAIL") + 1 : -1]
    assert after and set(after) == {"not run"}
    assert lines[ROUNDS].found == f"{hung.subject!r} did not end"


def test_a_sync_that_fails_ends_what_needs_the_policy(tmp_path: Path) -> None:
    lines = examined(tmp_path, LosesASync)
    failing = [line for line in lines.values() if line.state == "FAIL"]
    assert len(failing) == 1
    assert "model.norm.weight" in failing[0].found
    assert lines[ROUNDS].state == "not run"


@pytest.mark.slow
def test_environments_that_make_no_problem_are_named_and_only_they_are_missing(tmp_path: Path) -> None:
    file = tmp_path / "broken.py"
    file.write_text(
        """
from dataclasses import dataclass
from environments import Integer, Ladder, Problem, linear

@dataclass(frozen=True)
class Broken(Problem[int]):
    \"\"\"Its generator raises.\"\"\"
    answer = Integer()
    ladder = Ladder(size=linear(1))
    @classmethod
    def generate(cls, rng, size):
        raise ZeroDivisionError("no problem today")
    def prompt(self):
        return ""
    def solution(self):
        return 1
""",
        encoding="utf-8",
    )
    lines = examined(tmp_path, LocalPolicy, f"environments.names=[Parity,{file}:Broken]")
    assert lines["environments"].state == "FAIL"
    assert "1 of 2" in lines["environments"].found
    assert "no problem today" in lines["environments"].found
    assert [line.subject for line in lines.values() if line.state == "FAIL"] == ["environments"]


def test_what_cannot_be_examined_is_a_configuration_error(tmp_path: Path) -> None:
    for overrides in (["policy=tinker"], ["cluster=cpu", "cluster.trainers=999"], ["environments.names=[]"]):
        with pytest.raises(ConfigError):
            examined(tmp_path, LocalPolicy, *overrides)


def test_a_call_that_blocks_the_process_is_ended_and_named() -> None:
    program = """
import asyncio, time
from rlve.examination import Examination

async def stuck():
    time.sleep(60)

async def main():
    examination = Examination(0.2, lambda lines: print(lines[-1], flush=True), grace_seconds=0.2)
    await examination.line("start", stuck, "look at the network")

asyncio.run(main())
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1
    assert "FAIL" in done.stdout
    assert "blocked in stuck" in done.stdout
    assert "look at the network" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--cluster", "cluster.zero_stage=9"], "cluster.zero_stage"),
        (["--cluster", "cluster.zerostage=2"], "cluster.zero_stage"),
        (["experiment=quickstart"], "--cluster"),
    ],
)
def test_a_wrong_word_is_exit_code_2(arguments: list[str], words: str) -> None:
    done = doctor(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr


def test_the_report_escapes_what_markdown_and_the_console_would_take_for_their_own() -> None:
    lines = [Line("one", "FAIL", "|a − b| [bold]\nc", "mend it"), Line("two", "ok", "fine")]
    text = doctor_report.markdown(lines, "rlve doctor --cluster", "a layout")
    assert "| one | FAIL | \\|a − b\\| [bold] c | mend it | 0.0 |" in text
    assert "**Failed**: 1 ok, 1 FAIL; 0 s." in text
    found = json.loads(doctor_report.as_json(lines, "rlve doctor --cluster", "a layout"))
    assert found["failed"]
    assert found["lines"][0]["found"] == lines[0].found


def doctor(*arguments: str, seconds: float = 60) -> "subprocess.CompletedProcess[str]":
    program = "import sys; from rlve.cli import main; sys.exit(main(['doctor', *sys.argv[1:]]))"
    return subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, timeout=seconds, check=False
    )


class FlipsAByte(SharedMemory):
    """The last byte of the weights' file changes between the trainer that writes it and the engine that reads it."""

    async def written(self, slot: int) -> tuple[str, Sent]:
        path, sent = await super().written(slot)
        with Path(path).open("r+b") as file:
            file.seek(-1, os.SEEK_END)
            (last,) = file.read(1)
            file.seek(-1, os.SEEK_END)
            file.write(bytes([last ^ 1]))
        return path, sent


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_byte_that_changes_on_its_way_to_the_engine_is_found_by_the_tensors_name(tmp_path: Path) -> None:
    @asynccontextmanager
    async def opened(config: TrainConfig, model: Path, lora: LoraConfig | None) -> AsyncIterator[Policy]:
        async with launch.opened(config, model, lora) as policy:
            assert isinstance(policy, ClusterPolicy)
            assert isinstance(policy.cluster.transport, SharedMemory)
            policy.cluster.transport.__class__ = FlipsAByte
            yield policy

    config = composed("environments.names=[Parity]", f"model.cache={tmp_path / 'cache'}", f"output={tmp_path / 'run'}")
    found = asyncio.run(cluster_doctor.examine(config, 300, lambda _: None, opened))
    lines = {line.subject: line for line in found}
    assert lines["start"].state == "ok"
    assert lines["weight sync"].state == "FAIL"
    assert "SyncError" in lines["weight sync"].found
    assert "tensor model." in lines["weight sync"].found
    assert lines["weight sync"].remedy
    assert lines[ROUNDS].state == "not run"
    assert lines["close"].state == "ok"


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_sound_layout_passes_every_line_and_leaves_nothing(tmp_path: Path) -> None:
    file = tmp_path / "report.md"
    done = doctor(
        "--cluster",
        "experiment=quickstart",
        f"model.cache={tmp_path / 'cache'}",
        f"output={tmp_path / 'run'}",
        "--json",
        "--report",
        str(file),
        seconds=800,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    lines = {line["subject"]: line for line in found["lines"]}
    assert not found["failed"]
    assert {line["state"] for line in lines.values()} == {"ok", "skip"}
    assert [subject for subject, line in lines.items() if line["state"] == "skip"] == ["sleep and wake"]
    for words in ("trainer 0", "trainer 1", "engine 0"):
        assert words in lines["placement"]["found"]
    assert "syncs proved" in lines[ROUNDS]["found"]
    assert "gradient norms 0, 0, 0" not in lines[ROUNDS]["found"]
    assert not (tmp_path / "run").exists()
    text = file.read_text(encoding="utf-8")
    assert "**Passed**" in text
    assert all(f"| {subject} | {line['state']} |" in text for subject, line in lines.items())
