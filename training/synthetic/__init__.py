"""Club music made by rules: house, trance and techno with an arrangement, which real collections lack."""
