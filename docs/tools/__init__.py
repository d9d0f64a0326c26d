"""Makes the site of the documentation: what the pages say, and what follows from the code and the examples in them."""
