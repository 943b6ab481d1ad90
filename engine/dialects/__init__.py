"""What is seen of a position (`seen`), and each way of saying it: one module a dialect, which makes text of fields."""
