"""What must stay true when processes die in the middle of a run of sales."""
