"""What each op computes: pure functions of arrays, one definition per op."""
