//! What a simulation of the database's moods stands behind.

use std::future::Future;
use std::pin::Pin;

/// Stands before and behind every question to the database. A simulation decides
/// there how long the database takes, and a node that it has killed waits there for
/// ever; the product has none.
pub trait Gate: Send + Sync + 'static {
    fn pass(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}
