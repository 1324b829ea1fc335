"""What one chapter alone needs, a room a chapter."""
