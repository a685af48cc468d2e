//! How a solve ended: each of HiGHS's final statuses, and our own.

use std::fmt;

use highs::{HighsModelStatus, SolvedModel};
use highs_sys::SOLUTION_STATUS_FEASIBLE;

/// The final status of a solve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// HiGHS's own final status.
    Highs(HighsModelStatus),
    /// The observer stopped the solve. HiGHS's progress after that is a matter of milliseconds, so
    /// it is not reported: the same solve ends the same way every time.
    Stopped,
    /// There was no time left, or HiGHS ran past its limit and stopped when interrupted.
    OutOfTime,
    /// HiGHS failed.
    Failed,
    /// HiGHS did not return when interrupted, and was abandoned.
    Abandoned,
}

/// Whether HiGHS has a feasible point. (The `highs` crate's own method for this panics if HiGHS has no information at
/// all, as for a problem without columns.)
pub(super) fn has_point(solved: &SolvedModel) -> bool {
    let status = solved.int_info_value(c"primal_solution_status");
    status.is_ok_and(|status| status == i64::from(SOLUTION_STATUS_FEASIBLE))
}

impl Status {
    /// Whether the incumbent is proved optimal; this is trivially so without columns.
    pub fn is_optimal(self) -> bool {
        matches!(
            self,
            Self::Highs(HighsModelStatus::Optimal | HighsModelStatus::ModelEmpty)
        )
    }

    /// Whether `words` are those of a status that [`Self::is_optimal`], as stored in records.
    pub fn is_optimal_in_words(words: &str) -> bool {
        let optimal = [HighsModelStatus::Optimal, HighsModelStatus::ModelEmpty];
        optimal
            .iter()
            .any(|status| Self::Highs(*status).to_string() == words)
    }

    /// Whether HiGHS ended without an answer and without a reason for that.
    pub fn is_failure(self) -> bool {
        use HighsModelStatus as Model;
        let Self::Highs(status) = self else {
            return self == Self::Failed;
        };
        matches!(
            status,
            Model::NotSet
                | Model::LoadError
                | Model::ModelError
                | Model::PresolveError
                | Model::SolveError
                | Model::PostsolveError
                | Model::Unknown
        )
    }

    /// Whether it is proved that there is no feasible point.
    pub fn is_infeasible(self) -> bool {
        self == Self::Highs(HighsModelStatus::Infeasible)
    }
}

impl fmt::Display for Status {
    /// HiGHS's own words for its statuses.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use HighsModelStatus as Model;
        let words = match self {
            Self::Abandoned => "Abandoned: the solver did not return in time",
            Self::Failed => "Failed",
            Self::Stopped => "Stopped, the question is decided",
            Self::OutOfTime => "Time limit reached",
            Self::Highs(status) => match status {
                Model::NotSet => "Not Set",
                Model::LoadError => "Load error",
                Model::ModelError => "Model error",
                Model::PresolveError => "Presolve error",
                Model::SolveError => "Solve error",
                Model::PostsolveError => "Postsolve error",
                Model::ModelEmpty => "Empty",
                Model::Infeasible => "Infeasible",
                Model::UnboundedOrInfeasible => "Primal infeasible or unbounded",
                Model::Unbounded => "Unbounded",
                Model::Optimal => "Optimal",
                Model::ObjectiveBound => "Bound on objective reached",
                Model::ObjectiveTarget => "Target for objective reached",
                Model::ReachedTimeLimit => "Time limit reached",
                Model::ReachedIterationLimit => "Iteration limit reached",
                Model::ReachedSolutionLimit => "Solution limit reached",
                Model::ReachedInterrupt => "Interrupted by user",
                Model::ReachedMemoryLimit => "Memory limit reached",
                Model::Unknown => "Unknown",
                other => return write!(f, "{other:?}"),
            },
        };
        f.write_str(words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_an_optimum_are_told_from_others() {
        for status in [HighsModelStatus::Optimal, HighsModelStatus::ModelEmpty] {
            assert!(Status::Highs(status).is_optimal());
        }
        for (words, expected) in [
            ("Optimal", true),
            ("Empty", true),
            ("Time limit reached", false),
        ] {
            assert_eq!(Status::is_optimal_in_words(words), expected);
        }
    }
}
