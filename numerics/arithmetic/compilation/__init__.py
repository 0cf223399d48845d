"""How named arrays and numbers travel through compiled code."""
