"""Targets with a memory parameter, and the flow near the plateau that they make (section 5, appendix C)."""
