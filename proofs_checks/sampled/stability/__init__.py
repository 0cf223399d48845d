"""Section C: what the eigenvalues of K tell about the network, and what not."""
