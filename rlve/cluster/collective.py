"""Weights over the network: trainer rank 0 broadcasts them, a bucket at a time, to every engine worker.

The bytes go by NCCL between GPUs and by gloo between CPUs. What a bucket holds, who is ready for it and why an end gave
up goes through a store in rank 0's process, so that every wait has a deadline and ends with a reason.
"""

import json
import math
import socket
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from datetime import timedelta
from itertools import count
from typing import Any, Protocol, cast

import torch
from torch import Tensor

# What torch.distributed itself is made of; its module exports them without saying so.
from torch._C._distributed_c10d import BroadcastOptions, PrefixStore, ProcessGroupGloo, Store, TCPStore
from torch.distributed import DistError

from rlve.policy import SyncError

Named = tuple[str, Tensor]
Entry = tuple[str, str, list[int], int]
"""Name, dtype, shape, and the place of the first byte in the bucket."""

ALIGNMENT = 16  # bytes: a tensor viewed in a bucket must begin at a multiple of its element's size


def buckets(tensors: Iterable[Named], limit: int) -> Iterator[tuple[list[Entry], Tensor, list[Named]]]:
    """The tensors in groups of at most `limit` bytes, or of one that has more: what is where, the bytes, the tensors.

    A tensor that follows under a second name, as a tied one does, takes no second place.
    """
    entries: list[Entry] = []
    held: list[Named] = []
    size = 0
    for name, tensor in tensors:
        length = tensor.numel() * tensor.element_size()
        tied = bool(held) and held[-1][1].data_ptr() == tensor.data_ptr()
        start = entries[-1][3] if tied else math.ceil(size / ALIGNMENT) * ALIGNMENT
        if held and start + length > limit:
            yield entries, _packed(entries, held, size), held
            entries, held, start = [], [], 0
        entries.append((name, str(tensor.dtype).removeprefix("torch."), list(tensor.shape), start))
        held.append((name, tensor))
        size = start + length
    if held:
        yield entries, _packed(entries, held, size), held


def _packed(entries: list[Entry], tensors: list[Named], size: int) -> Tensor:
    payload = torch.empty(size, dtype=torch.uint8)
    for (_, _, _, start), (_, tensor) in zip(entries, tensors, strict=True):
        flat = tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8)
        payload[start : start + len(flat)] = flat
    return payload


def unpacked(entries: Iterable[Entry], payload: Tensor) -> Iterator[Named]:
    """Views of the bucket."""
    for name, kind, shape, start in entries:
        dtype = getattr(torch, kind)
        yield name, payload[start : start + math.prod(shape) * dtype.itemsize].view(dtype).view(shape)


class Link(Protocol):
    """How bytes go from rank 0 to all."""

    def broadcast(self, payload: Tensor, seconds: float) -> None: ...

    def close(self) -> None:
        """What others still wait for from this end fails at once."""
        ...


class Gloo:
    def __init__(self, store: Store, rank: int, size: int, host: str, port: int, seconds: float) -> None:
        options: Any = cast(Any, ProcessGroupGloo)._Options()
        options._timeout = timedelta(seconds=seconds)
        # By name it would choose an interface that others may not reach.
        options._devices = [ProcessGroupGloo.create_device(hostname=_address_towards(host, port))]
        self.group: Any = ProcessGroupGloo(PrefixStore("gloo", store), rank, size, options)

    def broadcast(self, payload: Tensor, seconds: float) -> None:
        options = BroadcastOptions()
        options.rootRank = 0
        options.timeout = timedelta(seconds=max(seconds, 0.001))
        self.group.broadcast([payload], options).wait()

    def close(self) -> None:
        self.group = None


class Nccl:
    """vLLM's communicator, outside the process's own torch.distributed world."""

    def __init__(self, store: Store, rank: int, size: int) -> None:
        from vllm.distributed.device_communicators.pynccl import PyNcclCommunicator
        from vllm.distributed.utils import StatelessProcessGroup
        from vllm.utils.nccl import unpinned_nccl_env

        group = StatelessProcessGroup(rank=rank, world_size=size, store=PrefixStore("nccl", store))
        with unpinned_nccl_env():
            self.communicator: Any = PyNcclCommunicator(group, torch.cuda.current_device())
        if self.communicator.disabled:  # it would then broadcast nothing, and say nothing
            raise SyncError("weight sync: NCCL could not be loaded; see VLLM_NCCL_SO_PATH and VLLM_DISABLE_PYNCCL")

    def broadcast(self, payload: Tensor, seconds: float) -> None:
        self.communicator.broadcast(payload, src=0, stream=torch.cuda.current_stream())
        done = torch.cuda.Event()
        done.record()
        deadline = time.monotonic() + seconds
        while not done.query():
            if time.monotonic() > deadline:
                raise TimeoutError(f"the broadcast was not over after {seconds:.0f} s")
            time.sleep(0.0002)

    def close(self) -> None:
        self.communicator.destroy()


def host_store(host: str, seconds: float) -> TCPStore:
    """The store in this process, on a free port."""
    return TCPStore(host, 0, None, True, timedelta(seconds=seconds), wait_for_workers=False)


