"""What can be configured: one class per group of `conf/`. Hydra composes, pydantic checks, everything is frozen.

The seed classes (RLVEConfig, LoraConfig, AdamParams, SamplingParams, WandbConfig) carry the Tinker API's defaults; all
other values live in `conf/`.
"""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Literal, Self, TypeVar, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    Tag,
    ValidationError,
    model_validator,
)

Share = Annotated[float, Field(ge=0, le=1)]


def _nothing_for_null(given: Any) -> Any:
    """Hydra replaces a null by any mapping, and adds no key to an empty one."""
    return {} if given is None else given


DatasetName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]


class Section(BaseModel):
    """A part of the configuration: immutable, and unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, protected_namespaces=())


class LoraConfig(Section):
    """Low-rank adapters; which linear layers get one. alpha / rank scales the adapter."""

    rank: PositiveInt = 32
    train_mlp: bool = True
    train_attn: bool = True
    train_unembed: bool = True
    alpha: PositiveFloat = 32
    seed: int | None = None

    @model_validator(mode="after")
    def _trains_something(self) -> Self:
        if not (self.train_mlp or self.train_attn or self.train_unembed):
            raise ValueError("one of train_mlp, train_attn and train_unembed must be true")
        return self


class AdamParams(Section):
    """One AdamW step. grad_clip_norm 0 is off."""

    learning_rate: NonNegativeFloat
    beta1: Annotated[float, Field(ge=0, lt=1)] = 0.9
    beta2: Annotated[float, Field(ge=0, lt=1)] = 0.95
    eps: PositiveFloat = 1e-8
    weight_decay: NonNegativeFloat = 0.01
    grad_clip_norm: NonNegativeFloat = 0.0


class SamplingParams(Section):
    """How to draw a completion. top_k −1 is off; completions of one call use seed, seed + 1, …

    stop: strings, or token ids, that end a completion, which keeps them. ignore_eos: end-of-sequence tokens do not end
    it. top_logprobs: so many of the likeliest tokens are told at each place.
    """

    max_tokens: PositiveInt = 256
    temperature: NonNegativeFloat = 1.0
    top_p: Annotated[float, Field(gt=0, le=1)] = 1.0
    top_k: int = -1
    stop: list[str] | list[int] = []
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    seed: int | None = None
    ignore_eos: bool = False
    top_logprobs: NonNegativeInt = 0


class RLVEConfig(Section):
    """The RLVE loop; names and defaults are those of the Tinker API page."""

    enabled: bool = False
    environment_list: list[str] = []
    rollout_max_response_len: PositiveInt = 4096
    rollout_batch_size: PositiveInt = 32
    n_samples_per_prompt: PositiveInt = 8
    num_rollout: NonNegativeInt = 6
    over_sampling_batch_size: PositiveInt = 96
    balance_data: bool = True
    partial_rollout: bool = True
    use_dynamic_sampling_filter: bool = True

    @model_validator(mode="after")
    def _over_samples(self) -> Self:
        if self.over_sampling_batch_size < self.rollout_batch_size:
            raise ValueError(
                "over_sampling_batch_size must be at least rollout_batch_size, got "
                f"{self.over_sampling_batch_size} < {self.rollout_batch_size}; "
                f"set rlve.over_sampling_batch_size={self.rollout_batch_size} or more"
            )
        return self


class WandbConfig(Section):
    """Where the run appears in W&B."""

    project: str
    name: str | None = None
    group: str | None = None
    tags: list[str] = []


class ShrunkConfig(Section):
    """Sizes of a model that is made on this machine in the place of a large one, with random weights."""

    num_hidden_layers: PositiveInt
    hidden_size: PositiveInt
    intermediate_size: PositiveInt
    num_attention_heads: PositiveInt
    num_key_value_heads: PositiveInt
    head_dim: PositiveInt
    vocab_size: PositiveInt


class ModelConfig(Section):
    """path: a folder or a hub name; `tiny` and `smollm2` are made on this machine and kept in `cache`.

    revision: a branch, tag or commit of a hub name; null is its default branch.
    template: `chat` is the tokenizer's own, which template_kwargs and system_prompt go to; `base` is base_template,
    with {question} where the question stands; `plain` is the question and a line break. think_end: the text that closes
    a model's thoughts, before which no answer counts; null for models that have no such text.
    shrunk: the architecture and the chat format of the model that `path` names, in these sizes, and nothing is fetched.
    """

    path: str
    revision: str | None
    dtype: Literal["float32", "bfloat16"]
    max_seq_len: PositiveInt
    template: Literal["chat", "base", "plain"]
    template_kwargs: dict[str, Any]
    system_prompt: str | None
    base_template: str | None
    think_end: Annotated[str, Field(min_length=1)] | None
    marker: Literal["tags", "boxed"]
    shrunk: ShrunkConfig | None
    cache: str

    @model_validator(mode="after")
    def _template_takes_its_parts(self) -> Self:
        if self.base_template is not None and self.base_template.count("{question}") != 1:
            raise ValueError(f"base_template must hold {{question}} once, got {self.base_template!r}")
        if self.template == "base" and self.base_template is None:
            raise ValueError("template=base needs base_template, a text with {question} in it")
        for key in ("template_kwargs", "system_prompt"):
            if self.template != "chat" and getattr(self, key):
                raise ValueError(
                    f"{key} goes to a chat template and template is {self.template}; "
                    f"set model.template=chat or model.{key}={'{}' if key == 'template_kwargs' else 'null'}"
                )
        return self


class EnvironmentsConfig(Section):
    """The environments of a run where rlve.environment_list is empty."""

    names: list[str]


class CurriculumConfig(Section):
    """rule `rlve`: accuracy ≥ promote_at over min_prompts groups at level h raises h; `band`: see curriculum.py;
    `static`: h stays at initial_level.

    max_step: promotions in a row go up 1, 2, 4 … levels, at most so many; above 1 it needs a rule that demotes.
    """

    rule: Literal["rlve", "band", "static"]
    window: PositiveInt
    min_prompts: PositiveInt
    promote_at: Share
    demote_at: Share
    max_step: PositiveInt
    initial_level: NonNegativeInt
    prompt_chars: PositiveInt
    weighting: Literal["uniform", "learnability"]

    @model_validator(mode="after")
    def _demotes(self) -> Self:
        if self.max_step > 1 and (self.rule != "band" or self.demote_at == 0):
            raise ValueError(
                f"max_step={self.max_step} needs a rule that takes back a step that went too far: rule=band with "
                f"demote_at above 0, got rule={self.rule} and demote_at={self.demote_at}; set max_step=1 or "
                "curriculum=band"
            )
        return self


class RolloutConfig(Section):
    """Training rollouts. Losses need the untouched distribution: top_p 1 and top_k −1; temperature is free.

    max_policy_lag: how many rounds may train between the weights that draw and the round that trains; at 0 sampling and
    training take turns, else they overlap. max_carry_rounds: the same bound for groups that partial_rollout carries,
    and for finished ones that a round had no use for. See docs/loop.md.
    """

    temperature: PositiveFloat
    top_p: float
    top_k: int
    max_policy_lag: NonNegativeInt
    max_carry_rounds: NonNegativeInt
    workers: PositiveInt
    timeout_seconds: PositiveFloat

    @model_validator(mode="after")
    def _unfiltered(self) -> Self:
        if self.top_p != 1 or self.top_k != -1:
            raise ValueError(
                f"training rollouts need top_p=1 and top_k=-1, got top_p={self.top_p} and top_k={self.top_k}: "
                "the loss divides by probabilities of the unfiltered distribution (evaluation may filter)"
            )
        return self


class RewardConfig(Section):
    """Verdict → reward. partial scales the verifier's partial credit, which is at most 0.5.

    truncated: what becomes of a completion that was cut short. `reward`: it is scored as any other; `mask`: it neither
    trains nor enters its group's advantages; `overlong`: the last overlong_tokens before rlve.rollout_max_response_len
    cost up to 1, and so does being cut. See rewards.py.
    """

    unreadable: float
    breaks_rules: float
    wrong: float
    partial: NonNegativeFloat
    correct: float
    truncated: Literal["reward", "mask", "overlong"]
    overlong_tokens: PositiveInt | None

    @model_validator(mode="after")
    def _overlong_has_its_tokens(self) -> Self:
        if (self.truncated == "overlong") != (self.overlong_tokens is not None):
            raise ValueError(
                f"overlong_tokens is for truncated=overlong and needed there, got {self.overlong_tokens} with "
                f"truncated={self.truncated}; DAPO's is a fifth of the response length, 4096 of 20480"
            )
        return self

    def check(self, max_response_len: int) -> None:
        """ConfigError where the punished tokens are more than a completion can have."""
        if self.overlong_tokens is not None and self.overlong_tokens > max_response_len:
            raise ConfigError(
                f"reward.overlong_tokens is {self.overlong_tokens} and a completion has at most {max_response_len} "
                f"tokens (rlve.rollout_max_response_len); set reward.overlong_tokens={max(1, max_response_len // 5)}"
            )


class LossConfig(Section):
    """The training loss, how advantages are made, and how often a round's data are used.

    old_logprobs: what the loss's ratio is taken to: the `sampler`'s log-probabilities, or the trainer's own before the
    round's first step, `recompute`. Then correction may weigh each token by exp(trainer − sampler), before that step:
    `truncate` at most correction_cap (TIS), or `mask`, which drops tokens whose weight is not within 1 / correction_cap
    and correction_cap. The three legal combinations are sampler with none, recompute with none, and recompute with
    truncate or mask. null: sampler and none at policy lag 0, recompute and truncate else.
    """

    name: Literal["importance_sampling", "ppo", "cispo", "dro"]
    options: dict[str, float]
    old_logprobs: Literal["sampler", "recompute"] | None
    correction: Literal["none", "truncate", "mask"] | None
    correction_cap: Annotated[float, Field(ge=1)]
    advantage: Literal["grpo", "dr_grpo"]
    denominator: Literal["sequence", "token", "constant"]
    kl_coefficient: NonNegativeFloat
    steps_per_round: PositiveInt
    epochs: PositiveInt

    @model_validator(mode="after")
    def _corrects_once(self) -> Self:
        if self.old_logprobs == "sampler" and self.correction in ("truncate", "mask"):
            raise ValueError(
                f"correction={self.correction} with old_logprobs=sampler would count the gap between trainer and "
                "sampler twice; legal are sampler with none, recompute with none, and recompute with truncate or mask: "
                "set loss.old_logprobs=recompute or loss.correction=none"
            )
        return self

    def off_policy(self, max_policy_lag: int) -> tuple[Literal["sampler", "recompute"], str]:
        """old_logprobs and correction with the nulls decided."""
        old = self.old_logprobs
        if old is None:
            recompute = self.correction != "none" if max_policy_lag else self.correction in ("truncate", "mask")
            old = "recompute" if recompute else "sampler"
        if self.correction is not None:
            return old, self.correction
        return old, "truncate" if old == "recompute" and max_policy_lag else "none"


class OptimizerConfig(Section):
    """AdamW with a learning-rate schedule over optimizer steps; warm-up is linear, cosine ends at minimum_ratio."""

    learning_rate: PositiveFloat
    beta1: Share
    beta2: Share
    eps: PositiveFloat
    weight_decay: NonNegativeFloat
    grad_clip_norm: NonNegativeFloat
    schedule: Literal["constant", "cosine"]
    warmup_steps: NonNegativeInt
    minimum_ratio: Share


class LoraGroup(Section):
    """`config: null` trains full weights."""

    config: LoraConfig | None


class ClusterConfig(Section):
    """Where tensors live: DeepSpeed trainers and vLLM engines, one Ray actor each.

    sequence_parallel: so many trainers hold a slice of every sequence each, and are one data rank together. It divides
    trainers and the model's attention heads. micro_batch_tokens and logits_chunk_tokens are those of one trainer.
    liger: trainers take norms, rotations and gates from the kernels of liger-kernel (extra `liger`), on CUDA.
    packing: the data of a micro-batch share one row without padding, and a common beginning is computed once; false
    gives each a row of its own.
    offload_optimizer: Adam's state and the float32 weights stay in the machine's memory, where AdamW steps;
    offload_parameters: so do the weights, fetched as they are needed.
    engines 0: the policy trains and cannot sample, as a reference policy does. tensor_parallel_size: parts that each
    engine's model is cut into, one per GPU or threads_per_engine cores. lora_sync: the engine gets adapters `merged`
    into the weights, which samples fastest, or as an `adapter` beside them, of which it holds engine_adapters at a
    time, of rank max_lora_rank at most. engine_options: vLLM's own, as its AsyncEngineArgs names them, or null.
    colocate: trainers and engines share devices and take turns; who waits has given its memory up.
    address: null starts Ray on this machine and ends it with the run; `auto` joins the cluster of this node or of
    RAY_ADDRESS, host:port the one whose head listens there, ray://host:port the same from outside of it.
    sync_transport: whole weights go through `shared_memory`, which has one node, or by a `collective` between nodes
    (NCCL, on CPU gloo), in buckets of sync_bucket_mib; `auto` takes the first where it can. sync_timeout_seconds: how
    long one end waits for the other. trainer_resources, engine_resources: Ray's custom resources that each takes, which
    is how they are kept to certain nodes.
    """

    backend: Literal["ray", "local"]
    address: Annotated[str, Field(pattern=r"^(auto|(ray://)?[^/:\s]+:\d+)$")] | None
    device: Literal["cpu", "cuda"]
    trainers: PositiveInt
    sequence_parallel: PositiveInt
    engines: NonNegativeInt
    tensor_parallel_size: PositiveInt
    colocate: bool
    zero_stage: Annotated[int, Field(ge=0, le=3)]
    offload_optimizer: bool
    offload_parameters: bool
    threads_per_trainer: PositiveInt
    threads_per_engine: PositiveInt
    micro_batch_tokens: PositiveInt
    packing: bool
    liger: bool
    logits_chunk_tokens: PositiveInt
    gradient_checkpointing: bool
    engine_sequences: PositiveInt
    engine_memory: PositiveFloat
    engine_options: Annotated[dict[str, Any], BeforeValidator(_nothing_for_null)]
    sync_transport: Literal["auto", "shared_memory", "collective"]
    sync_bucket_mib: PositiveInt
    sync_timeout_seconds: PositiveFloat
    trainer_resources: dict[str, PositiveFloat]
    engine_resources: dict[str, PositiveFloat]
    lora_sync: Literal["merged", "adapter"]
    engine_adapters: PositiveInt
    max_lora_rank: PositiveInt

    @model_validator(mode="after")
    def _groups_of_trainers(self) -> Self:
        if self.trainers % self.sequence_parallel:
            raise ValueError(
                f"sequence_parallel must divide trainers, got sequence_parallel={self.sequence_parallel} and trainers="
                f"{self.trainers}; set cluster.trainers to a multiple of {self.sequence_parallel}"
            )
        if self.liger and self.device != "cuda":
            raise ValueError(f"liger's kernels need device=cuda, got {self.device}; set cluster.liger=false")
        if self.packing and self.sequence_parallel > 1:
            raise ValueError(
                "packing needs sequence_parallel=1, whose trainers see whole rows; got packing=true with "
                f"sequence_parallel={self.sequence_parallel}; set cluster.packing=false"
            )
        if self.offload_optimizer and self.zero_stage == 0:
            raise ValueError("offload_optimizer needs zero_stage 1 or more, got 0; set cluster.zero_stage=1")
        if self.offload_parameters and self.zero_stage < 3:
            raise ValueError(f"offload_parameters needs zero_stage=3, got {self.zero_stage}; set cluster.zero_stage=3")
        return self

    @property
    def group_tokens(self) -> int:
        """Padded tokens of a micro-batch over the trainers of a data rank."""
        return self.micro_batch_tokens * self.sequence_parallel


class PolicyConfig(Section):
    """Which Policy runs: `cluster`, on this machine or Ray's, or `tinker`, on a Tinker server.

    base_url null is the SDK's own choice (TINKER_BASE_URL); base_model null follows from model.path. The key comes from
    TINKER_API_KEY only.
    """

    kind: Literal["cluster", "tinker"]
    base_url: str | None
    base_model: str | None


class TrackingConfig(Section):
    """wandb_mode offline needs no key; `auto` is online where a key is found and offline elsewhere."""

    wandb: WandbConfig | None
    wandb_mode: Literal["auto", "online", "offline"]
    rollout_table_every: PositiveInt
    rollout_table_rows: PositiveInt
    console: bool


class CheckpointConfig(Section):
    """A checkpoint every `every` rounds; the newest `keep` stay."""

    every: PositiveInt
    keep: PositiveInt


class DatasetConfig(Section):
    """Questions with reference answers that are read: from a .jsonl or .parquet file, or of `split` from the hub.

    path: the file, a hub name `owner/name`, or a folder laid out as one; config and revision are the hub's.
    question, answer: the fields' names; answer_after: the answer is what follows the last such text in its field.
    scoring: see docs/evaluation.md. suffix: asks for the answer; {marker} is its place. limit: the first rows only.
    samples: completions per problem; pass_at: the k ≤ samples of pass@k; max_tokens null: what the context holds.
    held_out: the share of rows that are measured and never trained on where the set is an environment.

    The values here are defaults because a list cannot be composed.
    """

    path: str
    config: str | None = None
    split: str | None = None
    revision: str | None = None
    question: str = "question"
    answer: str = "answer"
    answer_after: str | None = None
    scoring: Literal["exact", "math"] = "exact"
    suffix: str = "Answer with the final answer, as {marker}"
    limit: PositiveInt | None = None
    samples: PositiveInt = 1
    pass_at: list[PositiveInt] = []
    temperature: NonNegativeFloat = 0.6
    top_p: Annotated[float, Field(gt=0, le=1)] = 0.95
    top_k: int = -1
    max_tokens: PositiveInt | None = None
    held_out: Annotated[float, Field(ge=0, lt=1)] = 0.1

    @model_validator(mode="after")
    def _can_be_estimated(self) -> Self:
        if any(count > self.samples for count in self.pass_at):
            raise ValueError(f"pass_at must be at most samples, got {self.pass_at} with samples={self.samples}")
        if self.samples > 1 and self.temperature == 0:
            raise ValueError(f"{self.samples} samples at temperature 0 are all the same; set samples=1 or temperature")
        return self


class NamedDatasetConfig(DatasetConfig):
    """A data set with its name, as an entry of evaluation.datasets."""

    name: DatasetName


class EvaluationConfig(Section):
    """Fixed tasks from the evaluation seeds: problems_per_level per environment and level; every 0: at the ends.

    environments: names, patterns and families as in rlve.environment_list, or `untrained`, every environment that the
    run does not train on; null: those of the run. datasets: names of `datasets`, or whole sets with their own name.
    """

    every: NonNegativeInt
    environments: list[str] | None
    datasets: list[
        Annotated[
            Annotated[str, Tag("<name>")] | Annotated[NamedDatasetConfig, Tag("<set>")],
            Discriminator(lambda entry: "<name>" if isinstance(entry, str) else "<set>"),
        ]
    ]
    levels: list[NonNegativeInt]
    problems_per_level: NonNegativeInt
    temperature: NonNegativeFloat
    top_p: Annotated[float, Field(gt=0, le=1)]
    top_k: int


class WarmStartConfig(Section):
    """Supervised steps before RLVE: cross_entropy on solved problems of the lowest levels, until stop_accuracy.

    control: afterwards, from the same start, cross_entropy goes on for as long as RLVE took.
    """

    levels: list[NonNegativeInt]
    batch_size: PositiveInt
    learning_rate: PositiveFloat
    max_steps: NonNegativeInt
    check_every: PositiveInt
    check_problems: PositiveInt
    stop_accuracy: Share
    control: bool


class TrainConfig(Section):
    """Everything that `scripts/train.py` takes."""

    name: str
    seed: int
    output: str
    resume: Literal["never", "auto"]
    model: ModelConfig
    rlve: RLVEConfig
    environments: EnvironmentsConfig
    datasets: dict[DatasetName, DatasetConfig]
    curriculum: CurriculumConfig
    rollout: RolloutConfig
    reward: RewardConfig
    loss: LossConfig
    optimizer: OptimizerConfig
    lora: LoraGroup
    policy: PolicyConfig
    cluster: ClusterConfig
    tracking: TrackingConfig
    checkpoint: CheckpointConfig
    evaluation: EvaluationConfig
    warm_start: WarmStartConfig | None

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        self.reward.check(self.rlve.rollout_max_response_len)
        if self.rollout.max_policy_lag and self.policy.kind == "cluster" and self.cluster.colocate:
            raise ValueError(
                f"max_policy_lag={self.rollout.max_policy_lag} overlaps sampling and training, and with colocate=true "
                "they take turns on the same devices; set rollout.max_policy_lag=0 or cluster.colocate=false"
            )
        return self

    @property
    def environment_list(self) -> list[str]:
        return self.rlve.environment_list or self.environments.names


class JobsConfig(Section):
    """How runs that the server itself drives are made, where a client's RLVEConfig is silent."""

    environments: EnvironmentsConfig
    datasets: dict[DatasetName, DatasetConfig]
    curriculum: CurriculumConfig
    rollout: RolloutConfig
    reward: RewardConfig
    loss: LossConfig
    optimizer: OptimizerConfig
    evaluation: EvaluationConfig
    checkpoint: CheckpointConfig


