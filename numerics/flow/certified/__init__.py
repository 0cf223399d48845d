"""Gradient flows with proof: enclosures of the path and of the time of an event."""
