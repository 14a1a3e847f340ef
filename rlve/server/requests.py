"""The JSON bodies of every route: the union of the Tinker API page's and of what the stock SDK sends.

A key that has two names has both here, and they must agree. What a newer SDK adds is ignored (see parse).
"""

import json
import re
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, NamedTuple, Self

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

from rlve.config import AdamParams, LoraConfig, RLVEConfig, SamplingParams, Section, WandbConfig
from rlve.server.parsing import BadRequest, Body, agreed, contradiction, exactly_one, misshapen

# Bounds on what one request makes the server hold. The body as a whole is bounded where it is read.
ID_CHARACTERS = 256
"""Ids are a UUID with a few parts."""
TEXT_CHARACTERS = 1024
"""Display names, tags, model names and reasons are shown in lists."""
TAGS = 64
METADATA_BYTES = 16_384
"""User metadata travels with every listing."""
DATA = 65_536
"""64 times the SDK's chunk; a model's max_batch_size is usually smaller."""
CHUNKS = 65_536
TOKENS = 1_048_576
"""Longer than any context that is served."""
LOSS_INPUTS = 16
"""No loss has more than four."""
STOPS = 64
STOP_CHARACTERS = 256
"""Every stop string is searched for after each token."""
SAMPLES = 1024
TOP_LOGPROBS = 20
"""vLLM's own limit."""
TTL_SECONDS = (3600, 315_576_000)
"""An hour to ten years, as the API documents."""
LIST_ITEMS = 4096
"""Ten times the environments that there are."""
REQUEST_IDS = 4096
EVENTS = 1024
SEED_MAX_TOKENS = 256
"""max_tokens where the seed's form does not name it."""

Id = Annotated[str, Field(min_length=1, max_length=ID_CHARACTERS)]
Text = Annotated[str, Field(min_length=1, max_length=TEXT_CHARACTERS)]
Count = Annotated[int, Field(ge=0, lt=2**63)]
SequenceNumber = Annotated[int, Field(ge=1, lt=2**63)]
"""Place in a model's lane; the first is 1."""
TokenId = Annotated[int, Field(ge=0, lt=2**31)]
Tokens = Annotated[list[TokenId], Field(max_length=TOKENS)]
Finite = Annotated[float, Field(allow_inf_nan=False)]

NAME = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._-]{1,128}")
RUN = re.compile(rf"(?!\.{{1,2}}\Z)[A-Za-z0-9._:-]{{1,{ID_CHARACTERS}}}")
KINDS = ("weights", "sampler_weights", "external_weights")


def _checked_name(name: str) -> str:
    if not NAME.fullmatch(name):
        raise misshapen(f"a checkpoint name has 1 to 128 letters, digits, '.', '_' or '-', got {name[:140]!r}")
    return name


class TinkerPath(NamedTuple):
    """tinker://RUN/KIND/NAME, the name of a checkpoint; a run is a model id."""

    run: str
    kind: str
    name: str

    def __str__(self) -> str:
        return f"tinker://{self.run}/{self.kind}/{self.name}"

    @classmethod
    def parse(cls, uri: str) -> Self:
        """BadRequest (400) unless the URI names a checkpoint."""
        parts = uri.removeprefix("tinker://").split("/")
        if not uri.startswith("tinker://") or len(parts) != 3 or not RUN.fullmatch(parts[0]):
            raise BadRequest(400, f"expected tinker://RUN/KIND/NAME, got {uri[:140]!r}")
        if parts[1] not in KINDS:
            raise BadRequest(400, f"the kind in {uri[:140]!r} must be one of {', '.join(KINDS)}")
        if not NAME.fullmatch(parts[2]):
            raise BadRequest(400, f"{uri[:140]!r} does not end in the name of a checkpoint")
        return cls(*parts)


def _checked_uri(uri: str) -> str:
    try:
        TinkerPath.parse(uri)
    except BadRequest as error:
        raise contradiction(error.detail) from None
    return uri


