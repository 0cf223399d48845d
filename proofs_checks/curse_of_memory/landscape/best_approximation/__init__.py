"""Best approximations, which make the critical spaces."""