class LimitsConfig(Section):
    """What one server holds at a time, and how long.

    models, full_models: in training, as adapters and with weights of their own; samplers: of saved weights, resident;
    samples: requests being sampled; request_bytes, unpacked_bytes: of one body, as sent and as decompressed;
    waiting_bytes: of one model's waiting requests; datum_count, datum_bytes: how the SDK cuts a call into requests;
    session_seconds: silence after which a session ends; poll_seconds: how long a poll is held; snapshot_every:
    optimizer steps after which a model's state is saved; future_hours: how long outcomes are kept.
    """

    models: PositiveInt
    full_models: NonNegativeInt
    samplers: PositiveInt
    samples: PositiveInt
    request_bytes: PositiveInt
    unpacked_bytes: PositiveInt
    waiting_bytes: PositiveInt
    datum_count: PositiveInt
    datum_bytes: PositiveInt
    session_seconds: PositiveFloat
    poll_seconds: PositiveFloat
    snapshot_every: PositiveInt
    future_hours: PositiveFloat


class ServeConfig(Section):
    """Everything that `rlve serve` takes. The key stands in RLVE_API_KEY only.

    base_model: the name under which clients ask for `model`, aliases: others; data: the folder of checkpoints and
    state; database null: SQLite in that folder; preload: the engines start with the server, else with the first client
    that samples.
    """

    host: str
    port: Annotated[int, Field(ge=0, lt=65536)]
    base_model: str
    aliases: list[str]
    model: ModelConfig
    cluster: ClusterConfig
    data: str
    database: str | None
    preload: bool
    limits: LimitsConfig
    jobs: JobsConfig