def _checked_metadata(value: dict[str, Any]) -> dict[str, Any]:
    size = len(json.dumps(value, ensure_ascii=False).encode())
    if size > METADATA_BYTES:
        raise misshapen(f"metadata may have {METADATA_BYTES} bytes as JSON, got {size}")
    return value


def _checked_section(section: Section) -> Section:
    """Bounds for what the classes of rlve/config.py leave open."""
    for key, value in section.model_dump().items():
        items = value if isinstance(value, list) else [value]
        if len(items) > LIST_ITEMS:
            raise misshapen(f"{key}: at most {LIST_ITEMS} items, got {len(items)}")
        for item in items:
            if isinstance(item, str) and len(item) > TEXT_CHARACTERS:
                raise misshapen(f"{key}: at most {TEXT_CHARACTERS} characters, got {len(item)}")
            if isinstance(item, int) and not -(2**63) <= item < 2**63:
                raise misshapen(f"{key}: the integer does not fit 64 bits")
    return section


def _without_key(value: Any) -> Any:
    for name in value if isinstance(value, dict) else ():
        if re.sub(r"[^a-z]", "", name.lower()) in ("apikey", "wandbapikey", "key", "wandbkey", "token"):
            raise contradiction(
                f"{name[:40]}: a W&B key is never sent nor stored; set WANDB_API_KEY in the server's environment"
            )
    return value


CheckpointName = Annotated[
    str, AfterValidator(_checked_name), WithJsonSchema({"type": "string", "pattern": r"^[A-Za-z0-9._-]{1,128}$"})
]
TinkerUri = Annotated[str, Field(max_length=TEXT_CHARACTERS), AfterValidator(_checked_uri)]
Metadata = Annotated[dict[str, Any], AfterValidator(_checked_metadata)]
Ttl = Annotated[int, Field(ge=TTL_SECONDS[0], le=TTL_SECONDS[1])]


class ClientConfigRequest(Body):
    """client/config and client/dynamic_config."""

    sdk_version: Text = "unknown"


class CreateSessionRequest(Body):
    tags: Annotated[list[Text], Field(max_length=TAGS, default_factory=list[str])]
    user_metadata: Metadata | None = None
    sdk_version: Text = "unknown"
    project_id: Id | None = None
    display_name: Text | None = None
    type: Literal["create_session"] = "create_session"


class SessionHeartbeatRequest(Body):
    session_id: Id
    type: Literal["session_heartbeat"] = "session_heartbeat"


class FinishReason(Body):
    type: Literal["success", "errored", "interrupted"]


class FinishSessionRequest(Body):
    """sessions/{id}/finish."""

    reason: FinishReason = FinishReason(type="success")
    detail: Annotated[str, Field(max_length=16 * TEXT_CHARACTERS)] | None = None


class SessionProjectRequest(Body):
    """sessions/{id}/project."""

    project_id: Id


class SearchOwner(Body):
    type: Literal["own", "accessible", "user"] = "own"
    owner_urns: Annotated[list[Text], Field(min_length=1, max_length=10)] | None = None


class StatusQuery(Body):
    type: Literal["active", "cancelled", "failed", "client_finished"]
    reasons: Annotated[list[Literal["success", "errored", "interrupted"]], Field(min_length=1)] | None = None


def _read_time(value: Any) -> datetime:
    try:
        time = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise misshapen("expected a time as text, such as 2026-01-31T12:00:00Z") from None
    if time.tzinfo is None:
        raise misshapen("the time needs a zone, such as Z at its end")
    return time


class SearchCursor(Body):
    last_created_at: Annotated[datetime, BeforeValidator(_read_time)]
    last_session_id: Id


