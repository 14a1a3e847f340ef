"""`rlve envs`: what authors of environments look at, try, check and start from."""
