"""How long the plateau lasts."""
