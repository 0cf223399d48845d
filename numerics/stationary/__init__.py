"""Critical points of the loss, isolated and proved to exist."""
