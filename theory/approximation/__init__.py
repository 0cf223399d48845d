"""Rates of approximation, widths, and what fast rates cannot do (section 4, appendices A and B)."""
