"""What tools/bench is made of: one module for each command, and what they share."""
