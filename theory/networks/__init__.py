"""Linear recurrent networks: solutions, assembly in blocks (section 3)."""
