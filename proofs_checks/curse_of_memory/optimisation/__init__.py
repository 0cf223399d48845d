"""Section 5 and appendices C and E: the plateau, and the way out of it."""
