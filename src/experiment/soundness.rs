//! What every record written by this program satisfies. A record that does not was changed or
//! truncated, or is of another version, and must not be counted.

use super::record::{ModelFacts, ModelRecord, RunRecord};
use super::settings::QuestionSettings;
use crate::campaign::{Kind, Record, check};
use crate::instance::LabelSource;
use crate::search::Verdict;

/// Tolerance between two clocks of one run, in seconds.
const CLOCK_TOLERANCE: f64 = 0.01;

/// Rounding tolerance of a value, relative to it or to 1, and tolerance by which a solver's bound
/// may be too low.
const ROUNDING_TOLERANCE: f64 = 1e-9;
const BOUND_TOLERANCE: f64 = 1e-5;

/// Name of the archive in a results folder: gzip, one JSON record of a run per line.
pub const ARCHIVE: &str = "runs.jsonl.gz";

impl Record for RunRecord {
    const KIND: &'static Kind = &Kind {
        what: "run record",
        folder: "runs",
        file: None,
        archive: Some(ARCHIVE),
        check: check::<Self>,
    };

    fn key(&self) -> &str {
        &self.key
    }

    fn fault(&self) -> Option<String> {
        let faults = [
            wrong_key(&self.key, &self.settings.key()),
            self.settings_fault(),
            self.dense.fault("dense"),
            self.surrogate
                .as_ref()
                .and_then(|facts| facts.fault("surrogate")),
            self.margin_fault(),
            self.value_fault(),
            self.time_fault(),
        ];
        faults.into_iter().flatten().next()
    }

    fn made_with(&self) -> Vec<(String, String)> {
        vec![(self.settings.dense_model().key(), self.dense.sha256.clone())]
    }
}

impl Record for ModelRecord {
    const KIND: &'static Kind = &Kind {
        what: "model record",
        folder: "models",
        file: Some("safetensors"),
        archive: None,
        check: check::<Self>,
    };

    fn key(&self) -> &str {
        &self.key
    }

    fn fault(&self) -> Option<String> {
        let key = wrong_key(&self.key, &self.settings.key());
        key.or_else(|| self.facts.fault("model"))
    }

    fn file_sha256(&self) -> Option<&str> {
        Some(&self.facts.sha256)
    }
}

fn wrong_key(found: &str, expected: &str) -> Option<String> {
    (found != expected).then(|| {
        format!(
            "its key is {found}, expected {expected}, the hash of its settings (they were changed, or another version of this program wrote them)"
        )
    })
}

impl RunRecord {
    /// A mismatch between the settings and the parts of the record.
    fn settings_fault(&self) -> Option<String> {
        let settings = &self.settings;
        let verification = matches!(settings.question, QuestionSettings::Verification { .. });
        if settings.surrogate.is_some() != self.surrogate.is_some() {
            return expected(
                "surrogate",
                "the facts of the surrogate where the settings have one",
            );
        }
        if verification != self.image.is_some() {
            return expected("image", "the facts of the image for verification alone");
        }
        if self.outcome.solutions != self.stream.len() {
            let (solutions, stream) = (self.outcome.solutions, self.stream.len());
            return expected(
                "stream",
                &format!("as many entries as solutions, {solutions}, found {stream}"),
            );
        }
        None
    }

    /// A margin of the image that cannot be one.
    fn margin_fault(&self) -> Option<String> {
        let margin = self.image.as_ref()?.margin?;
        let is_top = match self.settings.question {
            QuestionSettings::Verification { labels, .. } => labels == LabelSource::Dense,
            QuestionSettings::Maximization | QuestionSettings::Minimization => false,
        };
        let is_sound = margin.is_finite() && !(is_top && margin > 0.0);
        (!is_sound).then_some(())?;
        expected(
            "image.margin",
            &format!("a number, not above 0 with labels of the dense network, found {margin}"),
        )
    }

