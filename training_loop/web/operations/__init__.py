"""For those who watch over the work: figures, the auditor, the audit log."""
