"""Files of labelled drawings: split into rows, looked through, and stored in batches."""
