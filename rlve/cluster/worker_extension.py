"""Imported by each engine worker before it loads a model: the receiver of weights, and a place for every adapter.

vLLM takes adapters of the output layer only for models that name it among their embeddings, which Qwen2 and Gemma 3 do
not, though it serves them in the same way.
"""

from vllm.model_executor.models.gemma3 import Gemma3ForCausalLM
from vllm.model_executor.models.qwen2 import Qwen2ForCausalLM
from vllm.platforms import current_platform

from rlve.cluster import fused_ops, request_seeds
from rlve.cluster.weight_transfer import WeightReceiver
from rlve.models import HEAD

for kind in (Qwen2ForCausalLM, Gemma3ForCausalLM):
    kind.embedding_modules = {**kind.embedding_modules, HEAD: "output_embeddings"}

if current_platform.is_cpu():
    fused_ops.install()
    request_seeds.install()

__all__ = ["WeightReceiver"]
