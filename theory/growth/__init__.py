"""What the form of an expression proves about its size: decay, integrability, reality."""
