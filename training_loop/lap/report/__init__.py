"""What came of a lap as one page that can be kept, sent and read without anything else."""
