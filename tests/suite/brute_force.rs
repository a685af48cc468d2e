//! The optimum of the MILP equals the best over all activation patterns.
//!
//! Within one pattern the network is affine, so its optimum is that of a linear program in `x` alone,
//! written here without any of the formulation's columns, bounds or binaries.

use std::ops::ControlFlow;

use pipeline::instance::{Instance, Linear, check};
use pipeline::milp::{Affine, Column, Problem, Sense};
use pipeline::network::{Layer, Network};
use pipeline::search::{
    Settings, Strategy, Verdict, exact, gradient, portfolio, search, surrogate,
};
use pipeline::solver::{self, Event};

use crate::support::{
    groups, model_of, random_network, random_verification, rng, solver_settings, unhurried,
};

const TOLERANCE: f64 = 1e-6;

#[test]
fn verification_optima_equal_brute_force() {
    let mut rng = rng(1);
    for sizes in [
        vec![3, 4, 2],
        vec![4, 8, 3],
        vec![3, 4, 4, 2],
        vec![5, 3, 3, 2, 3],
    ] {
        for zeros in [0.0, 0.0, 0.5, 0.8] {
            let network = random_network(&sizes, zeros, &mut rng);
            let instance = random_verification(&network, &mut rng);
            assert_optimum(&network, &instance);
        }
    }
}

#[test]
fn maximization_optima_equal_brute_force() {
    let mut rng = rng(2);
    for sizes in [vec![3, 8, 1], vec![6, 4, 4, 1], vec![4, 3, 3, 2, 1]] {
        for zeros in [0.0, 0.0, 0.5, 0.8] {
            let network = random_network(&sizes, zeros, &mut rng);
            assert_optimum(&network, &Instance::maximization(network.inputs()));
        }
    }
}

#[test]
fn verdicts_agree_with_brute_force() {
    let mut rng = rng(3);
    let (mut found, mut none) = (0, 0);
    for _ in 0..30 {
        let network = random_network(&[4, 4, 3, 3], 0.2, &mut rng);
        let sparse = random_network(&[4, 4, 3, 3], 0.6, &mut rng);
        let instance = random_verification(&network, &mut rng);
        let best = brute_force(&network, &instance);
        let (expected, count) = match best {
            best if best > TOLERANCE => (Verdict::Found, &mut found),
            best if best < -TOLERANCE => (Verdict::NoneExists, &mut none),
            _ => continue,
        };
        *count += 1;
        let (direct, start) = (unhurried(), with_mip_start());
        let relaxed = relaxation_first();
        for (strategy, settings) in [
            (Strategy::Exact, &direct),
            (Strategy::Exact, &start),
            (Strategy::Exact, &relaxed),
            (Strategy::Prove, &direct),
            (Strategy::Portfolio, &direct),
        ] {
            let direct = search(strategy, &network, None, &instance, settings, &mut |_| {});
            let direct = direct.unwrap();
            assert_eq!(direct.verdict, expected, "{strategy}, optimum {best}");
            let adversarial = direct.best.is_some_and(|best| best.is_adversarial());
            assert_eq!(adversarial, expected == Verdict::Found, "{strategy}");
        }
        for settings in [&direct, &relaxed] {
            let indirect = surrogate(&network, &sparse, &instance, settings, &mut |_| {}).unwrap();
            assert_eq!(indirect.dual_bound, None, "a surrogate proves nothing");
            if let Some(witness) = indirect.best {
                assert!(witness.value <= best + TOLERANCE);
                assert_eq!(indirect.verdict == Verdict::Found, witness.value > 0.0);
            }
        }
    }
    assert!(
        found >= 5 && none >= 5,
        "{found} with, {none} without an adversarial input"
    );
}

fn relaxation_first() -> Settings {
    Settings {
        relaxation_first: true,
        ..unhurried()
    }
}

fn with_mip_start() -> Settings {
    Settings {
        mip_start: true,
        ..unhurried()
    }
}

/// Scaling a neuron's weights, and those of its readers inversely, leaves the function unchanged. A solver
/// that drops small coefficients must not change the verdict.
#[test]
fn no_scale_of_the_neurons_changes_a_verdict() {
    let mut rng = rng(5);
    for _ in 0..20 {
        let network = random_network(&[4, 4, 3, 3], 0.2, &mut rng);
        let instance = random_verification(&network, &mut rng);
        let expected = brute_force(&network, &instance);
        if expected.abs() < 1e-3 {
            continue;
        }
        let powers = |rng: &mut _| (0..4).map(|_| 10_f64.powi(random_power(rng))).collect();
        let scales: [Vec<f64>; 2] = [powers(&mut rng), powers(&mut rng)];
        let scaled = rescaled(&network, &scales);
        let findings = exact(&scaled, &instance, &unhurried(), &mut |_| {}).unwrap();
        if expected > 0.0 {
            assert_eq!(findings.verdict, Verdict::Found, "{expected}, {scales:?}");
        } else {
            assert_eq!(
                findings.verdict,
                Verdict::NoneExists,
                "{expected}, {scales:?}"
            );
        }
    }
}