class ConfigError(ValueError):
    """The composed configuration cannot be used; the message says which key and why."""


Config = TypeVar("Config", bound=Section)


def validate(composed: Mapping[str, Any], whole: type[Config] = TrainConfig) -> Config:
    """`whole` from plain data, or ConfigError with one line per fault."""
    try:
        return whole.model_validate(composed)
    except ValidationError as error:
        lines = [_explain(whole, fault["loc"], fault["type"], fault["msg"]) for fault in error.errors()]
        raise ConfigError("\n".join(lines)) from error


def _explain(whole: type[Section], place: tuple[int | str, ...], kind: str, message: str) -> str:
    place = tuple(part for part in place if not str(part).startswith("<"))  # pydantic names the kind of an entry too
    key = ".".join(str(part) for part in place)
    if kind != "extra_forbidden":
        return f"{key or 'config'}: {message.removeprefix('Value error, ')}"
    known = list(_section(whole, place[:-1]).model_fields)
    near = get_close_matches(str(place[-1]), known, n=1, cutoff=0.0)
    prefix = "".join(f"{part}." for part in place[:-1])
    return f"{key}: there is no such key; the nearest is {prefix}{near[0]} (known here: {', '.join(known)})"


def _section(whole: type[Section], place: tuple[int | str, ...]) -> type[BaseModel]:
    section: type[BaseModel] = whole
    for part in place:
        field = section.model_fields.get(str(part))
        if field is not None:  # else the number or name of an entry of the field before
            section = next(_models(field.annotation), section)
    return section


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)