class SessionSearchRequest(Body):
    """sessions/search."""

    session_id: Id | None = None
    project_ids: Annotated[list[Id], Field(max_length=TAGS)] | None = None
    user_metadata: Annotated[Metadata, Field(default_factory=dict[str, Any])]
    display_name: Text | None = None
    owner: SearchOwner = SearchOwner()
    statuses: Annotated[list[StatusQuery], Field(min_length=1, max_length=TAGS)] | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: SearchCursor | None = None


class TelemetryRequest(Body):
    """Accepted and dropped: events can hold a client's key and traces."""

    model_config = ConfigDict(json_schema_extra={"additionalProperties": True})
    takes_unknown_keys: ClassVar[bool] = True
    events: Annotated[list[Any], Field(max_length=EVENTS, default_factory=list[Any])]
    session_id: Id | None = None


class OptimizerConfig(Body):
    type: Literal["adamw"] = "adamw"


def _only_adam(value: Any) -> Any:
    kind = value.get("type", "adamw") if isinstance(value, dict) else "adamw"
    if kind != "adamw":
        raise contradiction(f"optimizer {str(kind)[:40]!r} is not supported; this server has adamw")
    return value


AdamOnly = Annotated[OptimizerConfig, BeforeValidator(_only_adam)]


class CreateModelRequest(Body):
    """model_name and base_model are the same. lora_config null trains full weights where the server allows it."""

    session_id: Id
    model_seq_id: Count
    model_name: Text | None = None
    base_model: Text | None = None
    lora_config: Annotated[LoraConfig, AfterValidator(_checked_section)] | None = None
    max_batch_size: Annotated[int, Field(ge=1, lt=2**31)] = 256
    max_seq_len: Annotated[int, Field(ge=2, lt=2**31)] = 4096
    debug_train_only: bool = False
    checkpoint_path: TinkerUri | None = None
    rlve_config: Annotated[RLVEConfig, AfterValidator(_checked_section)] | None = None
    wandb_config: Annotated[WandbConfig, BeforeValidator(_without_key), AfterValidator(_checked_section)] | None = None
    user_metadata: Metadata | None = None
    optimizer_config: AdamOnly = OptimizerConfig()
    type: Literal["create_model"] = "create_model"

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if agreed(self, "base_model", "model_name") is None:
            raise misshapen("base_model (or model_name, which is the same) is required")
        return self

    @property
    def base(self) -> str:
        """The base model's name."""
        return agreed(self, "base_model", "model_name")

    @property
    def wants_full_weights(self) -> bool:
        """`lora_config: null` stands in the JSON; where the key is absent the default adapter is meant."""
        return self.lora_config is None and "lora_config" in self.model_fields_set

    @property
    def checkpoint(self) -> TinkerPath | None:
        return TinkerPath.parse(self.checkpoint_path) if self.checkpoint_path else None


class ModelRequest(Body):
    """delete_model, unload_model and get_info."""

    model_id: Id
    type: Literal["delete_model", "unload_model", "get_info"] | None = None


class Chunk(Body):
    """A run of tokens; the other kinds are refused by name."""

    type: Literal["encoded_text"] = "encoded_text"
    tokens: Tokens


def _only_text(value: Any) -> Any:
    if isinstance(value, dict) and (kind := value.get("type", "encoded_text")) != "encoded_text":
        raise contradiction(f"chunk type {str(kind)[:40]!r} is not supported; models here read encoded_text")
    return value


class ModelInput(Body):
    """Exactly one of three spellings of the same tokens."""

    chunks: Annotated[list[Annotated[Chunk, BeforeValidator(_only_text)]], Field(max_length=CHUNKS)] | None = None
    tokens: Tokens | None = None
    input_ids: Tokens | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        exactly_one(self, "chunks", "tokens", "input_ids")
        return self

    @property
    def token_ids(self) -> list[int]:
        if self.chunks is not None:
            return [token for chunk in self.chunks for token in chunk.tokens]
        return (self.tokens if self.tokens is not None else self.input_ids) or []


