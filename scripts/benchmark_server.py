"""What the HTTP server costs and carries: one JSON object.

Accepted and retrieved futures per second, held long polls, heartbeats beside large bodies, and the time of a training
loop through the server over the same loop on the Policy itself. Example: python scripts/benchmark_server.py
"""

import argparse
import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from hydra import compose, initialize_config_module
from omegaconf import OmegaConf

from rlve import models
from rlve.config import AdamParams, LoraConfig, SamplingParams, ServeConfig, validate
from rlve.policy import Policy
from rlve.types import Datum, Loss

KEY = "tml-benchmark"
LORA = LoraConfig(rank=8, train_unembed=False, seed=0)


class Served:
    """A server process of its own, and connections to it that stay open."""

    def __init__(self, overrides: list[str]) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.data = tempfile.TemporaryDirectory(prefix="rlve-benchmark-")
        log = (Path(self.data.name) / "log").open("wb")
        self.process = subprocess.Popen(
            [
                Path(sys.executable).with_name("rlve"),
                "serve",
                f"port={self.port}",
                f"data={self.data.name}",
                *overrides,
            ],
            env={**os.environ, "RLVE_API_KEY": KEY, "RLVE_LOG_LEVEL": "WARNING"},
            stdout=log,
            stderr=log,
        )

    async def __aenter__(self) -> "Served":
        import aiohttp

        self.http = aiohttp.ClientSession(
            self.url,
            headers={"X-API-Key": KEY},
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=120),
        )
        for _ in range(600):
            try:
                async with self.http.get("/health"):
                    return self
            except aiohttp.ClientError:
                await asyncio.sleep(0.2)
        raise RuntimeError("the server did not start")

    async def __aexit__(self, *_: object) -> None:
        await self.http.close()
        self.process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(self.process.wait, 60)
        self.data.cleanup()

    async def post(self, path: str, body: Any, content_type: str = "application/json") -> tuple[int, Any]:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        async with self.http.post(f"/api/v1/{path}", data=raw, headers={"content-type": content_type}) as answer:
            return answer.status, await answer.json(content_type=None)

    async def model(self) -> tuple[str, str]:
        """A session and a model in it."""
        session = (await self.post("create_session", {}))[1]["session_id"]
        body = {
            "session_id": session,
            "model_seq_id": 0,
            "model_name": "local/tiny",
            "lora_config": {"rank": 8},
            "max_batch_size": 4096,
        }
        accepted = (await self.post("create_model", body))[1]
        while (await self.post("retrieve_future", {"request_id": accepted["request_id"]}))[0] == 408:
            pass
        return session, accepted["model_id"]

    async def finish(self, session: str) -> None:
        async with self.http.post(f"/api/v1/sessions/{session}/finish", data=b"{}"):
            pass


async def rate(clients: int, seconds: float, once: Callable[[int, int], Awaitable[None]]) -> float:
    """Calls per second of `clients` that each call again as soon as they are answered. once: (client, its count)."""
    count = 0
    deadline = time.perf_counter() + seconds
    started = time.perf_counter()

    async def client(index: int) -> None:
        nonlocal count
        turn = 0
        while time.perf_counter() < deadline:
            await once(index, turn)
            turn += 1
            count += 1

    await asyncio.gather(*(client(index) for index in range(clients)))
    return count / (time.perf_counter() - started)


async def accepted(served: Served, options: argparse.Namespace) -> float:
    """Submissions of optim_step on several models; the first number of each is missing, so that none runs meanwhile."""
    made = [await served.model() for _ in range(4)]
    numbers = [1] * len(made)

    async def submit(client: int, _: int) -> None:
        place = client % len(made)
        numbers[place] += 1
        body = {"model_id": made[place][1], "seq_id": numbers[place], "adam_params": {"learning_rate": 1e-4}}
        status, told = await served.post("optim_step", body)
        assert status == 200, told

    found = await rate(options.clients, options.seconds, submit)
    for session, _ in made:
        await served.finish(session)
    return found


