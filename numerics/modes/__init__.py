"""Complex modes: learning online, optimal poles for a segment."""
