//! Opens facilities before the customers' demands are known: a network learns quantiles of the cost that follows, and
//! stands for it in the MILP that chooses the facilities.
//!
//! cargo run --release --example decide_under_uncertainty

use std::error::Error;

use pipeline::prelude::*;
use pipeline::recipe::{RegressionRecipe, RegressionSource, fit};
use pipeline::regularisers::Regularisers;
use pipeline::solver;
use pipeline::stochastic::{FacilityLocation, FirstStage, Risk, TwoStage, TwoStageName};
use pipeline::training::{Device, TrainingSettings};

pub fn main() -> Result<(), Box<dyn Error>> {
    // Costs of the second stage at random decisions in random scenarios, and what a network learns of them: twenty
    // quantiles that never cross. Penalising unstable neurons makes its MILP easy.
    let source = RegressionSource::TwoStage {
        problem: TwoStageName::FacilityLocation,
        samples: pipeline::dataset::SampleCounts {
            training: 4000,
            validation: 1000,
            test: 100,
        },
        seed: 0,
    };
    let recipe = RegressionRecipe {
        source,
        hidden: vec![16],
        seed: 0,
        device: Device::Cpu,
        training: TrainingSettings {
            epochs: 60,
            learning_rate: 5e-3,
            ..TrainingSettings::for_quantiles(20)
        },
        regularisers: "stable:1e-3".parse::<Regularisers>()?,
        increasing: true,
    };
    let data = recipe.source.samples()?.expect("samples of a problem");
    let trained = fit(&[&recipe], &data, &|_| {})?.remove(0)?;
    let network = recipe.in_data_units(&data, &trained)?;

    // The first stage: costs of the facilities, the mean of the quantiles, and half of the mean of the worst tenth.
    let problem = FacilityLocation::published();
    let risk = Risk::new(0.5, 0.9)?;
    let first_stage = FirstStage::new(&problem, &network, risk, 0.0)?;
    let bounds = interval(&network, &first_stage.region())?;
    let milp = first_stage.problem(&bounds);
    let (plan, end) = first_stage.solve(&milp, &solver::Settings::default(), &mut |_| {})?;
    let plan = plan.ok_or("no decisions were found")?;
    println!("{}: open {:?}", end.status, plan.decisions);

    // What these decisions cost in scenarios, and what the best decisions for them cost.
    let scenarios = problem.scenarios(50, 500)?;
    let cost = problem.cost(&plan.decisions, &scenarios, risk);
    let optimum = problem.optimum(&scenarios, risk, &Default::default())?;
    println!(
        "{:.0}, where {:.0} is optimal",
        cost.total, optimum.cost.total
    );
    assert!(end.status.is_optimal());
    assert!(cost.total < 1.5 * optimum.cost.total);
    Ok(())
}
