"""`rlve envs`."""
