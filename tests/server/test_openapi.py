"""Whatever the OpenAPI document allows or forbids, the server answers as the document says, and never with a 500."""

import re
import time
from collections import Counter
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from tests.server.conftest import ServerProcess
from tests.server.plain import new_session

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
    unsupported_method,
]
EXAMPLES = {GenerationMode.POSITIVE: 20, GenerationMode.NEGATIVE: 8}
SECONDS = 50.0
"""When these are over, every operation that is left gets one example of each kind."""
ENDING = re.compile("finish|delete_model|unload_model|^DELETE")
"""Operations that would end what the others are given."""
ALTERNATIVES = (
    ("sampling_session_id", "model_id", "model_path", "base_model"),
    ("model_path", "base_model", "model_name", "model_id"),
    ("adam_params", "optimizer_params"),
    ("data", "forward_backward_input", "forward_input"),
    ("chunks", "tokens", "input_ids"),
    ("path", "name"),
)
"""Of these a body has one; the document cannot say so."""
UNSENT = ("rlve_config", "seq_id", "target_prompt_logprobs", "prompt_alt_tokens_k", "prompt_logprobs_last_n")
"""A run of the server's own takes minutes, nobody here sends what a number comes after, and the rest is refused."""


def test_every_operation_answers_as_its_document_says(server: ServerProcess) -> None:
    schema = schemathesis.openapi.from_url(f"{server.url}/openapi.json", headers={"X-API-Key": server.key})
    known = names(server)
    deadline = time.monotonic() + SECONDS
    faults: list[str] = []
    statuses: Counter[tuple[str, int]] = Counter()

    def try_out(operation: Any, mode: GenerationMode) -> None:
        @given(operation.as_strategy(generation_mode=mode), st.booleans())
        @settings(
            max_examples=EXAMPLES[mode] if time.monotonic() < deadline else 1,
            deadline=None,
            database=None,
            derandomize=True,
            report_multiple_bugs=False,
            phases=[Phase.generate],
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
        )
        def answers(case: Case, meant: bool) -> None:
            if meant and mode == GenerationMode.POSITIVE and not ENDING.search(f"{case.method} {case.path}"):
                make_sense(case, known)
            answer = case.call(headers={"X-API-Key": server.key}, timeout=60)
            statuses[operation.label, answer.status_code] += 1
            case.validate_response(answer, checks=CHECKS)

        answers()

    for found in schema.get_all_operations():
        operation: Any = found.ok()  # pyright: ignore[reportAttributeAccessIssue] (the document is valid)
        for mode in EXAMPLES:
            try:
                try_out(operation, mode)
            except Unsatisfiable:
                assert mode == GenerationMode.NEGATIVE, "only what takes nothing cannot be asked wrongly"
            except FailureGroup as error:
                faults.append(f"{operation.label}: {error.exceptions[0]}")
    server.post(f"sessions/{known['session_id']}/finish", {})
    assert not faults, "\n\n".join(faults)
    assert len({label for label, _ in statuses}) > 50


def names(server: ServerProcess) -> dict[str, str]:
    """Of a session, a model and what it saved, by the keys that name such things."""
    session = new_session(server)
    body = {"session_id": session, "model_seq_id": 0, "base_model": "local/tiny", "lora_config": {"rank": 4}}
    model = server.done("create_model", body)["model_id"]
    accepted = server.post("save_weights", {"model_id": model, "name": "named"})[1]["request_id"]
    server.result(accepted)
    path = server.done("save_weights_for_sampler", {"model_id": model, "name": "named"})["path"]
    sampler = server.post("create_sampling_session", {"session_id": session, "model_path": path})[1]
    known = {"session_id": session, "model_id": model, "request_id": accepted, "model_path": path}
    known |= dict.fromkeys(("sampling_session_id", "sampler_id"), sampler["sampling_session_id"])
    known |= dict.fromkeys(("path", "tinker_path", "source_path", "checkpoint_path"), f"tinker://{model}/weights/named")
    return {**known, "kind": "weights", "base_model": "local/tiny", "model_name": "local/tiny"}


def make_sense(case: Case, known: dict[str, str]) -> None:
    """Puts names of what exists where names belong, and removes contradictions."""
    if isinstance(case.path_parameters, dict):
        in_path = known | {"name": "named"}
        case.path_parameters.update({name: in_path[name] for name in case.path_parameters.keys() & in_path.keys()})
    if isinstance(case.body, dict):
        saving = "save_weights" in case.path
        for name in UNSENT:
            case.body.pop(name, None)
        _sensible(case.body, {name: value for name, value in known.items() if not (saving and name == "path")})


def _sensible(body: dict[str, Any], known: dict[str, str]) -> None:
    for one_of in ALTERNATIVES:
        given_ = [name for name in one_of if body.get(name) is not None]
        for name in given_[1:] if one_of[0] in given_ or len(given_) > 1 else ():
            del body[name]
    for key, value in body.items():
        if isinstance(value, str) and key in known:
            body[key] = known[key]
        elif key in ("tokens", "input_ids") and isinstance(value, list):
            body[key] = [token % 1000 for token in value]
        elif key == "num_samples":
            body[key] = 2
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                _sensible(item, known)
