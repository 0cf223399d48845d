"""Networks and the functionals that they are."""
