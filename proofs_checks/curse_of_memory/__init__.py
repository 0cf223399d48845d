"""Statements of *On the Curse of Memory in Recurrent Neural Networks* (arXiv 2009.07799)."""
