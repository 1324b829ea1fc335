"""The mathematics: metrics, connection, curvature, curves, statistics. Knows no model, data set or plot."""
