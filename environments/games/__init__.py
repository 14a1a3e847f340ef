"""Games between two players who play as well as can be."""
