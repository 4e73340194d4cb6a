//! What does the broker keep over a crash, and how?
