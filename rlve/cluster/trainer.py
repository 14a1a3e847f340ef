"""One rank of a model in training: under DeepSpeed, it accumulates gradients until told to step."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rlve import losses, models
from rlve.cluster import attention, memory, packing, rows
from rlve.cluster.sequence_parallel import SequenceGroup
from rlve.config import AdamParams, ClusterConfig, LoraConfig
from rlve.policy import LOSS_INPUTS, NonFiniteLoss
from rlve.types import Datum, Loss

Arrays = list[NDArray[np.float32]]

LIGER = {
    "rms_norm": True,
    "rope": True,
    "swiglu": True,
    "geglu": True,
    # Its fused losses give no log-probabilities.
    "cross_entropy": False,
    "fused_linear_cross_entropy": False,
}
"""Kernel → whether it takes the place of the model's own operation; those that a family has not are left out."""


@dataclass(frozen=True)
class TrainerPlace:
    """Where a rank stands: its rank of world_size and, among those of its node, of local_size; where rank 0 listens."""

    rank: int
    world_size: int
    local_rank: int
    local_size: int
    address: str
    port: int


class Trainer:
    """Every method is collective: all ranks are called with the same method in the same order."""

    def __init__(
        self,
        place: TrainerPlace,
        path: Path,
        dtype: str,
        lora: LoraConfig | None,
        cluster: ClusterConfig,
        group: SequenceGroup,
        frozen: dict[str, Any],
    ) -> None:
        """frozen: the base weights that other trainers of this process have loaded; this one shares or adds them."""
        import deepspeed
        import torch

        self.torch: Any = torch
        self.deepspeed: Any = deepspeed
        self.place, self.cluster, self.group, self.path, self.lora = place, cluster, group, path, lora
        self.dtype = getattr(torch, dtype)
        self.device = torch.device(cluster.device)
        model = models.load(path, dtype, lora, cluster.device)
        if lora is not None and cluster.zero_stage < 3:
            # Nobody writes them: adapters of one base need it only once. ZeRO 3 cuts each model's up for itself.
            models.share_frozen(model, frozen)
        causal = models.causal_model(model)
        if cluster.liger:
            from transformers.integrations.liger import apply_liger_kernel

            apply_liger_kernel(causal, LIGER)
        group.install(causal)
        if cluster.packing:
            attention.install(causal, attention.ROWS, attention.of_rows, attention.OPTION)
        self.tied = bool(causal.config.tie_word_embeddings)
        self.config = causal.config.get_text_config()
        self.vocabulary_size = int(self.config.vocab_size)
        if cluster.gradient_checkpointing:
            causal.gradient_checkpointing_enable({"use_reentrant": False})
            causal.enable_input_require_grads()
        from rlve.cluster.logprobs import TargetLogprobs

        wrapped = TargetLogprobs(model)
        self.parameters = {name: p for name, p in model.named_parameters() if p.requires_grad}
        # AdamW in float32 in every layout. Learning rate 0 until a step brings its own. Where the CPU takes the step of
        # a GPU's weights, one kernel does it all.
        optimizer = torch.optim.AdamW(self.parameters.values(), lr=0.0, fused=cluster.offload_optimizer or None)
        trained = sum(parameter.numel() for parameter in self.parameters.values())
        engine, zero_optimizer, _, _ = deepspeed.initialize(
            model=wrapped, optimizer=optimizer, config=_deepspeed_config(cluster, dtype, trained)
        )
        # Their methods differ by ZeRO stage, and their stubs know only some.
        self.engine: Any = engine
        self.optimizer: Any = zero_optimizer
        self.model = model
        self.step_count = 0
        self.pending_calls = 0

    def describe(self) -> dict[str, Any]:
        return {"vocabulary_size": self.vocabulary_size, "tied": self.tied, "pid": os.getpid()}

    def compute(
        self, data: list[Datum], loss: Loss, backward: bool, batches: list[packing.MicroBatch]
    ) -> tuple[Arrays, Arrays]:
        """This rank's share of a call: log-probabilities and losses per datum, the same at all ranks of a group."""
        found = [self._micro_batch(data, loss, backward, batch) for batch in batches]
        self._require_finite([elementwise for _, _, elementwise in found], loss)
        if backward:
            self.pending_calls += 1
        logprobs: Arrays = [np.empty(0, np.float32)] * len(data)
        values: Arrays = [np.empty(0, np.float32)] * len(data)
        for order, *tensors in found:
            arrays = [tensor.cpu().numpy() for tensor in tensors]
            start = 0
            for index in order:
                end = start + len(data[index])
                logprobs[index], values[index] = (array[start:end] for array in arrays)
                start = end
        return logprobs, values

    def optim_step(self, adam: AdamParams) -> dict[str, float]:
        """One AdamW step over all ranks' gradients."""
        if not self.pending_calls:
            # Gradient buffers exist only after a backward; with none, the gradient is zero.
            empty = packing.MicroBatch((), self.group.size)
            self._micro_batch([], Loss("cross_entropy"), backward=True, batch=empty)
        self._configure(adam)
        grad_norm = self._reduce_and_clip(adam.grad_clip_norm) if self.cluster.zero_stage == 0 else None
        self.engine.step()
        self._clear_gradient()
        self.step_count += 1
        if grad_norm is None:
            grad_norm = float(self.engine.get_global_grad_norm())
        return {"grad_norm": grad_norm, "step_count": float(self.step_count)}

    def sampler_weights(self) -> Iterator[tuple[str, Any]]:
        """The weights as the base model's checkpoint names them, adapters merged in, one at a time, at rank 0.

        The other ranks get none, and take part until there are no more.
        """
        if self.tied and self.lora is not None and self.lora.train_unembed:
            raise ValueError(
                "lora.train_unembed: this model's output layer is tied to its input embedding, so an engine has no "
                "place for one with the adapter merged in; sync the adapter itself (cluster.lora_sync=adapter)"
            )
        for name, tensor in models.each_merged_weight(self.model, self._gathered, keep=self.place.rank == 0):
            yield name, tensor
            if self.tied and name.endswith("embed_tokens.weight"):
                # By both names: an engine that packs the output layer keeps its old one unless it is sent too.
                yield f"{models.HEAD}.weight", tensor

    def adapter(self) -> tuple[dict[str, bytes], dict[str, str]]:
        """The adapter's folder in PEFT's layout, at rank 0: file name → content; and the digests of its tensors."""
        from rlve.cluster import weight_transfer

        tensors = models.adapter_weights(self.model, self._gathered, keep=self.place.rank == 0)
        if self.place.rank:
            return {}, {}
        assert self.lora is not None
        digests = {name: weight_transfer.digest(tensor) for name, tensor in tensors.items()}
        return models.adapter_files(self.path, self.lora, tensors), digests

    def write_model(self, path: str) -> None:
        """A model folder with the adapter merged in, by rank 0."""
        weights = models.merged_weights(self.model, self._gathered, keep=self.place.rank == 0)
        if self.place.rank == 0:
            models.write_folder(self.path, Path(path), weights)

    def save(self, path: str, merged: bool) -> None:
        """A model folder, or an adapter's, and within it what `load` needs, in full size and by name."""
        if merged or self.lora is None:
            self.write_model(path)
        else:
            files, _ = self.adapter()
            if self.place.rank == 0:
                models.write_files(Path(path), files)
                models.copy_tokenizer(self.path, Path(path))
        tensors: dict[str, Any] = {}
        for name, parameter in self.parameters.items():
            for kind, tensor in self._state(parameter).items():
                if self.place.rank == 0:
                    tensors[f"{name}|{kind}"] = tensor.detach().cpu().contiguous().clone()
        if self.place.rank == 0:
            models.write_trainer_state(Path(path), tensors, self.step_count, self.path, self.lora)
        self.torch.distributed.barrier()

    def load(self, path: str, optimizer: bool) -> None:
        """The inverse of save, whatever stage and world size wrote it; without `optimizer` Adam starts afresh."""
        from safetensors import safe_open

        self._clear_gradient()
        self.step_count = models.saved_steps(Path(path)) if optimizer else 0
        with safe_open(Path(path) / models.TRAINER_STATE, framework="pt") as file:
            held = {name.split("|")[0] for name in file.keys()}  # noqa: SIM118 (not a dict)
            if held != self.parameters.keys():
                raise ValueError(
                    f"{path} holds {len(held)} parameters and this model trains {len(self.parameters)}; the first that "
                    f"only one has is {min(held ^ self.parameters.keys())}. Load it with the same model and lora"
                )
            self._materialize_moments()
            for name, parameter in self.parameters.items():
                tensors = {kind: file.get_tensor(f"{name}|{kind}") for kind in ("weight", "exp_avg", "exp_avg_sq")}
                if not optimizer:
                    tensors |= {kind: self.torch.zeros_like(tensors[kind]) for kind in ("exp_avg", "exp_avg_sq")}
                self._set_state(parameter, tensors)
        self._set_step(self.step_count)

    def close(self) -> None:
        self.engine.destroy()

    # Below: one micro-batch, and what differs between ZeRO stages.

    def _micro_batch(
        self, data: list[Datum], loss: Loss, backward: bool, batch: packing.MicroBatch
    ) -> tuple[list[int], Any, Any]:
        """The data of the batch in its order, and all their log-probabilities and losses one after the other."""
        torch, group = self.torch, self.group
        laid = rows.lay_out(batch, data)
        inputs = {name: _joined(data, laid.order, name) for name in LOSS_INPUTS[loss.name] if name != "target_tokens"}
        targets, places, tokens = laid.targets, laid.places, torch.from_numpy(laid.tokens)
        positions = torch.from_numpy(laid.positions) if batch.packed else torch.arange(batch.width)[None]
        if group.size > 1:
            # Every place of this rank's slice of the rows, padded ones too, so that all ranks have equally many.
            inputs = {name: group.share(self._tensor(_placed(array, laid))) for name, array in inputs.items()}
            targets, places = group.share(self._tensor(_placed(targets, laid))), None
            tokens, positions = group.share(tokens), group.share(positions)
        with torch.set_grad_enabled(backward):
            lp = self.engine(
                tokens.to(self.device),
                positions.to(self.device),
                laid.parts(self.device) if batch.packed else None,
                None if places is None else self._tensor(places),
                self._tensor(targets).flatten(),
                loss.temperature,
                batch.chunk_count,
            )
            if group.size == 1 and laid.of_entry is not None:
                lp = lp.index_select(0, self._tensor(laid.of_entry))
            tensors = {name: self._tensor(array).flatten() for name, array in inputs.items()}
            elementwise = losses.elementwise(lp, tensors, loss)
        if backward:
            # Ranks average their gradients, and the loss is a sum: over data, and over the slices of a sequence.
            self.engine.backward(elementwise.sum() * self.place.world_size)
        lp, elementwise = lp.detach().float(), elementwise.detach().float()
        if group.size > 1:
            shape, of = (len(laid.tokens), -1), self._tensor(laid.places[: len(laid.targets) if laid.order else 0])
            lp, elementwise = (group.whole(each.view(shape)).flatten()[of] for each in (lp, elementwise))
        return laid.order, lp, elementwise

    def _tensor(self, array: Any) -> Any:
        return self.torch.as_tensor(array).to(self.device)

    def _require_finite(self, elementwise: list[Any], loss: Loss) -> None:
        torch = self.torch
        finite = torch.stack([values.sum() for values in elementwise]).isfinite().all().to(torch.int32)
        if self.place.world_size > 1:
            # All ranks must agree, or those that go on would wait for the others for ever.
            torch.distributed.all_reduce(finite, op=torch.distributed.ReduceOp.MIN)
        if not finite.item():
            self._clear_gradient()
            raise NonFiniteLoss(
                f"the {loss.name} loss came out as NaN or infinite; the pending gradient has been cleared, "
                "nothing was applied, and the policy can be used on"
            )

    def _clear_gradient(self) -> None:
        self.pending_calls = 0
        self.optimizer.zero_grad()
        self.engine.zero_grad()
        if self.cluster.zero_stage == 3:
            self.optimizer.averaged_gradients = {}
        elif hasattr(self.optimizer, "averaged_gradients"):
            # What DeepSpeed itself drops where a step overflows. (Stage 1 in bfloat16 has dropped all of it by now.)
            self.optimizer._release_preflattened_grad_buffers()
            for group in self.optimizer.averaged_gradients:
                self.optimizer.averaged_gradients[group] = None
            for group in self.optimizer.all_grad_tensors:
                self.optimizer.all_grad_tensors[group] = None
            if self.cluster.offload_optimizer:
                self.optimizer.reset_cpu_buffers()
            self.optimizer.micro_step_id = -1

    def _configure(self, adam: AdamParams) -> None:
        for group in self.optimizer.param_groups:
            group.update(
                lr=adam.learning_rate,
                betas=(adam.beta1, adam.beta2),
                eps=adam.eps,
                weight_decay=adam.weight_decay,
            )
        if self.cluster.zero_stage:
            self.optimizer.clip_grad = adam.grad_clip_norm

    def _reduce_and_clip(self, limit: float) -> float:
        """Stage 0 leaves reduction and clipping to the caller when the caller owns accumulation."""
        torch = self.torch
        gradients = [p.grad for p in self.parameters.values() if p.grad is not None]
        if self.place.world_size > 1:
            for gradient in gradients:
                torch.distributed.all_reduce(gradient)
                gradient.div_(self.place.world_size)
        # In float64: a float32 sum of squares over an embedding is off by 1e-5.
        norm = torch.stack([gradient.double().norm() for gradient in gradients]).norm()
        if limit and norm > limit:
            for gradient in gradients:
                gradient.mul_(float(limit / norm))
        return float(norm)

    def _state(self, parameter: Any) -> dict[str, Any]:
        from deepspeed.utils import safe_get_full_fp32_param, safe_get_full_optimizer_state

        torch = self.torch
        if self.cluster.zero_stage == 0:
            weight: Any = parameter
            moments = self.optimizer.state.get(parameter, {})
        else:
            weight = safe_get_full_fp32_param(parameter)
            moments = {
                kind: safe_get_full_optimizer_state(parameter, kind)
                for kind in ("exp_avg", "exp_avg_sq")
                if self.step_count
            }
        zeros = torch.zeros_like(weight, dtype=torch.float32)
        return {
            "weight": weight.float(),
            "exp_avg": moments.get("exp_avg", zeros),
            "exp_avg_sq": moments.get("exp_avg_sq", zeros),
        }

    def _set_state(self, parameter: Any, tensors: Mapping[str, Any]) -> None:
        from deepspeed.utils import safe_set_full_fp32_param, safe_set_full_optimizer_state

        if self.cluster.zero_stage == 0:
            with self.torch.no_grad():
                parameter.copy_(tensors["weight"])
            for kind in ("exp_avg", "exp_avg_sq"):
                self.optimizer.state[parameter][kind].copy_(tensors[kind])
            return
        safe_set_full_fp32_param(parameter, tensors["weight"].to(self.device))
        # That sets the optimizer's share of each rank; the weights that the forward pass reads follow only at a step.
        gathered = self.deepspeed.zero.GatheredParameters([parameter], modifier_rank=0)
        with gathered if self.cluster.zero_stage == 3 else nullcontext(), self.torch.no_grad():
            parameter.copy_(tensors["weight"])
        for kind in ("exp_avg", "exp_avg_sq"):
            safe_set_full_optimizer_state(parameter, tensors[kind].to(self.device), kind)

    def _materialize_moments(self) -> None:
        """Adam makes its moments at the first step; one with learning rate 0 and no gradient changes nothing else."""
        count = self.step_count
        self.optim_step(AdamParams(learning_rate=0.0, weight_decay=0.0))
        self.step_count = count

    def _set_step(self, count: int) -> None:
        inner = self.optimizer if self.cluster.zero_stage == 0 else self.optimizer.optimizer
        for state in inner.state.values():
            if "step" in state:
                state["step"] = self.torch.tensor(float(count))

    @contextmanager
    def _gathered(self, parameters: list[Any]) -> Iterator[None]:
        if self.cluster.zero_stage < 3:
            yield
            return
        with self.deepspeed.zero.GatheredParameters(parameters):
            yield


