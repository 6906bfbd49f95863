"""The demo: a household speaks, and the assistant learns from those who said yes."""
