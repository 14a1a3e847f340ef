import signal
import subprocess
import sys
from pathlib import Path

from rlve.build_locks import ages, clear_abandoned, folder

BUILDER = """
import sys, time
from torch.utils.file_baton import FileBaton
assert FileBaton(sys.argv[1]).try_acquire()
print("building", flush=True)
time.sleep(600)
"""


def test_lock_of_a_builder_stays_until_the_builder_is_killed(tmp_path: Path) -> None:
    lock = tmp_path / "py311_cpu" / "operator" / "lock"
    lock.parent.mkdir(parents=True)
    with subprocess.Popen([sys.executable, "-c", BUILDER, str(lock)], stdout=subprocess.PIPE, text=True) as builder:
        assert builder.stdout is not None
        assert builder.stdout.readline() == "building\n"
        assert clear_abandoned(tmp_path) == []
        assert 0 <= ages(tmp_path)[lock] < 60
        builder.send_signal(signal.SIGKILL)
    assert lock.exists()
    assert clear_abandoned(tmp_path) == [lock]
    assert not lock.exists()


def test_nothing_to_clear_where_nothing_was_built(tmp_path: Path) -> None:
    assert clear_abandoned(tmp_path / "absent") == []


def test_folder_is_the_one_that_torch_uses() -> None:
    assert folder({"TORCH_EXTENSIONS_DIR": "/elsewhere"}) == Path("/elsewhere")
    assert folder({}) == Path.home() / ".cache" / "torch_extensions"