async def retrieved(served: Served, options: argparse.Namespace) -> float:
    session, model = await served.model()
    body = {"model_id": model, "seq_id": 1, "adam_params": {"learning_rate": 1e-4}}
    id = (await served.post("optim_step", body))[1]["request_id"]

    async def fetch(*_: int) -> None:
        status, _ = await served.post("retrieve_future", {"request_id": id})
        assert status in (200, 408)

    found = await rate(options.clients, options.seconds, fetch)
    await served.finish(session)
    return found


async def held(served: Served, options: argparse.Namespace) -> dict[str, float]:
    """Long polls at once for operations that do not come, and heartbeats beside them."""
    session, model = await served.model()
    body = {"model_id": model, "seq_id": 2, "adam_params": {"learning_rate": 1e-4}}
    id = (await served.post("optim_step", body))[1]["request_id"]
    polls = [asyncio.create_task(served.post("retrieve_future", {"request_id": id})) for _ in range(options.polls)]
    await asyncio.sleep(3)
    beats = await heartbeats(served, session, 100)
    statuses = [status for status, _ in await asyncio.gather(*polls)]
    await served.finish(session)
    return {"answered_408": statuses.count(408), "heartbeat_p99_ms": beats}


async def heartbeats(served: Served, session: str, count: int) -> float:
    """The 99th percentile of a heartbeat's time, milliseconds."""
    times: list[float] = []
    for _ in range(count):
        started = time.perf_counter()
        await served.post("session_heartbeat", {"session_id": session})
        times.append(1000 * (time.perf_counter() - started))
        await asyncio.sleep(0.02)
    return round(float(np.percentile(times, 99)), 1)


async def beside_large_bodies(served: Served) -> dict[str, float]:
    """Heartbeats while forward_backward bodies of 10 MB arrive one after another."""
    session, model = await served.model()
    length, count = 448, 10 * 2**20 // (448 * 28)
    raw = large_body(model, length, count)
    sent = 0
    stop = False

    async def send() -> None:
        nonlocal sent
        while not stop:
            # Number 1 never comes: the bodies are read, decoded, checked and stored, and wait.
            status, told = await served.post("forward", with_number(raw, 2 + sent), "application/x-protobuf")
            sent += status == 200
            assert status in (200, 429), told
            if status == 429:  # as much waits as the server allows
                await asyncio.sleep(0.1)

    sending = asyncio.create_task(send())
    started = time.perf_counter()
    p99 = await heartbeats(served, session, 150)
    stop = True
    await sending
    elapsed = time.perf_counter() - started
    await served.finish(session)
    return {"heartbeat_p99_ms": p99, "bodies": sent, "megabytes_per_second": round(10 * sent / elapsed, 1)}


def large_body(model: str, length: int, count: int) -> bytes:
    from rlve.server import tinker_public_pb2 as pb

    message = pb.ForwardBackwardRequest(model_id=model, loss_fn="importance_sampling", forward_only=True)
    rng = np.random.default_rng(0)
    for _ in range(count):
        datum = message.data.add()
        datum.model_input.add().encoded_text.tokens = rng.integers(0, 1000, length).astype("<i4").tobytes()
        inputs = datum.loss_fn_inputs
        for name in ("logprobs", "advantages"):
            inputs[name].dense = rng.normal(-1, 0.1, length).astype("<f4").tobytes()
            inputs[name].dtype = pb.DTYPE_FLOAT32
        inputs["target_tokens"].dense = rng.integers(0, 1000, length).astype("<i8").tobytes()
        inputs["target_tokens"].dtype = pb.DTYPE_INT64
    return message.SerializeToString()


def with_number(raw: bytes, number: int) -> bytes:
    """A later field of the same name wins, so that the body need not be written again."""
    from rlve.server import tinker_public_pb2 as pb

    return raw + pb.ForwardBackwardRequest(seq_id=number).SerializeToString()


