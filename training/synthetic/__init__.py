"""Club music made by rules, for what real collections are thin in: house, trance and techno with an arrangement."""