fn random_power(rng: &mut rand_chacha::ChaCha8Rng) -> i32 {
    rand::RngExt::random_range(rng, -14..=14)
}

/// Neuron `i` of hidden layer `l` times `scales[l][i]`, its readers' weights divided by it.
pub fn rescaled(network: &Network, scales: &[Vec<f64>]) -> Network {
    let ones = [1.0; 8];
    let layers = network.layers().iter().enumerate().map(|(index, layer)| {
        let before = if index == 0 {
            &ones[..]
        } else {
            &scales[index - 1][..]
        };
        let own = scales.get(index).map_or(&ones[..], |own| &own[..]);
        let weights = (0..layer.outputs()).flat_map(|neuron| {
            let row = layer.row(neuron).iter().zip(before);
            row.map(move |(weight, before)| weight * own[neuron] / before)
        });
        let biases = layer.biases().iter().zip(own);
        Layer::new(
            layer.inputs(),
            weights.collect(),
            biases.map(|(bias, own)| bias * own).collect(),
        )
    });
    Network::new(layers.collect()).unwrap()
}

#[test]
fn the_best_dense_value_over_all_solutions_is_kept() {
    let mut rng = rng(4);
    for _ in 0..10 {
        let dense = random_network(&[5, 6, 1], 0.0, &mut rng);
        let sparse = random_network(&[5, 6, 1], 0.5, &mut rng);
        let instance = Instance::maximization(5);
        let findings = surrogate(&dense, &sparse, &instance, &unhurried(), &mut |_| {}).unwrap();
        let values = findings
            .candidates
            .iter()
            .map(|candidate| candidate.dense_value);
        let best = findings.best.expect("any point is feasible");
        assert_eq!(best.value, values.fold(f64::NEG_INFINITY, f64::max));
        assert_eq!(best.value, dense.forward(&best.input)[0]);
        let optimum = brute_force(&sparse, &instance);
        assert!((findings.surrogate_objective.unwrap() - optimum).abs() <= TOLERANCE);
    }
}

/// The MILP's best point, evaluated on the network, and its dual bound both equal brute force.
pub fn assert_optimum(network: &Network, instance: &Instance) {
    let expected = brute_force(network, instance);
    let model = model_of(network, instance);
    let mut best = f64::NEG_INFINITY;
    let outcome = solver::solve(&model.problem, &solver_settings(), &mut |event| {
        if let Event::Solution(solution) = event {
            let input = model.inputs.at(&solution.columns);
            let witness = check(network, instance, &input).expect("a feasible input");
            assert!(
                (witness.value - solution.objective).abs() <= TOLERANCE,
                "the network gives {}, the solver {}",
                witness.value,
                solution.objective
            );
            best = best.max(witness.value);
        }
        ControlFlow::Continue(())
    })
    .unwrap();
    assert!(outcome.status.is_optimal(), "{}", outcome.status);
    assert!(
        (best - expected).abs() <= TOLERANCE,
        "{best} is not {expected}"
    );
    let bound = outcome.dual_bound.expect("a bound is proved");
    assert!(
        (bound - expected).abs() <= TOLERANCE,
        "bound {bound} is not {expected}"
    );
}

/// An input found by gradient ascent exists, and on networks this small ascent nearly always finds one; its bound and
/// its proofs hold.
#[test]
fn the_gradient_ascent_never_says_more_than_brute_force() {
    let mut rng = rng(4);
    let (mut possible, mut found, mut proved) = (0, 0, 0);
    for _ in 0..40 {
        let network = random_network(&[4, 4, 3, 3], 0.2, &mut rng);
        let instance = random_verification(&network, &mut rng);
        let best = brute_force(&network, &instance);
        let findings = gradient(&network, &instance, &unhurried(), &mut |_| {}).unwrap();
        let value = findings.best.as_ref().expect("the image itself").value;
        assert!(value <= best + TOLERANCE, "{value} is more than {best}");
        if let Some(bound) = findings.dual_bound {
            assert!(bound >= best - TOLERANCE, "bound {bound}, optimum {best}");
        }
        possible += usize::from(best > TOLERANCE);
        match findings.verdict {
            Verdict::Found => found += 1,
            Verdict::NoneExists => {
                proved += 1;
                assert!(best <= TOLERANCE, "optimum {best}");
            }
            _ => {}
        }
    }
    assert!(
        found + 1 >= possible && proved > 0,
        "{found} of {possible}, {proved} proofs"
    );
}

