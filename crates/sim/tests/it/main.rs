//! The simulation as a test: so many seeds, and each of them must hold.

mod refresh;
