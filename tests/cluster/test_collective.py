"""The collective by itself: its ends in threads of their own, with and without one that fails."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import torch
from torch import Tensor

from rlve.cluster import collective, weight_transfer
from rlve.cluster.collective import Group

SECONDS = 2.0
MEMBERS = ["trainer 0", "engine 0", "engine 1"]
Named = tuple[str, Tensor]


def weights(number: int) -> dict[str, Tensor]:
    """Of several types and sizes, one larger than a bucket, one empty; the output layer is the embedding."""
    generator = torch.Generator().manual_seed(number)
    embedding = torch.randn(300, 70, generator=generator)
    return {
        "embed_tokens.weight": embedding,
        "lm_head.weight": embedding,
        "huge": torch.randn(1 << 19, generator=generator),
        "odd": torch.randint(0, 9, (7,), generator=generator, dtype=torch.int8),
        "half": torch.randn(33, 5, generator=generator).to(torch.bfloat16),
        "turned": torch.randn(20, 30, generator=generator).T,
        "empty": torch.empty(0, 3),
        "scalar": torch.tensor(2.5),
    }


def receive(rank: int, port: int, fate: str) -> list[dict[str, str]]:
    """The digests of two syncs; `fate` is what becomes of the second, or of all."""
    if fate == "absent":
        return []
    group = Group(collective.reach_store("127.0.0.1", port, SECONDS), rank, MEMBERS, "cpu", SECONDS)
    heard: list[dict[str, str]] = []
    while len(heard) < (1 if fate == "late" else 2):
        try:
            digests = weight_transfer.Digests()
            for name, _ in weight_transfer.digested(group.receive(), digests):
                if fate == "fails" and heard and name == "huge":
                    raise ValueError("no room for huge")
            heard.append(digests.all())
        except BaseException as error:
            group.fail(error)
            raise
    return heard


def send(store: Any, breaks: bool) -> list[weight_transfer.Sent]:
    group = Group(store, 0, MEMBERS, "cpu", SECONDS)
    sent: list[weight_transfer.Sent] = []
    for number in range(2):
        tensors = iter(weights(number).items())
        try:
            sent.append(weight_transfer.broadcast(broken(tensors) if breaks and number else tensors, group, 1))
        except BaseException as error:
            group.fail(error)
            raise
    return sent


def broken(tensors: Iterator[Named]) -> Iterator[Named]:
    yield from (next(tensors) for _ in range(4))
    raise RuntimeError("the gather broke")


def run(first: str = "", second: str = "", breaks: bool = False) -> list[Any]:
    """What the sender and both receivers end with: their result, or the message of their exception."""
    store = collective.host_store("127.0.0.1", SECONDS)
    with ThreadPoolExecutor(3) as threads:
        ends = [
            threads.submit(send, store, breaks),
            threads.submit(receive, 1, store.port, first),
            threads.submit(receive, 2, store.port, second),
        ]
    return [end.result() if end.exception() is None else str(end.exception()) for end in ends]


def test_every_tensor_arrives_as_it_was_sent_and_a_tied_one_travels_once() -> None:
    sent, *heard = run()
    for number in range(2):
        expected = {name: weight_transfer.digest(tensor) for name, tensor in weights(number).items()}
        assert sent[number].digests == heard[0][number] == heard[1][number] == expected
    entries, payload, _ = next(collective.buckets(weights(0).items(), 1 << 20))
    assert [name for name, *_ in entries] == ["embed_tokens.weight", "lm_head.weight"]
    assert len(payload) == 300 * 70 * 4


def test_buckets_are_bounded_by_their_bytes() -> None:
    tensors = {str(index): torch.full((101,), float(index)) for index in range(10)}
    packed = list(collective.buckets(tensors.items(), 1000))
    assert [len(payload) for _, payload, _ in packed] == [416 + 404] * 5
    unpacked = {
        name: tensor for entries, payload, _ in packed for name, tensor in collective.unpacked(entries, payload)
    }
    assert all(torch.equal(unpacked[name], tensor) for name, tensor in tensors.items())


def test_an_end_that_fails_tells_the_others_why() -> None:
    sender, first, second = run("fails")
    assert first == "no room for huge"
    assert "engine 0: no room for huge" in sender
    assert "engine 0: no room for huge" in second


def test_a_sender_that_fails_tells_the_receivers_why() -> None:
    sender, *receivers = run(breaks=True)
    assert sender == "the gather broke"
    assert all("trainer 0: the gather broke" in heard for heard in receivers)


@pytest.mark.parametrize(
    ("fates", "words"), [(("absent", ""), "engine 0 did not join"), (("", "late"), "engine 1 was not ready")]
)
def test_whoever_is_missing_is_named_at_the_deadline(fates: tuple[str, str], words: str) -> None:
    sender, *_ = run(*fates)
    assert words in sender
    assert f"within {SECONDS:.0f} s" in sender
