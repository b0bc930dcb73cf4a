"""Train the systems that play a sequence of symbols: songs as symbols, published and better networks, figures, bundles."""
