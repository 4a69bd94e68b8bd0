"""What is measured of the site, and the last results: `make bench`."""
