"""What a statement is, what counts as evidence, and the only place where verdicts are computed."""
