"""Models whose code keeps height and width."""
