"""A plan as text: every prediction says that it is one, every assumption and rate where it comes from."""

from collections.abc import Iterable, Mapping, Sequence

from rlve.datasets import measured_sets
from rlve.plan.memory import gib
from rlve.plan.plan import PAPER_GPU_HOURS, PAPER_GPUS, PAPER_STEPS, Plan
from rlve.tracking import SECRET

WIDEST = 72  # characters of a value; a template takes lines


def text(plan: Plan, all_values: bool = False, measured: Mapping[str, float] | None = None) -> str:
    """all_values: of the configuration, not only those that differ from conf/train.yaml's defaults."""
    parts = [
        *_configuration(plan, all_values),
        "",
        *_batch(plan),
        "",
        *_placement(plan),
        "",
        *_memory(plan),
        "",
        *_seconds(plan, measured or {}),
        "",
        *_rates(plan),
        "",
        *_verdict(plan),
    ]
    return "\n".join(line.rstrip() for line in parts)


def _configuration(plan: Plan, all_values: bool) -> list[str]:
    values = [value for value in plan.values if all_values or not value.default]
    rows = [
        (value.key, _shown(value.key, value.value), value.origin)
        for value in sorted(values, key=lambda value: value.key)
    ]
    heading = (
        "CONFIGURATION: every value and what set it" if all_values else "CONFIGURATION: values that are not defaults"
    )
    return [heading, *_columns(rows or [("all values are defaults", "", "")])]


def _shown(key: str, value: object) -> str:
    """Of a key that looks like a secret nothing is shown."""
    if SECRET.search(key.rsplit(".", maxsplit=1)[-1]):
        return "(hidden)"
    shown = "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    line = " ".join(shown.split())
    return line if len(line) <= WIDEST else f"{line[: WIDEST - 1]}…"


def _batch(plan: Plan) -> list[str]:
    batch, assumed, cluster = plan.batch, plan.assumed, plan.config.cluster
    evaluations = (
        f"{batch.evaluations} evaluations of {batch.evaluation_problems:,} problems"
        if batch.evaluations
        else "no evaluation on environments"
    )
    if sets := measured_sets(plan.config):
        evaluations += f"; on data sets, not counted here: {', '.join(sets)}"
    lag = (
        "policy lag 0: every round samples with the newest weights"
        if batch.policy_lag == 0
        else f"policy lag up to {batch.policy_lag} rounds"
    )
    shared = (
        f"; {batch.shared_share:.1%} of the tokens that train come with another sample" if batch.shared_share else ""
    )
    rows = [
        ("groups", f"{batch.prompts:,} prompts × {batch.samples_per_prompt} samples = {batch.samples:,} samples train"),
        (
            "sampling",
            f"fetches of {batch.fetched_groups:,} prompts until {batch.prompts:,} groups can train; of "
            f"{batch.finished_groups:,.0f} finished ones {assumed.useful_share:.0%} can ({assumed.useful_source})",
        ),
        ("completion", f"{batch.response_tokens:,.0f} tokens on average ({assumed.response_source})"),
        ("prompt", f"{batch.prompt_tokens:,} tokens ({assumed.prompt_source})"),
        ("tokens", f"{batch.round_tokens:,.0f} a round train, at most {batch.round_tokens_bound:,}"),
        (
            "ranks",
            f"{batch.samples_per_step:,} samples a step ÷ {batch.data_ranks} data rank{'s' * (batch.data_ranks > 1)} = "
            f"{batch.samples_per_rank:,} each",
        ),
        (
            "micro-batches",
            f"{batch.micro_batches:,} a rank and step of up to {cluster.group_tokens:,} padded tokens, "
            f"{batch.padding_share:.1%} of them padding{shared}",
        ),
        (
            "steps",
            f"{batch.steps_per_round} optimizer step{'s' * (batch.steps_per_round > 1)} a round × "
            f"{batch.rounds:,} rounds = {batch.optimizer_steps:,}",
        ),
        ("checkpoints", f"{batch.checkpoints:,}, of which {batch.checkpoints_kept} stay; {evaluations}"),
        ("lag", lag),
    ]
    return ["BATCH", *_columns(rows)]


def _placement(plan: Plan) -> list[str]:
    placed = plan.layout
    rows = [
        (kind.role, f"{kind.count} ×", f"{kind.gpus} GPU" if kind.gpus else "no GPU", f"{kind.cpus} cores")
        for kind in placed.actors
    ]
    whole = (
        f"{placed.gpus} GPUs: {placed.nodes} node{'s' * (placed.nodes > 1)} of {placed.node_gpus}, {placed.cpus} cores"
        if placed.gpus
        else f"{placed.cpus} cores of one node; trainers and engines take turns on them"
    )
    return ["PLACEMENT", *_columns(rows), f"  {whole}; {placed.workers} problem workers"]


