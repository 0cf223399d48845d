"""Steps, events and statuses of flows of any field, in any arithmetic, by the rules of `engine`."""
