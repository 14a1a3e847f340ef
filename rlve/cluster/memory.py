"""The most memory that a process has used since it was last asked, and what bounds a trainer's."""

from pathlib import Path

BUCKET_NUMBERS = 500_000_000
"""Gradients that ZeRO's stages 1 to 3 reduce at once, at most: DeepSpeed's default."""


def peak_bytes(device: str) -> int:
    """cuda: the most in use on this process's GPU, by whomever; cpu: resident memory of this process and its children.

    0 where the system does not tell.
    """
    if device == "cpu":
        return sum(map(_resident, _family()))
    import torch

    free, total = torch.cuda.mem_get_info()
    # What others hold there stands still while this process works, so its own peak comes on top of it.
    above = torch.cuda.max_memory_reserved() - torch.cuda.memory_reserved()
    torch.cuda.reset_peak_memory_stats()
    return total - free + above


def _family() -> list[int]:
    import psutil

    this = psutil.Process()
    return [this.pid, *(child.pid for child in this.children(recursive=True))]


def _resident(process: int) -> int:
    """The peak of resident memory, which then starts from the present; 0 for a process that has ended."""
    folder = Path(f"/proc/{process}")
    try:
        lines = (folder / "status").read_text(encoding="ascii", errors="replace").splitlines()
        (folder / "clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)
