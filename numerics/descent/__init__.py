"""Methods in steps on the objective itself: how many until they leave a plateau."""
