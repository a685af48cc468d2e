//! Synthetic records.

use crate::bounds::BoundKind;
use crate::campaign::{Machine, Provenance};
use crate::dataset::DatasetName;
use crate::experiment::{ImageFacts, ModelFacts, QuestionSettings, RunRecord, RunSettings};
use crate::instance::LabelSource;
use crate::pruning::Pruning;
use crate::recipe::{DenseRecipe, SurrogateRecipe, TrainedRecipe};
use crate::search::{SearchRecord, Strategy, Verdict};
use crate::training::{Device, Finetuning, TrainingSettings};

/// A run of the dense network with this seed that found an adversarial input after `seconds`, or
/// nothing.
pub fn verification(seed: u64, seconds: Option<f64>) -> RunRecord {
    let dataset = DatasetName::Mnist;
    let dense = DenseRecipe::Trained(TrainedRecipe {
        dataset,
        side: 28,
        hidden: vec![32, 32],
        seed,
        device: Device::Cpu,
        training: TrainingSettings::for_dataset(dataset),
    });
    let question = QuestionSettings::Verification {
        data_seed: 10,
        image: 17673,
        epsilon: 4.798761,
        labels: LabelSource::Dense,
    };
    let status = match seconds {
        Some(_) => Verdict::Found,
        None => Verdict::NotFound,
    };
    let image = ImageFacts {
        class: 3,
        correctly_classified: true,
        label: 3,
        target: 5,
    };
    RunRecord {
        image: Some(image),
        ..record(dense, question, outcome(status, seconds, None))
    }
}

/// A run of the dense random network with this seed that gave `value`, or none.
pub fn maximization(seed: u32, value: Option<f64>) -> RunRecord {
    let dense = DenseRecipe::Random {
        inputs: 100,
        hidden: vec![50, 50],
        seed,
    };
    let status = match value {
        Some(_) => Verdict::Found,
        None => Verdict::NotFound,
    };
    let question = QuestionSettings::Maximization;
    record(dense, question, outcome(status, value.map(|_| 1.0), value))
}

pub fn record(dense: DenseRecipe, question: QuestionSettings, outcome: SearchRecord) -> RunRecord {
    let settings = RunSettings {
        question,
        strategy: Strategy::Exact,
        time_limit: 30.0,
        threads: 1,
        solver_seed: 0,
        bounds: BoundKind::Interval,
        dense,
        surrogate: None,
    };
    RunRecord {
        key: settings.key(),
        settings,
        image: None,
        dense: facts(12.0),
        surrogate: None,
        outcome,
        stream: Vec::new(),
        provenance: provenance(),
    }
}

/// The same question for a surrogate that took two seconds to make.
pub fn pruned(dense: RunRecord, pruning: Pruning, finetuning: Option<Finetuning>) -> RunRecord {
    let mut run = RunRecord {
        surrogate: Some(facts(2.0)),
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

pub fn outcome(status: Verdict, seconds: Option<f64>, value: Option<f64>) -> SearchRecord {
    SearchRecord {
        status,
        dense_objective: value,
        surrogate_objective: None,
        dual_bound: None,
        solver_status: Some(String::from("Time limit reached")),
        seconds_to_first: seconds,
        seconds_to_best: seconds,
        seconds_total: seconds.unwrap_or(30.0),
        solutions: 1,
        binaries: Some(0),
        columns: Some(0),
        rows: Some(0),
        nonzeros: Some(0),
        stable_active: Some(0),
        stable_inactive: Some(0),
        failures: Vec::new(),
    }
}

pub fn facts(seconds: f64) -> ModelFacts {
    ModelFacts {
        sha256: "0".repeat(64),
        seconds,
        accuracy: Some(0.9),
        kept: vec![1, 2],
        alive_outputs: 10,
        collapsed: false,
    }
}

pub fn provenance() -> Provenance {
    let machine = Machine {
        host: String::from("host"),
        processor: String::from("processor"),
        cores: 2,
        memory_gib: 4.0,
        system: String::from("system"),
    };
    Provenance {
        version: String::from("0.1.0"),
        solver: String::from("HiGHS 1.15.0"),
        machine,
        workers: 2,
        started: String::from("2026-01-01T00:00:00Z"),
    }
}
