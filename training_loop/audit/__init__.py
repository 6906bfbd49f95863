"""Who did what and when, so that no line can be changed unnoticed."""
