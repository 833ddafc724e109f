"""Where material is and whose it is: stock, batches, lots, units."""
