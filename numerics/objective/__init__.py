"""`Objective` and `DiscreteObjective`: loss, gradient and Hessian in three arithmetics."""