class TensorData(Body):
    """A flat list; the values are checked when they become an array (see wire.py)."""

    data: Annotated[
        list[Any],
        Field(max_length=TOKENS),
        WithJsonSchema({"type": "array", "items": {"type": "number"}, "maxItems": TOKENS}),
    ]
    shape: Annotated[list[Count], Field(max_length=4)] | None = None
    dtype: Literal["float32", "float64", "int32", "int64", "bool"] = "float32"
    sparse_crow_indices: Annotated[list[Count], Field(max_length=TOKENS)] | None = None
    sparse_col_indices: Annotated[list[Count], Field(max_length=TOKENS)] | None = None


class DatumBody(Body):
    """Provenance spans are accepted and not used."""

    model_input: ModelInput
    loss_fn_inputs: Annotated[dict[str, TensorData], Field(max_length=LOSS_INPUTS)]
    model_input_spans: Annotated[list[Any], Field(max_length=CHUNKS)] | None = None
    loss_fn_input_spans: Annotated[list[Any], Field(max_length=CHUNKS)] | None = None


Data = Annotated[list[DatumBody], Field(max_length=DATA)]


def _numbers_only(options: Any) -> Any:
    for name, value in options.items() if isinstance(options, dict) else ():
        if isinstance(value, str):
            raise contradiction(f"{name[:40]}: options of a loss are numbers here, got text")
    return options


LossOptions = Annotated[dict[str, Finite], Field(max_length=LOSS_INPUTS), BeforeValidator(_numbers_only)]


class ForwardBackwardInput(Body):
    data: Data
    loss_fn: Id = "cross_entropy"
    loss_fn_config: LossOptions | None = None


class ForwardBackwardRequest(Body):
    """forward_backward and forward, flat or nested as older SDKs send it."""

    model_id: Id
    seq_id: SequenceNumber | None = None
    data: Data | None = None
    loss_fn: Id | None = None
    loss_fn_config: LossOptions | None = None
    forward_backward_input: ForwardBackwardInput | None = None
    forward_input: ForwardBackwardInput | None = None
    type: Literal["forward_backward", "forward"] | None = None
    loss_fn_required: ClassVar[bool] = True

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        exactly_one(self, "data", "forward_backward_input", "forward_input")
        if self.data is None and (self.loss_fn is not None or self.loss_fn_config is not None):
            raise contradiction("loss_fn and loss_fn_config belong into the same object as data")
        nested = self.forward_backward_input or self.forward_input
        named = self.loss_fn is not None if nested is None else "loss_fn" in nested.model_fields_set
        if self.loss_fn_required and not named:
            raise misshapen("loss_fn is required")
        return self

    @property
    def input(self) -> ForwardBackwardInput:
        nested = self.forward_backward_input or self.forward_input
        if nested is not None:
            return nested
        return ForwardBackwardInput.model_construct(
            data=self.data or [], loss_fn=self.loss_fn or "cross_entropy", loss_fn_config=self.loss_fn_config
        )


class ForwardRequest(ForwardBackwardRequest):
    """Without a loss it is cross_entropy, whose log-probabilities are what is asked for."""

    loss_fn_required: ClassVar[bool] = False


def _adam_without_type(value: Any) -> Any:
    _only_adam(value)
    return {key: item for key, item in value.items() if key != "type"} if isinstance(value, dict) else value


Adam = Annotated[AdamParams, BeforeValidator(_adam_without_type)]


class OptimStepRequest(Body):
    model_id: Id
    seq_id: SequenceNumber | None = None
    adam_params: Adam | None = None
    optimizer_params: Adam | None = None
    type: Literal["optim_step"] = "optim_step"

    @model_validator(mode="after")
    def _one(self) -> Self:
        exactly_one(self, "adam_params", "optimizer_params")
        return self

    @property
    def adam(self) -> AdamParams:
        params = self.adam_params or self.optimizer_params
        assert params is not None
        return params


