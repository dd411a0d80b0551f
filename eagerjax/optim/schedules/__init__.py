"""Learning-rate schedules, a few to a file; `lr_scheduler` shows them under torch's name."""
