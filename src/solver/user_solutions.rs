//! Candidate solutions handed to the solver while it runs.

use std::sync::{Arc, Mutex, PoisonError};

/// Candidate solutions handed to the MIP solver while it runs (HiGHS's user-solution callback). Any holder of a copy
/// may offer a point, in the columns of the problem; a newer one replaces one that was not taken. HiGHS takes it at its
/// next callback, and keeps it if it is feasible and better than its incumbent.
#[derive(Debug, Clone, Default)]
pub struct UserSolutions(Arc<Mutex<Option<Vec<f64>>>>);

impl UserSolutions {
    /// Offers the point `columns`.
    pub fn offer(&self, columns: Vec<f64>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(columns);
    }

    pub(super) fn take(&self) -> Option<Vec<f64>> {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slot.take()
    }
}
