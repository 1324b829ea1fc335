"""Connection and curvature of a metric, from inside and from outside."""
