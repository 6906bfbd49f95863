"""Whether consent holds under load, crashes and failover, counted by somebody who kept records."""
