"""A client without the SDK: numbered requests over plain HTTP, bodies in protobuf where the SDK's are."""

import time
import uuid
from dataclasses import dataclass
from typing import Any

import numpy as np

from rlve.server import tinker_public_pb2 as pb
from tests.server.conftest import ServerProcess

PROTOBUF = "application/x-protobuf"
ADAM = {"learning_rate": 0.01, "beta1": 0.9, "beta2": 0.95, "eps": 1e-8, "weight_decay": 0.0, "grad_clip_norm": 1.0}
Answer = tuple[int, Any]


def datum(tokens: list[int]) -> pb.Datum:
    """cross_entropy of every token but the first."""
    made = pb.Datum()
    made.model_input.add().encoded_text.tokens = np.array(tokens[:-1], "<i4").tobytes()
    targets, weights = made.loss_fn_inputs["target_tokens"], made.loss_fn_inputs["weights"]
    targets.dense, targets.dtype = np.array(tokens[1:], "<i8").tobytes(), pb.DTYPE_INT64
    weights.dense, weights.dtype = np.ones(len(tokens) - 1, "<f4").tobytes(), pb.DTYPE_FLOAT32
    targets.shape.append(len(tokens) - 1)
    weights.shape.append(len(tokens) - 1)
    return made


def numbers(first: int, count: int = 12) -> list[int]:
    """Some tokens, others for each `first`."""
    return [10 + (first * 7 + 3 * place) % 200 for place in range(count)]


@dataclass
class Numbered:
    """A model whose requests are numbered by the caller, as those of the SDK are."""

    server: ServerProcess
    session: str
    id: str

    @classmethod
    def create(cls, server: ServerProcess, number: int = 0, session: str | None = None, **more: Any) -> "Numbered":
        session = session or new_session(server)
        made = cls(server, session, f"{session}:train:{number}")
        status, accepted = create_model(server, session, number, **more)
        assert status == 200, accepted
        told = made.outcome(accepted)
        assert told.get("model_id") == made.id, told
        return made

    def body(self, seq: int, *rows: list[int], loss: str = "cross_entropy", forward_only: bool = False) -> bytes:
        message = pb.ForwardBackwardRequest(model_id=self.id, seq_id=seq, loss_fn=loss, forward_only=forward_only)
        message.data.extend(datum(row) for row in rows or [numbers(seq)])
        return message.SerializeToString()

    def post(self, path: str, body: Any) -> Answer:
        """With an idempotency key of its own, as every resend of the SDK has."""
        headers = {"x-idempotency-key": f"stainless-python-retry-{uuid.uuid4()}", "x-sdk-version": "0.38.0"}
        if isinstance(body, bytes):
            headers["content-type"] = PROTOBUF
        return self.server.post(path, body, headers=headers)

    def forward_backward(self, seq: int, *rows: list[int], **more: Any) -> Answer:
        return self.post("forward_backward", self.body(seq, *rows, **more))

    def optim_step(self, seq: int, **adam: float) -> Answer:
        return self.post("optim_step", {"model_id": self.id, "seq_id": seq, "adam_params": {**ADAM, **adam}})

    def save(self, seq: int, name: str, **more: Any) -> Answer:
        return self.post("save_weights", {"model_id": self.id, "seq_id": seq, "path": name, **more})

    def sampler(self, seq: int, number: int) -> str:
        """A sampler of the present weights without a name."""
        body = {"model_id": self.id, "seq_id": seq, "sampling_session_seq_id": number}
        return self.outcome(self.ok(self.post("save_weights_for_sampler", body)))["sampling_session_id"]

    def ok(self, answer: Answer) -> Any:
        assert answer[0] == 200, answer
        return answer[1]

    def poll(self, id: str, protobuf: bool = False) -> Answer:
        return poll(self.server, id, protobuf)

    def outcome(self, accepted: Any, protobuf: bool = False) -> Any:
        """Polls until there is one: the result, or the {error, category} of a failure."""
        return outcome(self.server, accepted, protobuf)

    def loss(self, seq: int) -> float:
        """Of fixed data under the present weights, by a forward pass."""
        accepted = self.ok(self.forward_backward(seq, numbers(1), numbers(2), forward_only=True))
        return self.outcome(accepted)["metrics"]["loss:sum"]

    def sample(self, sampler: str, seq: int, **params: Any) -> Answer:
        body = {
            "sampling_session_id": sampler,
            "seq_id": seq,
            "num_samples": 2,
            "prompt": {"chunks": [{"type": "encoded_text", "tokens": numbers(3)}]},
            "sampling_params": {"max_tokens": 8, "seed": 5, **params},
        }
        return self.post("asample", body)


def new_session(server: ServerProcess) -> str:
    status, made = server.post("create_session", {"tags": ["test"], "user_metadata": None, "sdk_version": "0.38.0"})
    assert status == 200, made
    return made["session_id"]


def create_model(server: ServerProcess, session: str, number: int = 0, **more: Any) -> Answer:
    body = {"session_id": session, "model_seq_id": number, "base_model": "local/tiny"}
    return server.post("create_model", {**body, "lora_config": {"rank": 4, "seed": 3}, **more})


def poll(server: ServerProcess, id: str, protobuf: bool = False) -> Answer:
    headers = {"accept": PROTOBUF if protobuf else "application/json"}
    return server.post("retrieve_future", {"request_id": id, "allow_metadata_only": True}, headers=headers)


def outcome(server: ServerProcess, accepted: Any, protobuf: bool = False, seconds: float = 120) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        status, told = poll(server, accepted["request_id"], protobuf)
        if status != 408:
            assert status == 200, told
            return told
    raise AssertionError(f"{accepted['request_id']} is still pending")
