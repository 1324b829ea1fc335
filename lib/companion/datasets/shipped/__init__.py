"""Data sets that come with the project, or are downloaded with a checksum."""
