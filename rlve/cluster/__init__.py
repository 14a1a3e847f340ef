"""Policy over Ray: data-parallel DeepSpeed trainers and vLLM engines. Only `policy` and `placement` import ray."""
