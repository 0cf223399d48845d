"""Pictures of results: functions that take `ax=` and return it."""
