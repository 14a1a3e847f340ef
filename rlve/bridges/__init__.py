"""Our environments for others: as rows of a data set, as rewards, as environments of gymnasium and verifiers."""
