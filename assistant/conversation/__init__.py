"""One turn: from what was heard to the answer and its report."""
