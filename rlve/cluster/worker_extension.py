"""Imported by each engine worker before it loads a model: the receiver of weights, and a place for every adapter.

vLLM takes adapters of the output layer only for models that name it among their embeddings, which Qwen2 and Gemma 3 do
not, though it serves them in the same way.
"""

from vllm.model_executor.models.gemma3 import Gemma3ForCausalLM
from vllm.model_executor.models.qwen2 import Qwen2ForCausalLM

from rlve.cluster.weight_transfer import WeightReceiver
from rlve.models import HEAD

for kind in (Qwen2ForCausalLM, Gemma3ForCausalLM):
    kind.embedding_modules = {**kind.embedding_modules, HEAD: "output_embeddings"}

__all__ = ["WeightReceiver"]
