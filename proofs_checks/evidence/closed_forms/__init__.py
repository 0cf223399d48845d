"""Findings about closed forms: identities and inequalities that hold for all parameters."""
