//! Points handed to the solver while it runs.

use std::sync::{Arc, Mutex, PoisonError};

/// A place for one point, in the columns of the problem: the solver takes it when it next asks, and keeps it
/// where it is feasible and better than its own. Whoever holds a copy may put one there; a newer one replaces
/// what was not taken.
#[derive(Debug, Clone, Default)]
pub struct Feed(Arc<Mutex<Option<Vec<f64>>>>);

impl Feed {
    /// Puts a point there.
    pub fn offer(&self, columns: Vec<f64>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(columns);
    }

    pub(super) fn take(&self) -> Option<Vec<f64>> {
        let mut place = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        place.take()
    }
}
