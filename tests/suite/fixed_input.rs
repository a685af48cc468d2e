//! With the input fixed, the model has one solution: the forward pass.

use std::ops::ControlFlow;

use pipeline::bounds::interval;
use pipeline::formulation::{add_inputs, embed};
use pipeline::instance::Region;
use pipeline::milp::{Affine, Problem, Sense};
use pipeline::network::Network;
use pipeline::solver::{self, Event};
use rand_chacha::ChaCha8Rng;

use crate::support::{
    model_of, random_network, random_point, random_verification, rng, solver_settings,
};

/// Embeds the network over `region`, fixes the input columns to `point` of the region, and
/// compares every output with the forward pass.
pub fn assert_outputs_at(network: &Network, region: &Region, point: &[f64]) {
    let bounds = interval(network, region).unwrap();
    let mut problem = Problem::new(Sense::Maximize);
    let inputs = add_inputs(&mut problem, region, &vec![true; network.inputs()]);
    for (input, expression) in inputs.expressions().iter().enumerate() {
        // x = x0 + p - n: the part above the centre is p's, the part below n's.
        let mut left = point[input] - expression.constant;
        for &(column, sign) in &expression.terms {
            let value = (left * sign).max(0.0);
            let data = &mut problem.columns[column.0];
            assert!(value <= data.upper + 1e-12);
            (data.lower, data.upper) = (value, value);
            left -= sign * value;
        }
        assert!(
            left.abs() < 1e-12,
            "input {input} cannot be {}",
            point[input]
        );
    }
    let embedding = embed(&mut problem, "", network, &bounds, inputs.expressions());
    // Each output is pushed up and down: a model with slack would give way.
    for (output, expected) in embedding.outputs.iter().zip(network.forward(point)) {
        for sense in [Sense::Maximize, Sense::Minimize] {
            problem.sense = sense;
            problem.set_objective(output);
            let found = optimum(&problem, output);
            assert!(
                (found - expected).abs() <= 1e-6,
                "{found} is not {expected} ({sense:?})"
            );
        }
    }
}

/// The value of an expression at the optimum.
fn optimum(problem: &Problem, expression: &Affine) -> f64 {
    let mut solved = None;
    let settings = solver_settings();
    let outcome = solver::solve(problem, &settings, &mut |event| {
        if let Event::Solution(solution) = event {
            solved = Some(solution.columns);
        }
        ControlFlow::Continue(())
    })
    .unwrap();
    assert!(outcome.status.is_optimal(), "{}", outcome.status);
    expression.value(&solved.expect("the fixed input is feasible"))
}

fn point_of(region: &Region, rng: &mut ChaCha8Rng) -> Vec<f64> {
    region.pull_inside(&random_point(region.inputs(), rng))
}

#[test]
fn random_networks_over_the_box_and_the_ball() {
    let mut rng = rng(11);
    for sizes in [
        vec![5, 8, 3],
        vec![20, 16, 16, 4],
        vec![30, 10, 10, 10, 10, 2],
    ] {
        for zeros in [0.0, 0.7] {
            let network = random_network(&sizes, zeros, &mut rng);
            let ball = random_verification(&network, &mut rng).region().clone();
            for region in [Region::unit_box(network.inputs()), ball] {
                let point = point_of(&region, &mut rng);
                assert_outputs_at(&network, &region, &point);
            }
        }
    }
}

#[test]
fn the_unread_inputs_of_a_model_stay_at_the_centre() {
    let mut rng = rng(12);
    let network = random_network(&[30, 3, 2], 0.9, &mut rng);
    let instance = random_verification(&network, &mut rng);
    let model = model_of(&network, &instance);
    let input = model.inputs.at(&vec![0.0; model.problem.columns.len()]);
    assert_eq!(input, instance.region().default_point());
}
