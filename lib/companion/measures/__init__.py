"""What several chapters ask of trained models and of the pictures that they draw."""
