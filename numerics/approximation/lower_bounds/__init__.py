"""What no sum of m exponentials can do: certified lower bounds on distances and widths."""
