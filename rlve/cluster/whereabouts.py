"""Where a process of the cluster runs: its node, its process id and the device that it computes on."""

import os
import socket


def here(device: str) -> tuple[str, int, str]:
    """Host name, process id, and the device's name with what tells it from others of its kind."""
    import torch

    if device == "cuda":
        found = torch.cuda.get_device_properties(torch.cuda.current_device())
        name = f"{found.name} {str(found.uuid)[:8]}"
    else:
        name = f"CPU, threads {torch.get_num_threads()}"
    return socket.gethostname(), os.getpid(), name
