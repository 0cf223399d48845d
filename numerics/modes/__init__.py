"""Complex modes: online learning, certified inertia at coincided poles."""