def _joined(data: list[Datum], order: list[int], name: str) -> NDArray[np.float32]:
    """A loss input of the data, one after the other; with no data nothing, and the rank only keeps others company."""
    arrays = [datum.loss_fn_inputs[name] for datum in map(data.__getitem__, order)]
    return np.concatenate([np.empty(0, np.float32), *arrays]).astype(np.float32, copy=False)


def _placed(array: NDArray[Any], laid: rows.Rows) -> NDArray[Any]:
    """Of the entries, in rows that hold no trees: [R, T]."""
    padded = np.zeros(laid.tokens.size, array.dtype)
    padded[laid.places[: len(array)]] = array
    return padded.reshape(laid.tokens.shape)


def _deepspeed_config(cluster: ClusterConfig, dtype: str, trained: int) -> dict[str, Any]:
    """trained: how many numbers have a gradient."""
    zero: dict[str, Any] = {
        "stage": cluster.zero_stage,
        "stage3_param_persistence_threshold": 0,
        # Never fuller than that, and stage 3 keeps it: for adapters it would be 2 GB, moved at each colocated turn.
        "reduce_bucket_size": min(memory.BUCKET_NUMBERS, trained),
    }
    to_cpu = {"device": "cpu", "pin_memory": cluster.device == "cuda"}
    if cluster.offload_optimizer:
        zero["offload_optimizer"] = to_cpu
    if cluster.offload_parameters:
        zero["offload_param"] = to_cpu
    return {
        "train_micro_batch_size_per_gpu": 1,
        "gradient_accumulation_steps": 1,
        # The caller decides when a step is; DeepSpeed's own counting would drop all but the last backward's gradient.
        "managed_gradient_accumulation": False,
        # The caller's too: left out, it is 1.0, and stage 0 then clips whatever the step asks for.
        "gradient_clipping": 0.0,
        "zero_optimization": zero,
        "zero_allow_untested_optimizer": True,
        # torch's AdamW takes the step of offloaded weights too, so that it is the same one in every layout.
        "zero_force_ds_cpu_optimizer": False,
        "bf16": {"enabled": dtype == "bfloat16"},
        "data_types": {"grad_accum_dtype": "fp32"},
        "communication_data_type": "fp32",
        "steps_per_print": 10**9,
        "wall_clock_breakdown": False,
    }
