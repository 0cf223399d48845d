"""Why there is a plateau: loss, gradient and Hessian where the model equals the short part."""
