//! A surrogate run and the dense run of the same question, and which of them did better.

use super::found;
use super::variant::Variant;
use crate::experiment::{ModelFacts, QuestionSettings, RunRecord};
use crate::recipe::SurrogateRecipe;

/// Values closer than this, relative to the larger one, count as equal.
const SAME_VALUE: f64 = 1e-9;

/// A run that solved a surrogate.
#[derive(Debug, Clone, Copy)]
pub struct SurrogateRun<'a> {
    pub run: &'a RunRecord,
    pub settings: &'a SurrogateRecipe,
    pub facts: &'a ModelFacts,
    pub variant: Variant,
}

/// Two runs of one question that differ in the network whose MILP was solved.
#[derive(Debug, Clone, Copy)]
pub struct Pair<'a> {
    pub dense: &'a RunRecord,
    pub surrogate: SurrogateRun<'a>,
}

/// Which run of a pair did better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The surrogate run: strictly faster, or a strictly better value.
    Surrogate,
    /// The dense run.
    Dense,
    /// Neither: both found nothing, or the same.
    Tie,
}

/// Whether the seconds of pruning and finetuning count towards a surrogate's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ModelTime {
    NotCounted,
    Counted,
}

impl<'a> SurrogateRun<'a> {
    /// Wraps a run; `None` if it solved the dense network.
    pub fn of(run: &'a RunRecord) -> Option<Self> {
        let settings = run.settings.surrogate.as_ref()?;
        Some(Self {
            run,
            settings,
            facts: run.surrogate.as_ref()?,
            variant: Variant::of(settings),
        })
    }

    pub fn rate(&self) -> f64 {
        self.settings.pruning.rate
    }

    /// Seconds to an adversarial input; `None` if none was found within the limit. With pruning and
    /// finetuning counted it may exceed the limit.
    pub fn seconds(&self, model_time: ModelTime) -> Option<f64> {
        let making = match model_time {
            ModelTime::NotCounted => 0.0,
            ModelTime::Counted => self.facts.seconds,
        };
        Some(found::seconds(self.run)? + making)
    }
}

impl Pair<'_> {
    /// Seconds of the dense run to an adversarial input; `None` if none was found within the limit.
    pub fn dense_seconds(&self) -> Option<f64> {
        found::seconds(self.dense)
    }

    /// Whether both runs have the same label and target; with labels of the network that is solved
    /// they may differ.
    pub fn same_question(&self) -> bool {
        let classes = |run: &RunRecord| {
            let image = run.image.as_ref();
            image.map(|image| (image.label, image.target))
        };
        classes(self.dense) == classes(self.surrogate.run)
    }

    /// Whether the unchanged image is already adversarial for the dense network, with the label and target of the
    /// surrogate run; `None` if that is not known, or in maximization.
    pub fn starts_adversarial(&self) -> Option<bool> {
        let image = self.surrogate.run.image.as_ref();
        image?.margin.map(|margin| margin > 0.0)
    }

    /// Which run did better: by time for verification, by value for maximization. A surrogate run
    /// that ends only after the limit, with pruning and finetuning counted, is not known to be
    /// faster than a dense run that was stopped at the limit: that is a tie.
    pub fn decision(&self, model_time: ModelTime) -> Decision {
        match self.dense.settings.question {
            QuestionSettings::Verification { .. } => {
                let limit = self.dense.settings.time_limit;
                let surrogate = self.surrogate.seconds(model_time);
                let in_time = surrogate.filter(|&seconds| seconds <= limit);
                faster(in_time, self.dense_seconds())
            }
            QuestionSettings::Maximization | QuestionSettings::Minimization => {
                better(found::value(self.surrogate.run), found::value(self.dense))
            }
        }
    }
}

/// Compares times; nothing found is infinitely late.
fn faster(surrogate: Option<f64>, dense: Option<f64>) -> Decision {
    match (surrogate, dense) {
        (Some(surrogate), Some(dense)) if surrogate == dense => Decision::Tie,
        (Some(surrogate), Some(dense)) if surrogate > dense => Decision::Dense,
        (Some(_), _) => Decision::Surrogate,
        (None, Some(_)) => Decision::Dense,
        (None, None) => Decision::Tie,
    }
}

/// Compares values; nothing found is infinitely bad.
fn better(surrogate: Option<f64>, dense: Option<f64>) -> Decision {
    let is_same = |a: f64, b: f64| (a - b).abs() <= SAME_VALUE * a.abs().max(b.abs());
    match (surrogate, dense) {
        (Some(surrogate), Some(dense)) if is_same(surrogate, dense) => Decision::Tie,
        // The better value is the larger one, as the better time is the smaller one.
        _ => faster(surrogate.map(|value| -value), dense.map(|value| -value)),
    }
}

/// Number of pairs with `decision`, pruning and finetuning not counted.
pub fn count(pairs: &[Pair], decision: Decision) -> usize {
    count_timed(pairs, decision, ModelTime::NotCounted)
}

/// Number of pairs with `decision`.
pub fn count_timed(pairs: &[Pair], decision: Decision, model_time: ModelTime) -> usize {
    let decisions = pairs.iter().map(|pair| pair.decision(model_time));
    decisions.filter(|found| *found == decision).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_found_is_later_than_anything_and_ties_with_itself() {
        assert_eq!(faster(Some(1.0), Some(2.0)), Decision::Surrogate);
        assert_eq!(faster(Some(2.0), Some(1.0)), Decision::Dense);
        assert_eq!(faster(Some(2.0), Some(2.0)), Decision::Tie);
        assert_eq!(faster(Some(1e9), None), Decision::Surrogate);
        assert_eq!(faster(None, Some(1e9)), Decision::Dense);
        assert_eq!(faster(None, None), Decision::Tie);
    }

    #[test]
    fn nothing_found_is_worse_than_anything_and_equal_values_tie() {
        assert_eq!(better(Some(-1e9), None), Decision::Surrogate);
        assert_eq!(better(None, Some(-1e9)), Decision::Dense);
        assert_eq!(better(None, None), Decision::Tie);
        assert_eq!(better(Some(2.0), Some(1.0)), Decision::Surrogate);
        assert_eq!(better(Some(-2.0), Some(-1.0)), Decision::Dense);
        assert_eq!(better(Some(1.0 + 1e-10), Some(1.0)), Decision::Tie);
        assert_eq!(better(Some(1.0 + 1e-8), Some(1.0)), Decision::Surrogate);
        assert_eq!(better(Some(0.0), Some(0.0)), Decision::Tie);
    }
}
