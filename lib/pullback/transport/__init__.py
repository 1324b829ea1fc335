"""The geodesic flow, and what is carried along geodesics and other curves."""
