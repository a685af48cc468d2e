//! SearchResult as records keep them: plain numbers and words.

use serde::{Deserialize, Serialize};

use super::{SearchResult, Verdict};
use crate::solver::Status;

/// What a search found, proved and took; part of every record of a solve. What does not apply is
/// null.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SearchRecord {
    pub status: Verdict,
    /// Best objective of the dense network over all inputs seen.
    pub dense_objective: Option<f64>,
    /// Best objective of the network that was solved.
    pub surrogate_objective: Option<f64>,
    /// Proved bound on the dense objective.
    pub dual_bound: Option<f64>,
    /// The solver's own final status, if one was at work.
    pub solver_status: Option<String>,
    /// Wall seconds to what was asked: an adversarial input, or any feasible one.
    pub seconds_to_first: Option<f64>,
    pub seconds_to_best: Option<f64>,
    pub seconds_total: f64,
    /// Distinct feasible inputs tried on the dense network.
    pub solutions: usize,
    /// Size of the model that was solved, if one was.
    pub binaries: Option<usize>,
    pub columns: Option<usize>,
    pub rows: Option<usize>,
    pub nonzeros: Option<usize>,
    pub stable_active: Option<usize>,
    pub stable_inactive: Option<usize>,
    /// Parts of the search that failed, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<String>,
}

impl SearchRecord {
    /// Whether the solver proved the optimum of its model, which may have no columns.
    pub fn is_solved(&self) -> bool {
        let words = self.solver_status.as_deref();
        words.is_some_and(Status::is_optimal_in_words)
    }

    /// How the solver ended, in its own words.
    pub fn solver_in_words(&self) -> &str {
        self.solver_status.as_deref().unwrap_or("no solver")
    }
}

impl From<&SearchResult> for SearchRecord {
    fn from(findings: &SearchResult) -> Self {
        let size = findings.size;
        Self {
            status: findings.verdict,
            dense_objective: findings.best.as_ref().map(|best| best.value),
            surrogate_objective: findings.surrogate_objective,
            dual_bound: findings.dual_bound,
            solver_status: findings.solver_status.map(|status| status.to_string()),
            seconds_to_first: findings.seconds_to_first,
            seconds_to_best: findings.seconds_to_best,
            seconds_total: findings.seconds_total,
            solutions: findings.candidates.len(),
            binaries: size.map(|size| size.binaries),
            columns: size.map(|size| size.columns),
            rows: size.map(|size| size.rows),
            nonzeros: size.map(|size| size.nonzeros),
            stable_active: size.map(|size| size.stable_active),
            stable_inactive: size.map(|size| size.stable_inactive),
            failures: findings.failures.clone(),
        }
    }
}
