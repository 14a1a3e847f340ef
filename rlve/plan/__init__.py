"""`rlve plan`: what a configuration would do, said before anything starts. Arithmetic only; no ray, torch or vllm."""