def _checked_stop(value: Any) -> Any:
    items = value if isinstance(value, list) else [] if value is None else [value]
    strings = all(isinstance(item, str) for item in items)
    tokens = isinstance(value, list) and all(type(item) is int for item in items)
    if not strings and not tokens:
        raise misshapen("stop must be null, a string, a list of strings or a list of token ids")
    if len(items) > STOPS:
        raise misshapen(f"at most {STOPS} stops, got {len(items)}")
    if strings and any(not 0 < len(item) <= STOP_CHARACTERS for item in items):
        raise misshapen(f"a stop string has 1 to {STOP_CHARACTERS} characters")
    if not strings and any(not 0 <= item < 2**31 for item in items):
        raise misshapen("a stop token is a token id, 0 or more")
    return value


class SamplingParamsBody(Body):
    """SamplingParams as clients write it; ASampleRequest.sampling says what the gaps mean."""

    max_tokens: Annotated[int, Field(ge=1, lt=2**31)] | None = None
    temperature: Annotated[float, Field(ge=0)] = 1.0
    top_p: Annotated[float, Field(gt=0, le=1)] = 1.0
    top_k: Annotated[int, Field(ge=-1, lt=2**31)] = -1
    stop: Annotated[str | list[str] | list[int] | None, BeforeValidator(_checked_stop)] = None
    presence_penalty: Annotated[float, Field(ge=-2, le=2)] = 0.0
    frequency_penalty: Annotated[float, Field(ge=-2, le=2)] = 0.0
    seed: Annotated[int, Field(ge=-(2**63), lt=2**64)] | None = None


class ASampleRequest(Body):
    """asample and sample. model_id samples the model's present weights."""

    prompt: ModelInput
    num_samples: Annotated[int, Field(ge=1, le=SAMPLES)] = 1
    sampling_params: SamplingParamsBody | None = None
    model_id: Id | None = None
    sampling_session_id: Id | None = None
    base_model: Text | None = None
    model_path: TinkerUri | None = None
    seq_id: Count | None = None
    include_prompt_logprobs: bool | None = None
    prompt_logprobs: bool | None = None
    topk_prompt_logprobs: Annotated[int, Field(ge=0, le=TOP_LOGPROBS)] = 0
    topk_sample_logprobs: Annotated[int, Field(ge=0, le=TOP_LOGPROBS)] = 0
    prompt_logprobs_last_n: Annotated[int, Field(ge=1, le=TOKENS)] | None = None
    target_prompt_logprobs: Any = None
    prompt_alt_tokens_k: Count = 0
    # Only stable_reinforce, which is refused by name, would refer to what this records.
    record_stability_info: bool | None = None
    type: Literal["sample", "asample"] | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        exactly_one(self, "sampling_session_id", "model_id", "model_path", "base_model")
        agreed(self, "prompt_logprobs", "include_prompt_logprobs")
        if self.target_prompt_logprobs is not None:
            raise contradiction("target_prompt_logprobs is not supported; ask for topk_prompt_logprobs")
        if self.prompt_alt_tokens_k:
            raise contradiction("prompt_alt_tokens_k is not supported; leave it 0")
        last = self.prompt_logprobs_last_n
        if last is not None and not (self.wants_prompt_logprobs and last < len(self.prompt.token_ids)):
            raise contradiction("prompt_logprobs_last_n needs prompt_logprobs and is at most the prompt's length - 1")
        return self

    @property
    def wants_prompt_logprobs(self) -> bool:
        return bool(agreed(self, "prompt_logprobs", "include_prompt_logprobs"))

    @property
    def follows_sdk(self) -> bool:
        """Gaps mean what the SDK documents, not what the seed's page does."""
        return self._lenient or self.sampling_session_id is not None

    @property
    def checkpoint(self) -> TinkerPath | None:
        return TinkerPath.parse(self.model_path) if self.model_path else None

    def sampling(self, context_left: int) -> SamplingParams:
        """For the engine. context_left: tokens that fit behind the prompt; max_tokens beyond it ends there, `length`.

        In the SDK's form a given stop takes the place of end-of-sequence tokens, so that [] ends at max_tokens only; in
        the seed's, these end a completion too.
        """
        if context_left < 1:
            raise BadRequest(400, f"the prompt of {len(self.prompt.token_ids)} tokens fills the model's context")
        given = self.sampling_params or SamplingParamsBody()
        default = context_left if self.follows_sdk else SEED_MAX_TOKENS
        return SamplingParams(
            max_tokens=min(given.max_tokens or default, context_left),
            temperature=given.temperature,
            top_p=given.top_p,
            top_k=given.top_k or -1,
            stop=[given.stop] if isinstance(given.stop, str) else given.stop or [],
            presence_penalty=given.presence_penalty,
            frequency_penalty=given.frequency_penalty,
            # Room for seed + 1, seed + 2, … in the engine's signed 64 bits.
            seed=None if given.seed is None else given.seed % 2**62,
            ignore_eos=given.stop is not None and self.follows_sdk,
            top_logprobs=self.topk_sample_logprobs,
        )


