//! What a run found within its time limit. A solver may overrun the limit and find something
//! later: that does not count.

use crate::experiment::{QuestionSettings, RunRecord};
use crate::search::Verdict;

/// The solver's statuses where it came to the end by itself: of a model without columns, too.
const ENDED: [&str; 2] = ["Optimal", "Empty"];

/// Seconds to an adversarial input; `None`: none was found within the limit.
pub fn seconds(run: &RunRecord) -> Option<f64> {
    let found = run.outcome.status == Verdict::Found;
    let seconds = run.outcome.seconds_to_first.filter(|_| found)?;
    (seconds <= run.settings.time_limit).then_some(seconds)
}

/// The best value of the dense network; `None`: there was none within the limit.
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

/// Whether the run found something after the limit that does not count: its adversarial input, or
/// its best value.
pub fn is_late(run: &RunRecord) -> bool {
    match run.settings.question {
        QuestionSettings::Verification { .. } => {
            run.outcome.status == Verdict::Found && seconds(run).is_none()
        }
        QuestionSettings::Maximization => is_after_limit(run, run.outcome.seconds_to_best),
    }
}

/// Whether the solver came to the end of its model and nothing that it gave was adversarial.
pub fn ended_without(run: &RunRecord) -> bool {
    let status = run.outcome.solver_status.as_deref();
    run.outcome.status == Verdict::NotFound && status.is_some_and(|status| ENDED.contains(&status))
}

fn is_after_limit(run: &RunRecord, seconds: Option<f64>) -> bool {
    seconds.is_some_and(|seconds| seconds > run.settings.time_limit)
}
