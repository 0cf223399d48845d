"""Complex modes in discrete time: the objective, Cauchy matrices, Blaschke products, coincided poles."""