class CreateSamplingClientRequest(Body):
    """The seed's: a sampler of a base model, a checkpoint or a model's present weights."""

    session_id: Id | None = None
    base_model: Text | None = None
    model_name: Text | None = None
    model_path: TinkerUri | None = None
    model_id: Id | None = None
    type: Literal["create_sampling_client"] = "create_sampling_client"

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        agreed(self, "base_model", "model_name")
        given = [name for name in ("model_path", "model_id") if getattr(self, name) is not None]
        given += ["base_model"] if self.base is not None else []
        if len(given) != 1:
            found = " and ".join(given) or "none"
            raise contradiction(f"expected exactly one of base_model, model_path, model_id, got {found}")
        return self

    @property
    def base(self) -> str | None:
        return agreed(self, "base_model", "model_name")

    @property
    def checkpoint(self) -> TinkerPath | None:
        return TinkerPath.parse(self.model_path) if self.model_path else None


class CreateSamplingSessionRequest(Body):
    """base_model beside model_path must be that of the checkpoint."""

    session_id: Id
    sampling_session_seq_id: Count | None = None
    base_model: Text | None = None
    model_path: TinkerUri | None = None
    type: Literal["create_sampling_session"] = "create_sampling_session"

    @model_validator(mode="after")
    def _names_a_model(self) -> Self:
        if self.base_model is None and self.model_path is None:
            raise contradiction("expected base_model or model_path, got neither")
        return self

    @property
    def checkpoint(self) -> TinkerPath | None:
        return TinkerPath.parse(self.model_path) if self.model_path else None


class JoinSamplingSessionRequest(Body):
    sampling_session_id: Id
    type: Literal["join_sampling_session"] = "join_sampling_session"


class _NamedSave(Body):
    """name and path are the same, the checkpoint's name; without one the server makes it."""

    model_id: Id
    name: CheckpointName | None = None
    path: CheckpointName | None = None
    seq_id: SequenceNumber | None = None
    ttl_seconds: Ttl | None = None
    user_metadata: Metadata | None = None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        agreed(self, "name", "path")
        return self

    @property
    def checkpoint_name(self) -> str | None:
        return agreed(self, "name", "path")


class SaveWeightsRequest(_NamedSave):
    overwrite: bool = False
    type: Literal["save_weights"] = "save_weights"


class SaveWeightsForSamplerRequest(_NamedSave):
    """With sampling_session_seq_id the weights become a sampler at once, and no named checkpoint."""

    sampling_session_seq_id: Count | None = None
    kind: Literal["snapshot", "inflight"] = "snapshot"
    type: Literal["save_weights_for_sampler"] = "save_weights_for_sampler"

    @model_validator(mode="after")
    def _named_or_sampled(self) -> Self:
        if self.checkpoint_name is not None and self.sampling_session_seq_id is not None:
            raise contradiction("give a name or sampling_session_seq_id, not both")
        return self


