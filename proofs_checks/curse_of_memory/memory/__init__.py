"""What any m units can hold: lower bounds on the width, and the memory of fixed poles."""
