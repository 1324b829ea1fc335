"""A map z -> x with its derivatives: layers differentiated analytically, anything else automatically."""
