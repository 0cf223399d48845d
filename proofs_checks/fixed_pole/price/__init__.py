"""What it costs to fix the poles, and what to learn them."""
