"""Wide networks: the Hessian as a Gram matrix of low rank and a two by two block for each unit, at a cost of O(m)."""
