//! Nodes on one database, a provider with moods, and simulated time.
//!
//! Everything between the edges is the product: the use cases, the worker that renews
//! tokens, the SQL. At the edges stand the simulation's own clock, wire and gate
//! before the database. All of it runs on one thread, in an order that one number
//! decides, so that a failure can be had again.
//!
//! A node that is killed stops at its next step, wherever it is: before a statement or
//! after it, with a request on its way or an answer in its hands. Its futures never go
//! on; a new node starts on the same database.

mod life;
mod load;
mod mood;
mod node;
mod provider;
mod refresh;
mod seed;
mod wire;

pub use load::{Load, LoadFigures, load};
pub use refresh::{Figures, run};
