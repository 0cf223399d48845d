"""Best approximations in L2."""
