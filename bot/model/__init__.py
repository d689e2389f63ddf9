"""Floor 1: the frozen values of the product's words, their invariants, the errors and the ports. Imports nothing of the house."""