class SaveWeightsExternalRequest(_NamedSave):
    age_encryption_recipients: Any = None
    type: Literal["save_weights_external"] = "save_weights_external"

    @model_validator(mode="after")
    def _named_and_plain(self) -> Self:
        if self.checkpoint_name is None:
            raise misshapen("path, the checkpoint's name, is required")
        if self.age_encryption_recipients is not None:
            raise contradiction("age_encryption_recipients is not supported; encrypt the files after the download")
        return self


class LoadWeightsRequest(Body):
    """Into an existing model (model_id), or into a new one (session_id and model_seq_id)."""

    path: TinkerUri
    optimizer: bool = False
    model_id: Id | None = None
    seq_id: SequenceNumber | None = None
    session_id: Id | None = None
    model_seq_id: Count | None = None
    base_model: Text | None = None
    user_metadata: Metadata | None = None
    optimizer_config: AdamOnly | None = None
    weights_access_token: Text | None = None
    type: Literal["load_weights"] = "load_weights"

    @model_validator(mode="after")
    def _one_form(self) -> Self:
        exactly_one(self, "model_id", "session_id")
        if (self.session_id is None) != (self.model_seq_id is None):
            raise contradiction("session_id and model_seq_id go together")
        if self.session_id is not None and self.seq_id is not None:
            raise contradiction("seq_id belongs to the form with model_id; a new model's first number is 1")
        return self

    @property
    def creates(self) -> bool:
        """The form that makes a new model."""
        return self.session_id is not None

    @property
    def checkpoint(self) -> TinkerPath:
        return TinkerPath.parse(self.path)


class WeightsInfoRequest(Body):
    """path and tinker_path are the same."""

    tinker_path: TinkerUri | None = None
    path: TinkerUri | None = None
    weights_access_token: Text | None = None
    type: Literal["weights_info"] | None = None

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if agreed(self, "tinker_path", "path") is None:
            raise misshapen("tinker_path is required")
        return self

    @property
    def checkpoint(self) -> TinkerPath:
        return TinkerPath.parse(agreed(self, "tinker_path", "path"))


class CopyWeightsRequest(Body):
    source_path: TinkerUri
    session_id: Id | None = None
    model_seq_id: Count | None = None
    destination_project_id: Id | None = None
    ttl_seconds: Ttl | None = None
    weights_access_token: Text | None = None

    @model_validator(mode="after")
    def _one_destination(self) -> Self:
        if (self.session_id is None) != (self.model_seq_id is None):
            raise contradiction("session_id and model_seq_id go together")
        return self

    @property
    def checkpoint(self) -> TinkerPath:
        return TinkerPath.parse(self.source_path)


class RetrieveFutureRequest(Body):
    request_id: Id
    allow_metadata_only: bool = False


class SamplingSessionTarget(Body):
    type: Literal["sampling_session"] = "sampling_session"
    sampling_session_id: Id
    cloned_sampler_id: Count = 0


class RetrieveFuturesRequest(Body):
    target: SamplingSessionTarget
    prev_cursor: Count = 0
    timeout: Annotated[float, Field(ge=0, le=3600)] | None = None
    retrieved_request_ids: Annotated[list[Id], Field(max_length=REQUEST_IDS, default_factory=list[str])]


class CancelFutureRequest(Body):
    request_id: Id
    type: Literal["cancel_future"] | None = None


class CleanupFuturesRequest(Body):
    max_age_hours: Annotated[float, Field(ge=0, le=87_600)] = 24.0


class CheckpointTtlRequest(Body):
    """null: it never expires."""

    ttl_seconds: Ttl | None
