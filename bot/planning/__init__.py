"""Floor 2: who is told what and when. Pure decisions from values to values; the services carry them out."""