#[test]
fn the_gradient_ascent_comes_near_the_best_output() {
    let mut rng = rng(5);
    for _ in 0..10 {
        let network = random_network(&[5, 4, 4, 1], 0.2, &mut rng);
        let instance = Instance::maximization(5);
        let best = brute_force(&network, &instance);
        let findings = gradient(&network, &instance, &unhurried(), &mut |_| {}).unwrap();
        let value = findings.best.expect("every point is feasible").value;
        assert!(value <= best + TOLERANCE && findings.dual_bound >= Some(best - TOLERANCE));
        assert!(
            best - value <= 0.05 * best.abs().max(1.0),
            "{value} of {best}"
        );
        assert!(findings.size.is_none() && findings.solver_status.is_none());
        let all = portfolio(&network, &instance, &unhurried(), &mut |_| {}).unwrap();
        assert_eq!(all.verdict, Verdict::Optimal);
        let (value, bound) = (all.best.unwrap().value, all.dual_bound.unwrap());
        assert!((value - best).abs() <= TOLERANCE && (bound - best).abs() <= TOLERANCE);
    }
}

/// The largest objective over the region, by one linear program per activation pattern.
pub fn brute_force(network: &Network, instance: &Instance) -> f64 {
    brute_force_within(network, instance, &[])
}

/// The same, subject to functions of inputs and outputs that must not be above zero.
pub fn brute_force_within(network: &Network, instance: &Instance, rows: &[Linear]) -> f64 {
    let neurons: usize = network.hidden().iter().map(|layer| layer.outputs()).sum();
    assert!(neurons <= 9, "2^{neurons} patterns");
    let patterns = 0..1u32 << neurons;
    patterns
        .filter_map(|pattern| best_within(network, instance, rows, pattern))
        .fold(f64::NEG_INFINITY, f64::max)
}

fn best_within(
    network: &Network,
    instance: &Instance,
    rows: &[Linear],
    pattern: u32,
) -> Option<f64> {
    let region = instance.region();
    let mut problem = Problem::new(Sense::Maximize);
    let x: Vec<Column> = (0..region.inputs())
        .map(|k| problem.add_continuous(format!("x{k}"), region.lower()[k], region.upper()[k]))
        .collect();
    if let Some(ball) = region.ball() {
        let infinity = f64::INFINITY;
        let mut spent = Vec::new();
        for (group, inputs) in groups(ball).into_iter().enumerate() {
            let distance = problem.add_continuous(format!("t{group}"), 0.0, infinity);
            for k in inputs {
                let centre = ball.centre()[k];
                for (sign, bound) in [(1.0, centre), (-1.0, -centre)] {
                    let terms = vec![(x[k], sign), (distance, -1.0)];
                    problem.add_row(format!("d{k}_{sign}"), -infinity, bound, terms);
                }
            }
            spent.push((distance, 1.0));
        }
        problem.add_row("radius".into(), -infinity, ball.radius(), spent);
    }
    let inputs: Vec<Affine> = x.into_iter().map(Affine::column).collect();
    let mut before = inputs.clone();
    let mut bit = 0;
    for layer in network.hidden() {
        let mut after = Vec::new();
        for g in affine(layer, &before) {
            let active = pattern >> bit & 1 == 1;
            bit += 1;
            let (lower, upper) = if active {
                (0.0, f64::INFINITY)
            } else {
                (f64::NEG_INFINITY, 0.0)
            };
            let terms = g.terms.clone();
            problem.add_row(
                format!("g{bit}"),
                lower - g.constant,
                upper - g.constant,
                terms,
            );
            after.push(if active { g } else { Affine::constant(0.0) });
        }
        before = after;
    }
    let outputs = affine(network.output(), &before);
    let functions = instance.objective().functions().iter();
    let expression = |function: &Linear| {
        let of_outputs = function.outputs.iter().map(|&(j, d)| (d, &outputs[j]));
        let of_inputs = function.inputs.iter().map(|&(k, c)| (c, &inputs[k]));
        Affine::combination(function.constant, of_outputs.chain(of_inputs))
    };
    for (index, row) in region.rows().iter().chain(rows).enumerate() {
        let row = expression(row);
        let name = format!("row{index}");
        problem.add_row(name, f64::NEG_INFINITY, -row.constant, row.terms);
    }
    let functions: Vec<Affine> = functions.map(expression).collect();
    let objective = match &functions[..] {
        [function] => function.clone(),
        several => {
            let least = problem.add_continuous("least".into(), f64::NEG_INFINITY, f64::INFINITY);
            let least = Affine::column(least);
            for (index, function) in several.iter().enumerate() {
                let row = Affine::combination(0.0, [(1.0, &least), (-1.0, function)]);
                let (name, upper) = (format!("least{index}"), -row.constant);
                problem.add_row(name, f64::NEG_INFINITY, upper, row.terms);
            }
            least
        }
    };
    problem.set_objective(&objective);
    let mut best = None;
    let outcome = solver::solve(&problem, &solver_settings(), &mut |event| {
        if let Event::Solution(solution) = event {
            best = Some(solution.objective);
        }
        ControlFlow::Continue(())
    })
    .unwrap();
    assert!(outcome.status.is_optimal() || outcome.status.is_infeasible());
    best.filter(|_| outcome.status.is_optimal())
}

fn affine(layer: &Layer, before: &[Affine]) -> Vec<Affine> {
    let neurons = layer.biases().iter().enumerate();
    neurons
        .map(|(i, &bias)| Affine::combination(bias, layer.row(i).iter().copied().zip(before)))
        .collect()
}
