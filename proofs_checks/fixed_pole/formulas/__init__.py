"""Closed forms: objective, moments, samples, Cauchy determinants, Blaschke products."""
