"""The mathematics of memcurse, exact: SymPy only, no floating point."""
