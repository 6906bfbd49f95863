"""Which settings of a trainer are best: trials on the test split, here or on a cluster, and what
choosing so is worth to accounts that did not choose."""
