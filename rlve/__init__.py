"""rlve: reinforcement learning of language models on verifiable environments whose difficulty follows the model."""

__version__ = "0.1.0"