def _memory(plan: Plan) -> list[str]:
    memory = plan.memory
    lines = [f"MEMORY, predicted, of each {'GPU' if plan.layout.gpus else 'process'}"]
    rows: list[tuple[str, ...]] = []
    for device in memory.devices:
        if not device.count:
            continue
        for phase, parts in device.phases.items():
            made = ", ".join(f"{part} {gib(size)}" for part, size in parts.items())
            of = f" of {gib(device.limit)}" if device.limit and plan.layout.gpus else ""
            rows.append((device.role, phase, f"{gib(device.total(phase))}{of}", made))
    lines += _columns(rows)
    cache = memory.cache
    lines.append(
        f"  KV cache: {cache.bytes_per_token:,} bytes a token, {cache.tokens:,} tokens an engine = "
        f"{cache.sequences_at_full_length:,.1f} sequences of {plan.config.model.max_seq_len:,}; "
        f"at most {cache.sequences} run at a time"
    )
    limit = f" of {gib(plan.node_memory)}" if plan.node_memory else ""
    made = ", ".join(f"{part} {gib(size)}" for part, size in memory.node.items())
    lines.append(f"  node memory of the first node: {gib(sum(memory.node.values()))}{limit} ({made})")
    return lines


def _seconds(plan: Plan, measured: Mapping[str, float]) -> list[str]:
    seconds = plan.seconds
    header = ("stage", "predicted s", "share", *(("measured s", "ratio") if measured else ()), "parts")
    rows: list[tuple[str, ...]] = [header]
    for name, stage in [*seconds.stages.items()]:
        parts = ", ".join(f"{part} {_number(value)}" for part, value in stage.parts.items())
        rows.append(
            (
                name,
                _number(stage.seconds),
                f"{seconds.shares[name]:.1%}",
                *_beside(name, stage.seconds, measured),
                parts,
            )
        )
    rows.append(("round", _number(seconds.round), "", *_beside("round", seconds.round, measured), ""))
    lines = ["SECONDS of a mean round, predicted", *_columns(rows)]
    lines.append(
        f"  generated {seconds.generated_tokens:,.0f} tokens at {seconds.generated_tokens_per_second:,.0f}/s, "
        f"{seconds.decode_batch:,.0f} sequences a decode step, {seconds.fetches:.1f} fetches; "
        f"trained at {seconds.trained_tokens_per_second:,.0f}/s, MFU {seconds.mfu:.1%}"
    )
    unit = "GPU-hours" if plan.layout.gpus else "core-hours"
    lines.append(
        f"  run: {plan.batch.rounds:,} rounds in {seconds.run_hours:,.1f} h = "
        f"{seconds.device_hours:,.0f} {unit} (predicted)"
    )
    if plan.config.cluster.device == "cuda":
        lines.append(
            f"  the paper's own 1.5 B run: {PAPER_GPU_HOURS:,} H100-hours for {PAPER_STEPS} steps on {PAPER_GPUS} "
            f"GPUs = {plan.paper_minutes:.1f} minutes a step; this plan: {seconds.round / 60:.1f} (predicted)"
        )
    return lines


def _beside(name: str, predicted: float, measured: Mapping[str, float]) -> tuple[str, ...]:
    if not measured:
        return ()
    found = measured.get(name)
    if not found:
        return "-", "-"
    return _number(found), f"{predicted / found:.2f}"


def _rates(plan: Plan) -> list[str]:
    rows = [
        (name, f"{_number(rate.value)} {rate.unit}", rate.basis, rate.source)
        for name, rate in plan.seconds.used.items()
    ]
    return [f"RATES of {plan.rates.device}", *_columns(rows)]


def _verdict(plan: Plan) -> list[str]:
    lines = [f"DOES NOT FIT: {fault}" for fault in plan.memory.faults]
    lines += [f"warning: {warning}" for warning in plan.memory.warnings]
    return lines or ["It fits, as far as can be predicted."]


def _number(value: float) -> str:
    if value >= 1e5:
        return f"{value:.3g}"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _columns(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    """The last column is as long as it is."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]) - 1)] if rows else []
    for row in rows:
        padded = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        yield "  " + "  ".join([*padded, row[-1]])
