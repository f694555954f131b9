"""What runs inside the imitation of Lambda; `benchmarks.cold_start` starts it."""
