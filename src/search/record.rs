//! [`SearchResult`] as stored in records: plain numbers and strings.

use serde::{Deserialize, Serialize};

use super::{SearchResult, Verdict};
use crate::solver::Status;

/// The solutions, proofs and times of a search; part of every record of a solve. Fields that do not apply are null.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SearchRecord {
    /// What is found or proved about the dense network.
    pub status: Verdict,
    /// Best objective of the dense network over all inputs tried.
    pub dense_objective: Option<f64>,
    /// Best objective of the embedded network.
    pub surrogate_objective: Option<f64>,
    /// Proved bound on the dense objective.
    pub dual_bound: Option<f64>,
    /// The solver's final status, if a solver ran.
    pub solver_status: Option<String>,
    /// Wall seconds to the first input of the requested kind: adversarial, or merely feasible.
    pub seconds_to_first: Option<f64>,
    /// Wall seconds to the incumbent.
    pub seconds_to_best: Option<f64>,
    /// Wall seconds of the whole search.
    pub seconds_total: f64,
    /// Distinct feasible inputs tried on the dense network.
    pub solutions: usize,
    /// Binary columns of the model that was solved; like the sizes below, absent if none was.
    pub binaries: Option<usize>,
    /// Columns of the model, the binary ones included.
    pub columns: Option<usize>,
    /// Rows of the model.
    pub rows: Option<usize>,
    /// Coefficients in the rows of the model.
    pub nonzeros: Option<usize>,
    /// Neurons in the model that are never negative and need no binary.
    pub stable_active: Option<usize>,
    /// Neurons that are never positive and are not in the model.
    pub stable_inactive: Option<usize>,
    /// Messages of the parts of the search that failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<String>,
}

impl SearchRecord {
    /// Whether the solver proved the optimum of its model, which may have no columns.
    pub fn is_solved(&self) -> bool {
        let words = self.solver_status.as_deref();
        words.is_some_and(Status::is_optimal_in_words)
    }

    /// The solver's final status in words, also if there was no solver.
    pub fn solver_in_words(&self) -> &str {
        self.solver_status.as_deref().unwrap_or("no solver")
    }
}

impl From<&SearchResult> for SearchRecord {
    fn from(result: &SearchResult) -> Self {
        let size = result.size;
        Self {
            status: result.verdict,
            dense_objective: result.best.as_ref().map(|best| best.value),
            surrogate_objective: result.surrogate_objective,
            dual_bound: result.dual_bound,
            solver_status: result.solver_status.map(|status| status.to_string()),
            seconds_to_first: result.seconds_to_first,
            seconds_to_best: result.seconds_to_best,
            seconds_total: result.seconds_total,
            solutions: result.candidates.len(),
            binaries: size.map(|size| size.binaries),
            columns: size.map(|size| size.columns),
            rows: size.map(|size| size.rows),
            nonzeros: size.map(|size| size.nonzeros),
            stable_active: size.map(|size| size.stable_active),
            stable_inactive: size.map(|size| size.stable_inactive),
            failures: result.failures.clone(),
        }
    }
}
