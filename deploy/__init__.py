"""Set-up, stubs and the demo."""
