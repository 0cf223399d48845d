"""One module per statement, and what runs them: findings, catalogue, runner, report, command line."""
