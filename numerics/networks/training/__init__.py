"""Networks trained by gradients: backpropagation through time, methods as data, plateaus of the loss."""
