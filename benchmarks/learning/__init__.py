"""The loop learns, simulated: people speak in words that the base data lacks, and laps follow."""
