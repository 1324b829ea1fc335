"""What one chapter alone needs, one room per chapter."""
