"""Numbers, durations, times, days and lists as people say them, and said back."""
