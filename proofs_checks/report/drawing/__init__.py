"""How parts of the page are drawn: formulas, prose with formulas in it, pictures, and what rests on what."""
