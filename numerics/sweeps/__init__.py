"""Sweeps: many tasks over grids, seeds and machines, kept in one file and taken up again."""
