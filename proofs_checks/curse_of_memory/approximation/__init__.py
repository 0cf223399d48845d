"""Section 4 and appendices A and B: approximation and its rates."""