def reach_store(host: str, port: int, seconds: float) -> TCPStore:
    """The store of rank 0's process."""
    return TCPStore(host, port, None, False, timedelta(seconds=seconds))


class Group:
    """One end: rank 0 sends, the others receive. An end that fails says why to the others, and no sync follows."""

    def __init__(self, store: TCPStore, rank: int, members: Sequence[str], device: str, seconds: float) -> None:
        """members: what to call each rank. seconds: how long one end may wait for another during a sync."""
        self.store, self.rank, self.members, self.seconds = store, rank, members, seconds
        self.device = torch.device(device)
        self.deadline = time.monotonic() + seconds
        self.syncs = 0
        self.next = "1/0"  # the bucket that the others, or this one, will wait for
        self.past = ""
        self.reason = ""
        store.set(f"joined/{rank}", "")
        self._await([f"joined/{other}" for other in range(len(members))], "did not join the group")
        self.link: Link = (
            Gloo(store, rank, len(members), store.host, store.port, seconds)
            if device == "cpu"
            else Nccl(store, rank, len(members))
        )

    def send(self, tensors: Iterable[Named], limit: int) -> Iterator[list[Named]]:
        """Rank 0: the tensors of each bucket once it has been sent."""
        self._begin()
        for entries, payload, held in buckets(tensors, limit):
            self._announce({"entries": entries, "bytes": len(payload)})
            self._broadcast(payload if self.device.type == "cpu" else payload.to(self.device))
            yield held
        self._announce({"entries": [], "bytes": 0})
        self.next = f"{self.syncs + 1}/0"

    def receive(self) -> Iterator[Named]:
        """The other ranks: the tensors, as they come."""
        self._begin()
        for number in count():
            self.next = f"{self.syncs}/{number}"
            self.store.set(f"{self.next}/{self.rank}", "")
            head = self._head()
            if not head["entries"]:
                self.next = f"{self.syncs + 1}/0"
                return
            payload = torch.empty(head["bytes"], dtype=torch.uint8, device=self.device)
            self._broadcast(payload)
            self.next = f"{self.syncs}/{number + 1}"
            yield from unpacked(head["entries"], payload)

    def fail(self, error: BaseException) -> None:
        """The others hear why, what waits for this end is let go, and later calls are refused."""
        if self.reason:
            return
        self.reason = f"{self.members[self.rank]}: {error}"
        with suppress(DistError):  # the store may be what is gone
            self.store.compare_set("failed", "", self.reason)
            if self.rank:
                self.store.set(f"{self.next}/{self.rank}", self.reason)
            else:
                self.store.set(self.next, json.dumps({"failed": self.reason}))
        self.link.close()

    def _begin(self) -> None:
        if self.reason:
            raise SyncError(f"weight sync: an earlier one failed ({self.reason}), so the group is closed")
        self.syncs += 1
        self.next = f"{self.syncs}/0"
        self.deadline = time.monotonic() + self.seconds

    def _announce(self, head: dict[str, Any]) -> None:
        """Says what comes next, and returns when everybody is ready for it."""
        place = self.next
        sync, _, number = place.partition("/")
        self.next = f"{sync}/{int(number) + 1}"
        self.store.set(place, json.dumps(head))
        keys = [f"{place}/{rank}" for rank in range(1, len(self.members))]
        self._await(keys, f"was not ready for bucket {number}")
        for key in keys:
            if reason := self.store.get(key).decode():
                raise SyncError(f"weight sync: {reason}")
            self.store.delete_key(key)
        # Who is ready for this one has read what was said before.
        self.store.delete_key(self.past)
        self.past = place

    def _head(self) -> dict[str, Any]:
        self._await([self.next], "sent nothing", 0)
        head = json.loads(self.store.get(self.next))
        if "failed" in head:
            raise SyncError(f"weight sync: {head['failed']}")
        return head

    def _await(self, keys: list[str], lack: str, whose: int | None = None) -> None:
        started = time.monotonic()
        try:
            self.store.wait(keys, timedelta(seconds=max(self.deadline - started, 0.001)))
        except DistError as error:
            try:
                missing = [key for key in keys if not self.store.check([key])]
            except DistError as gone:
                raise SyncError(f"weight sync: {self.members[0]} is gone: {gone}") from error
            names = [self.members[int(key.rpartition("/")[2]) if whose is None else whose] for key in missing]
            raise SyncError(
                f"weight sync: {' and '.join(names)} {lack} within {time.monotonic() - started:.0f} s "
                "(cluster.sync_timeout_seconds)"
            ) from error

    def _broadcast(self, payload: Tensor) -> None:
        try:
            self.link.broadcast(payload, self.deadline - time.monotonic())
        except (RuntimeError, TimeoutError) as error:
            with suppress(DistError):
                if self.store.check(["failed"]):
                    raise SyncError(f"weight sync: {self.store.get('failed').decode()}") from error
            raise SyncError(f"weight sync: the broadcast of {len(payload)} bytes broke off: {error}") from error


def _address_towards(host: str, port: int) -> str:
    """That of this node's interface from which `host` is reached."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)[0]
    with closing(socket.socket(family, kind, protocol)) as probe:
        probe.connect(address)
        return str(probe.getsockname()[0])
