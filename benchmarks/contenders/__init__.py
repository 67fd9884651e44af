"""Who does the work: one file each."""
