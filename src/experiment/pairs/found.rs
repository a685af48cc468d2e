//! What a run found within its time limit. A solver may overrun the limit; what it finds later does
//! not count.

use crate::experiment::{QuestionSettings, RunRecord};
use crate::search::Verdict;

/// Seconds to an adversarial input; `None` if none was found within the limit.
pub fn seconds(run: &RunRecord) -> Option<f64> {
    let found = run.outcome.status == Verdict::Found;
    let seconds = run.outcome.seconds_to_first.filter(|_| found)?;
    (seconds <= run.settings.time_limit).then_some(seconds)
}

/// The best value of the dense network; `None` if there was none within the limit.
pub fn value(run: &RunRecord) -> Option<f64> {
    if !is_after_limit(run, run.outcome.seconds_to_best) {
        return run.outcome.dense_objective;
    }
    let in_time = run.stream.iter().filter(|candidate| {
        let seconds = candidate.seconds;
        seconds <= run.settings.time_limit
    });
    in_time
        .map(|candidate| candidate.dense_value)
        .max_by(f64::total_cmp)
}

/// Whether the run found its adversarial input, or its best value, after the limit, so that it does
/// not count.
pub fn is_late(run: &RunRecord) -> bool {
    match run.settings.question {
        QuestionSettings::Verification { .. } => {
            run.outcome.status == Verdict::Found && seconds(run).is_none()
        }
        QuestionSettings::Maximization | QuestionSettings::Minimization => {
            is_after_limit(run, run.outcome.seconds_to_best)
        }
    }
}

/// Whether the solver solved its model to the end without an adversarial input.
pub fn ended_without(run: &RunRecord) -> bool {
    run.outcome.status == Verdict::NotFound && run.outcome.is_solved()
}

fn is_after_limit(run: &RunRecord, seconds: Option<f64>) -> bool {
    seconds.is_some_and(|seconds| seconds > run.settings.time_limit)
}
