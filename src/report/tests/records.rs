//! Synthetic records.

use crate::dataset::DatasetName;
use crate::experiment::{ModelFacts, QuestionSettings, RunRecord};
use crate::pruning::Pruning;
use crate::recipe::{DenseRecipe, SurrogateRecipe};
use crate::search::{Strategy, Verdict};
use crate::training::{Finetuning, TrainingSettings};

/// A run of the dense network with this seed that found an adversarial input after `seconds`, or
/// nothing.
pub fn verification(seed: u64, seconds: Option<f64>) -> RunRecord {
    let mut run: RunRecord = serde_json::from_str(include_str!("record.json")).unwrap();
    if let DenseRecipe::Trained(trained) = &mut run.settings.dense {
        trained.seed = seed;
    }
    let outcome = &mut run.outcome;
    if let Some(seconds) = seconds {
        outcome.status = Verdict::Found;
        outcome.seconds_total = seconds;
    }
    (outcome.seconds_to_first, outcome.seconds_to_best) = (seconds, seconds);
    rekeyed(run)
}

/// A run of the dense random network with this seed that gave `value`, or none.
pub fn maximization(seed: u32, value: Option<f64>) -> RunRecord {
    let mut run = verification(0, value.map(|_| 1.0));
    run.settings.dense = DenseRecipe::Random {
        inputs: 100,
        hidden: vec![50, 50],
        seed,
    };
    run.settings.question = QuestionSettings::Maximization;
    run.image = None;
    run.outcome.dense_objective = value;
    rekeyed(run)
}

/// The same question for a surrogate that took two seconds to make.
pub fn pruned(dense: RunRecord, pruning: Pruning, finetuning: Option<Finetuning>) -> RunRecord {
    let facts = ModelFacts {
        seconds: 2.0,
        ..dense.dense.clone()
    };
    let mut run = RunRecord {
        surrogate: Some(facts),
        ..dense
    };
    run.settings.strategy = Strategy::Surrogate;
    run.settings.surrogate = Some(SurrogateRecipe {
        pruning,
        finetuning,
    });
    rekeyed(run)
}

pub fn rekeyed(mut run: RunRecord) -> RunRecord {
    run.key = run.settings.key();
    run
}

pub fn finetuning() -> Finetuning {
    Finetuning {
        rounds: 5,
        settings: TrainingSettings::for_dataset(DatasetName::Mnist),
        seed: 1,
    }
}
