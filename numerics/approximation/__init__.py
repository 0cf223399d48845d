"""Sums of exponentials near a kernel: best ones, explicit ones, short ones."""