    /// A contradiction between status and values.
    fn value_fault(&self) -> Option<String> {
        let outcome = &self.outcome;
        let status = outcome.status;
        let verification = matches!(
            self.settings.question,
            QuestionSettings::Verification { .. }
        );
        let of_the_other = match status {
            Verdict::NoneExists => !verification,
            Verdict::Optimal => verification,
            Verdict::Found | Verdict::NotFound => false,
        };
        if of_the_other {
            return expected("status", &format!("one of its application, found {status}"));
        }
        let found = matches!(status, Verdict::Found | Verdict::Optimal);
        if found != outcome.seconds_to_first.is_some() {
            return expected(
                "seconds_to_first",
                &format!(
                    "a number where something was found and none elsewhere; status is {status}"
                ),
            );
        }
        if outcome.dense_objective.is_some() != outcome.seconds_to_best.is_some() {
            return expected("seconds_to_best", "a number where dense_objective is one");
        }
        let finite = |value: Option<f64>| value.is_none_or(f64::is_finite);
        let mut numbers = self.stream.iter().flat_map(|candidate| {
            let values = [candidate.surrogate_value, candidate.dense_value];
            values.into_iter().chain([candidate.seconds])
        });
        if !finite(outcome.dense_objective) || !numbers.all(f64::is_finite) {
            return expected("dense_objective or stream", "finite numbers");
        }
        match outcome.dense_objective {
            None if found => expected("dense_objective", &format!("a number with status {status}")),
            // An input is adversarial if its margin is above zero, in real arithmetic too.
            Some(margin)
                if verification
                    && (found && margin <= 0.0 || !found && margin > ROUNDING_TOLERANCE) =>
            {
                expected(
                    "dense_objective",
                    &format!(
                        "a margin above 0 with status found alone, found {margin} with {status}"
                    ),
                )
            }
            Some(best) => {
                let values = self.stream.iter().map(|candidate| candidate.dense_value);
                let largest = values.fold(f64::NEG_INFINITY, f64::max);
                let size = best.abs().max(1.0);
                if (best - largest).abs() > ROUNDING_TOLERANCE * size {
                    return expected(
                        "dense_objective",
                        &format!("the largest value of the stream, {largest}, found {best}"),
                    );
                }
                let bound = outcome.dual_bound.unwrap_or(f64::INFINITY);
                (bound < best - BOUND_TOLERANCE * size)
                    .then_some(())
                    .and_then(|()| {
                        expected(
                            "dual_bound",
                            &format!("at least dense_objective, {best}, found {bound}"),
                        )
                    })
            }
            None => None,
        }
    }

    /// Times that cannot be those of one run.
    fn time_fault(&self) -> Option<String> {
        let outcome = &self.outcome;
        let total = outcome.seconds_total;
        if !(total.is_finite() && total >= 0.0) {
            return expected("seconds_total", &format!("at least 0, found {total}"));
        }
        let first = ("seconds_to_first", outcome.seconds_to_first);
        let best = ("seconds_to_best", outcome.seconds_to_best);
        for (field, seconds) in [first, best] {
            let sound = |seconds: f64| seconds >= 0.0 && seconds <= total + CLOCK_TOLERANCE;
            if let Some(seconds) = seconds.filter(|&seconds| !sound(seconds)) {
                return expected(
                    field,
                    &format!("from 0 to seconds_total, {total}, found {seconds}"),
                );
            }
        }
        None
    }
}

impl ModelFacts {
    fn fault(&self, model: &str) -> Option<String> {
        if !(self.seconds.is_finite() && self.seconds >= 0.0) {
            let field = format!("seconds of the {model} network");
            return expected(&field, &format!("at least 0, found {}", self.seconds));
        }
        let share = |accuracy: &f64| (0.0..=1.0).contains(accuracy);
        if let Some(accuracy) = self.accuracy.filter(|accuracy| !share(accuracy)) {
            let field = format!("accuracy of the {model} network");
            return expected(&field, &format!("from 0 to 1, found {accuracy}"));
        }
        None
    }
}

fn expected(field: &str, what: &str) -> Option<String> {
    Some(format!("it contradicts itself in {field}: expected {what}"))
}
