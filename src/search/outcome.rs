//! Findings as records keep them: plain numbers and words.

use serde::{Deserialize, Serialize};

use super::{Findings, Verdict};

/// What a search found, proved and took; part of every record of a solve. What does not apply is
/// null.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    pub status: Verdict,
    /// Best objective of the dense network over all inputs seen.
    pub dense_objective: Option<f64>,
    /// Best objective of the network that was solved.
    pub surrogate_objective: Option<f64>,
    /// Proved bound on the dense objective.
    pub dual_bound: Option<f64>,
    /// The solver's own final status.
    pub solver_status: String,
    /// Wall seconds to what was asked: an adversarial input, or any feasible one.
    pub seconds_to_first: Option<f64>,
    pub seconds_to_best: Option<f64>,
    pub seconds_total: f64,
    /// Distinct feasible inputs tried on the dense network.
    pub solutions: usize,
    /// Size of the model that was solved.
    pub binaries: usize,
    pub columns: usize,
    pub rows: usize,
    pub nonzeros: usize,
    pub stable_active: usize,
    pub stable_inactive: usize,
}

impl From<&Findings> for Outcome {
    fn from(findings: &Findings) -> Self {
        let size = findings.size;
        Self {
            status: findings.verdict,
            dense_objective: findings.best.as_ref().map(|best| best.value),
            surrogate_objective: findings.surrogate_objective,
            dual_bound: findings.dual_bound,
            solver_status: findings.solver_status.to_string(),
            seconds_to_first: findings.seconds_to_first,
            seconds_to_best: findings.seconds_to_best,
            seconds_total: findings.seconds_total,
            solutions: findings.candidates.len(),
            binaries: size.binaries,
            columns: size.columns,
            rows: size.rows,
            nonzeros: size.nonzeros,
            stable_active: size.stable_active,
            stable_inactive: size.stable_inactive,
        }
    }
}
