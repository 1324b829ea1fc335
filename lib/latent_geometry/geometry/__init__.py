"""The mathematics: metrics, connection, curvature, curves, statistics. Knows no model, no data set, no plot."""
