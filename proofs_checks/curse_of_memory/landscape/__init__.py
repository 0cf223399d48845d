"""Appendix D: critical points and their spaces."""
