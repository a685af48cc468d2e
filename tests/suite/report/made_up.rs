//! Run records with made-up results.

use pipeline::bounds::BoundKind;
use pipeline::campaign::{Machine, Provenance, write_archive};
use pipeline::dataset::DatasetName;
use pipeline::experiment::{ImageFacts, ModelFacts, QuestionSettings, RunRecord, RunSettings};
use pipeline::instance::{Distance, LabelSource};
use pipeline::pruning::{Granularity, Method, Pruning};
use pipeline::recipe::{DenseRecipe, SurrogateRecipe, TrainedRecipe};
use pipeline::regularisers::Regularisers;
use pipeline::search::{Candidate, SearchRecord, Strategy, Verdict};
use pipeline::training::{Device, Finetuning, TrainingSettings};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::program::Scratch;
use crate::support::rng;

pub const RATES: [f64; 3] = [0.3, 0.9, 0.95];

pub fn dense_networks() -> Vec<DenseRecipe> {
    let mut all = Vec::new();
    for dataset in [DatasetName::Mnist, DatasetName::FashionMnist] {
        for (side, hidden) in [(18, vec![32, 32]), (28, vec![64; 4])] {
            for seed in 0..3 {
                all.push(DenseRecipe::Trained(TrainedRecipe {
                    dataset,
                    side,
                    hidden: hidden.clone(),
                    seed,
                    device: Device::Cpu,
                    training: TrainingSettings::for_dataset(dataset),
                    regularisers: Regularisers::default(),
                }));
            }
        }
    }
    all
}

pub fn surrogates() -> Vec<SurrogateRecipe> {
    let finetuning = Finetuning {
        rounds: 5,
        settings: TrainingSettings::for_dataset(DatasetName::Mnist),
        seed: 1,
    };
    let plain = |pruning| SurrogateRecipe {
        pruning,
        finetuning: None,
    };
    let mut all = Vec::new();
    for rate in RATES {
        let magnitude = Pruning::magnitude(rate);
        all.push(plain(magnitude.clone()));
        all.push(SurrogateRecipe {
            pruning: magnitude.clone(),
            finetuning: Some(finetuning.clone()),
        });
        all.push(plain(Pruning {
            granularity: Granularity::Structured,
            ..magnitude.clone()
        }));
        all.push(plain(Pruning {
            method: Method::Random,
            ..magnitude
        }));
    }
    all
}

pub fn run(
    dense: &DenseRecipe,
    surrogate: Option<SurrogateRecipe>,
    rng: &mut ChaCha8Rng,
) -> RunRecord {
    let settings = RunSettings {
        question: QuestionSettings::Verification {
            data_seed: 0,
            image: 2732,
            epsilon: 5.092845,
            region: Distance::L1,
            labels: LabelSource::Dense,
        },
        strategy: match surrogate {
            None => Strategy::Exact,
            Some(_) => Strategy::Surrogate,
        },
        time_limit: 30.0,
        threads: 1,
        solver_seed: 0,
        bounds: BoundKind::Interval,
        dense: dense.clone(),
        surrogate,
    };
    made_up(settings, rng)
}

/// A made-up run record.
pub fn made_up(settings: RunSettings, rng: &mut ChaCha8Rng) -> RunRecord {
    let facts = |seconds: f64| ModelFacts {
        sha256: "0".repeat(64),
        seconds,
        accuracy: Some(0.5),
        errors: None,
        unit: None,
        bounds: None,
        kept: vec![3, 2, 1],
        alive_outputs: 10,
        collapsed: false,
    };
    let outcome = outcome(rng);
    RunRecord {
        key: settings.key(),
        image: Some(ImageFacts {
            class: 7,
            correctly_classified: true,
            label: 7,
            target: 9,
            margin: None,
        }),
        dense: facts(100.0),
        surrogate: settings.surrogate.as_ref().map(|_| facts(3.0)),
        nodes: None,
        function_value: None,
        stream: vec![Candidate {
            seconds: 0.1,
            surrogate_value: 1.0,
            dense_value: outcome.dense_objective.unwrap_or(-1.0),
        }],
        outcome,
        provenance: provenance(),
        settings,
    }
}

/// Times from few values, so that some are equal; some are after the time limit.
fn outcome(rng: &mut ChaCha8Rng) -> SearchRecord {
    let (status, seconds) = match rng.random_range(0..6) {
        0 => (Verdict::NotFound, None),
        1 => (Verdict::NoneExists, None),
        _ => (
            Verdict::Found,
            Some(f64::from(rng.random_range(1..20)) * 2.0),
        ),
    };
    SearchRecord {
        status,
        dense_objective: seconds.map(|_| 0.5),
        surrogate_objective: seconds.map(|_| 0.25),
        dual_bound: None,
        solver_status: Some(String::from("Stopped, the question is decided")),
        seconds_to_first: seconds,
        seconds_to_best: seconds,
        seconds_total: seconds.unwrap_or(30.0),
        solutions: 1,
        binaries: Some(10),
        columns: Some(20),
        rows: Some(30),
        nonzeros: Some(40),
        stable_active: Some(5),
        stable_inactive: Some(6),
        failures: Vec::new(),
    }
}

pub fn provenance() -> Provenance {
    Provenance {
        version: String::from("0.1.0"),
        solver: String::from("HiGHS 1.15.0"),
        machine: Machine {
            host: String::from("host"),
            processor: String::from("a \"fast\" one, 2 GHz"),
            cores: 2,
            memory_gib: 4.0,
            system: String::from("Linux"),
        },
        workers: 2,
        started: String::from("2026-01-01T00:00:00Z"),
    }
}

/// A results folder, half loose and half archived; one network has no dense run.
pub fn results() -> (Scratch, Vec<RunRecord>) {
    let mut rng = rng(5);
    let mut runs = Vec::new();
    for (index, dense) in dense_networks().iter().enumerate() {
        if index > 0 {
            runs.push(run(dense, None, &mut rng));
        }
        for surrogate in surrogates() {
            runs.push(run(dense, Some(surrogate), &mut rng));
        }
    }
    runs.sort_by(|a, b| a.key.cmp(&b.key));
    let scratch = Scratch::new();
    for run in runs.iter().step_by(2) {
        let name = format!("results/runs/{}.json", run.key);
        scratch.write(&name, serde_json::to_vec(run).expect("JSON"));
    }
    scratch.write("results/runs/half-written", "{");
    let archived: Vec<_> = runs.iter().skip(1).step_by(2).cloned().collect();
    write_archive(&scratch.path("results"), &archived).expect("an archive");
    (scratch, runs)
}
