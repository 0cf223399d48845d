"""The report: one self-contained page, its JSON, and a picture and a table per statement."""