def batch(rng: np.random.Generator, vocabulary: int, count: int, length: int) -> list[Datum]:
    return [
        Datum(
            rng.integers(0, vocabulary, length),
            {
                "target_tokens": rng.integers(0, vocabulary, length),
                "logprobs": np.full(length, -7, np.float32),
                "advantages": rng.normal(0, 1e-3, length).astype(np.float32),
            },
        )
        for _ in range(count)
    ]


async def training_loop(policy: Policy, vocabulary: int, rounds: int) -> list[float]:
    """Seconds of each round: 64 samples of 16 prompts, a gradient over 128 data, a step, a sync."""
    times: list[float] = []
    for turn in range(rounds):
        data = batch(np.random.default_rng(turn), vocabulary, 128, 64)
        params = SamplingParams(max_tokens=32, seed=turn, ignore_eos=True)
        prompts = [list(range(1, 17 + index)) for index in range(16)]
        started = time.perf_counter()
        await asyncio.gather(*(policy.sample(prompt, params, 4) for prompt in prompts))
        await asyncio.gather(
            policy.forward_backward(data, Loss("importance_sampling")),
            policy.optim_step(AdamParams(learning_rate=1e-4)),
        )
        await policy.save_weights_for_sampler()
        times.append(time.perf_counter() - started)
    return times[1:]  # the first allocates


async def overhead(config: ServeConfig, served: Served | None, rounds: int) -> list[float]:
    """The loop on a ClusterPolicy here (served None), or through the stock SDK and the server."""
    folder = models.folder(config.model)
    vocabulary = models.vocabulary_size(folder)
    policy: Policy
    if served is None:
        from rlve.cluster.policy import ClusterPolicy

        policy = await ClusterPolicy.open(
            folder, config.model.dtype, LORA, config.model.max_seq_len, config.cluster, balance_data=True
        )
    else:
        from rlve.tinker import TinkerPolicy

        policy = await TinkerPolicy.open(
            folder, config.model.dtype, LORA, config.model.max_seq_len, config.base_model, served.url, KEY
        )
    try:
        return await training_loop(policy, vocabulary, rounds)
    finally:
        await policy.close()


async def measure(options: argparse.Namespace) -> dict[str, Any]:
    with initialize_config_module("conf", version_base="1.3"):
        composed: Any = OmegaConf.to_container(compose("serve", options.overrides), resolve=True)
    config = validate(composed, ServeConfig)
    load = os.getloadavg()[0]
    # Before and after, since the machine's speed changes with the hour.
    direct = await overhead(config, None, options.rounds)
    async with Served(options.overrides) as served:
        through = await overhead(config, served, options.rounds)
        found = {
            "futures_accepted_per_second": round(await accepted(served, options)),
            "retrieves_per_second": round(await retrieved(served, options)),
            "held_long_polls": {"polls": options.polls, **await held(served, options)},
            "beside_10_MB_bodies": await beside_large_bodies(served),
        }
    direct += await overhead(config, None, options.rounds)
    return {
        "setting": {
            "model": config.model.path,
            "device": config.cluster.device,
            "database": config.database or "SQLite, synchronous FULL",
            "clients": options.clients,
            "seconds_each": options.seconds,
            "rounds": options.rounds,
            "cores": os.cpu_count(),
            "load_before": load,
        },
        **found,
        "training_round": {
            "through_server_seconds": round(median(through), 4),
            "baseline": "the same loop on ClusterPolicy in one process, before and after",
            "baseline_seconds": round(median(direct), 4),
            "ratio": round(median(through) / median(direct), 3),
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--seconds", type=float, default=8.0, help="of each measurement of a rate")
    parser.add_argument("--polls", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("overrides", nargs="*", help="Hydra overrides of conf/serve.yaml")
    print(json.dumps(asyncio.run(measure(parser.parse_args()))))


if __name__ == "__main__":
    main()
