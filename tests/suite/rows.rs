//! Linear rows over inputs, and over inputs and outputs, compared with brute force.

use pipeline::exact::Dyadic;
use pipeline::instance::{Condition, Constrained, Instance, Linear, Objective, Region, check};
use pipeline::network::{Layer, Network};
use pipeline::search::{SearchResult, Strategy, Verdict, constrained, search};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::brute_force::{brute_force, brute_force_within};
use crate::support::{random_network, random_point, random_region, rng, unhurried};

const PROVING: [Strategy; 3] = [Strategy::Exact, Strategy::Prove, Strategy::Portfolio];
const TOLERANCE: f64 = 1e-5;

/// Rows over some of the inputs, most of which cut off a part of the region but not its centre.
fn random_rows(region: &Region, rng: &mut ChaCha8Rng) -> Vec<Linear> {
    let centre = region.default_point().to_vec();
    let row = |rng: &mut ChaCha8Rng| {
        let mut row = Linear::default();
        for input in 0..region.inputs() {
            if rng.random_bool(0.6) {
                let coefficient = f64::from(rng.random_range(1..=8)) / 4.0 - 1.125;
                row.inputs.push((input, coefficient));
            }
        }
        row.constant = -row.value(&centre, &[]) - rng.random_range(-0.02..0.5);
        row
    };
    (0..rng.random_range(1..4)).map(|_| row(rng)).collect()
}

fn random_function(network: &Network, rng: &mut ChaCha8Rng) -> Linear {
    let mut terms = |count: usize| -> Vec<(usize, f64)> {
        let coefficient = |index| (index, f64::from(rng.random_range(-8..=8)) / 4.0);
        (0..count).map(coefficient).collect()
    };
    Linear {
        inputs: terms(network.inputs()),
        outputs: terms(network.outputs()),
        constant: 0.25,
    }
}

fn ask(strategy: Strategy, network: &Network, instance: &Instance) -> SearchResult {
    let found = search(strategy, network, None, instance, &unhurried(), &mut |_| {});
    found.expect("an answer")
}

const SHAPES: [&[usize]; 4] = [&[3, 5, 2], &[2, 4, 3, 3], &[4, 2], &[5, 3, 3, 2, 1]];

#[test]
fn optima_over_rows_equal_brute_force() {
    let mut rng = rng(71);
    let (mut cut, mut empty) = (0, 0);
    for case in 0..32 {
        let network = random_network(SHAPES[case % 4], 0.2, &mut rng);
        let whole = random_region(network.inputs(), &mut rng);
        let mut rows = random_rows(&whole, &mut rng);
        if case % 8 == 7 {
            rows.push(Linear {
                inputs: vec![(0, 1.0)],
                outputs: Vec::new(),
                constant: 0.125 - whole.lower()[0],
            });
        }
        let region = whole.clone().subject_to(rows).unwrap();
        let objective = Objective::new(random_function(&network, &mut rng));
        let instance = Instance::maximize(region.clone(), objective.clone());
        let best = brute_force(&network, &instance);
        if best == f64::NEG_INFINITY {
            empty += 1;
        } else if best < brute_force(&network, &Instance::maximize(whole, objective)) - TOLERANCE {
            cut += 1;
        }
        for strategy in PROVING {
            let found = ask(strategy, &network, &instance);
            if best == f64::NEG_INFINITY {
                assert_eq!(
                    found.verdict,
                    Verdict::NoneExists,
                    "{strategy}: {instance:?}"
                );
                continue;
            }
            let value = found
                .best
                .as_ref()
                .map_or(f64::NEG_INFINITY, |best| best.value);
            let bound = found.dual_bound.unwrap_or(f64::INFINITY);
            // The tolerances of the MILP solver may be too large for a proof of a tiny region.
            let is_optimal = found.verdict == Verdict::Optimal;
            assert!(
                is_optimal || strategy == Strategy::Exact,
                "{strategy}: {value} {bound} {best} {instance:?}"
            );
            assert!(
                (value - best).abs() < TOLERANCE && (bound - best).abs() < TOLERANCE,
                "{strategy}: {value} and {bound} are not {best}: {instance:?}"
            );
            assert!(region.contains(&found.best.expect("an input").input));
        }
        let ascent = ask(Strategy::Gradient, &network, &instance);
        let value = ascent.best.map_or(f64::NEG_INFINITY, |best| best.value);
        assert!(value <= best + TOLERANCE, "{value} is more than {best}");
    }
    assert!(cut >= 8 && empty >= 1, "{cut} cut, {empty} empty");
}

#[test]
fn signs_over_rows_equal_brute_force() {
    let mut rng = rng(72);
    let (mut holds, mut fails) = (0, 0);
    for case in 0..24 {
        let network = random_network(SHAPES[case % 4], 0.2, &mut rng);
        let whole = random_region(network.inputs(), &mut rng);
        let rows = random_rows(&whole, &mut rng);
        let region = whole.subject_to(rows).unwrap();
        let mut function = random_function(&network, &mut rng);
        let objective = Objective::new(function.clone());
        let best = brute_force(&network, &Instance::maximize(region.clone(), objective));
        if best == f64::NEG_INFINITY {
            continue;
        }
        let is_there = rng.random_bool(0.5);
        function.constant += if is_there { 0.01 } else { -0.01 } - best;
        let condition = Condition {
            function,
            is_strict: rng.random_bool(0.5),
        };
        let instance = Instance::satisfy(region, vec![condition]);
        let (expected, count) = match is_there {
            true => (Verdict::Found, &mut holds),
            false => (Verdict::NoneExists, &mut fails),
        };
        *count += 1;
        for strategy in PROVING {
            let found = ask(strategy, &network, &instance);
            assert_eq!(found.verdict, expected, "{strategy}: {instance:?}");
        }
    }
    assert!(holds > 5 && fails > 5);
}

#[test]
fn optima_within_rows_over_outputs_equal_brute_force() {
    let mut rng = rng(73);
    let (mut bounded, mut empty) = (0, 0);
    for case in 0..16 {
        let network = random_network(SHAPES[case % 4], 0.2, &mut rng);
        let region = random_region(network.inputs(), &mut rng);
        let objective = random_function(&network, &mut rng);
        // Most rows are satisfied at some point.
        let mut row = random_function(&network, &mut rng);
        let x = region.pull_inside(&random_point(network.inputs(), &mut rng));
        row.constant -= row.value(&x, &network.forward(&x)) + rng.random_range(-0.05..0.1);
        if case % 8 == 7 {
            // Above all possible outputs.
            row.constant += 100.0;
        }
        let question = Constrained::new(region, objective, vec![row]).unwrap();
        let unconstrained = question.unconstrained();
        let best = brute_force_within(&network, &unconstrained, question.rows());
        if best == f64::NEG_INFINITY {
            empty += 1;
        } else if best < brute_force(&network, &unconstrained) - TOLERANCE {
            bounded += 1;
        }
        for strategy in PROVING {
            let found = constrained(
                strategy,
                &network,
                None,
                &question,
                &unhurried(),
                &mut |_| {},
            );
            let found = found.unwrap();
            if best == f64::NEG_INFINITY {
                assert_eq!(
                    found.verdict,
                    Verdict::NoneExists,
                    "{strategy}: {question:?}"
                );
                continue;
            }
            let witness = found.best.expect("an input");
            let bound = found.dual_bound.expect("a bound");
            let is_optimal = found.verdict == Verdict::Optimal;
            assert!(
                is_optimal || strategy == Strategy::Exact,
                "{strategy}: {} {bound} {best} {question:?}",
                witness.value
            );
            // Otherwise the MILP solver's tolerances limit how well the sign of the minimum of objective and rows is
            // decided.
            let tolerance = if is_optimal { TOLERANCE } else { 1e-3 };
            assert!(
                (witness.value - best).abs() < tolerance && (bound - best).abs() < tolerance,
                "{strategy}: {} and {bound} are not {best}: {question:?}",
                witness.value
            );
            let outputs = network.exact_forward(&witness.input);
            for row in question.rows() {
                assert!(row.exact_value(&witness.input, &outputs) <= Dyadic::of(0.0));
            }
        }
    }
    assert!(
        bounded >= 4 && empty >= 1,
        "{bounded} bounded, {empty} empty"
    );
}

/// The projection is the nearest point: no point of the region makes an acute angle, at the projection, with the
/// projected point.
#[test]
fn the_projection_onto_rows_is_the_nearest_point() {
    let mut rng = rng(74);
    let (mut converged, mut tried) = (0, 0);
    for _ in 0..100 {
        let inputs = rng.random_range(1..9);
        let whole = random_region(inputs, &mut rng);
        let rows = random_rows(&whole, &mut rng);
        let region = whole.subject_to(rows).unwrap();
        if !region.contains(region.default_point()) {
            continue;
        }
        tried += 1;
        let far: Vec<f64> = (0..inputs).map(|_| rng.random_range(-3.0..3.0)).collect();
        let near = region.project(&far);
        let inside = region.pull_inside(&far);
        assert!(region.contains(&inside));
        // If the rows leave hardly any room, convergence may take too many passes.
        let is_near = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-5;
        if !near.iter().zip(&inside).all(is_near) {
            continue;
        }
        converged += 1;
        for _ in 0..50 {
            let other = region.pull_inside(&random_point(inputs, &mut rng));
            let towards = far
                .iter()
                .zip(&near)
                .zip(&other)
                .map(|((x, p), q)| (x - p) * (q - p));
            assert!(towards.sum::<f64>() < 1e-5, "{region:?} {far:?} {near:?}");
        }
    }
    assert!(converged > 70, "{converged} of {tried}");
}

#[test]
fn rows_hold_without_tolerance() {
    let third = Linear {
        inputs: vec![(0, 3.0), (1, 1.0)],
        outputs: Vec::new(),
        constant: -1.0,
    };
    let region = Region::unit_box(2).subject_to(vec![third]).unwrap();
    // The product exceeds 1 by less than the sum in f64 shows.
    let above = (1.0_f64 / 3.0).next_up();
    assert!(!region.contains(&[above, 0.0]));
    assert!(region.contains(&[1.0 / 3.0, 0.0]));
    assert!(region.contains(&region.pull_inside(&[above, 0.0])));
    let network = Network::new(vec![Layer::new(2, vec![1.0, 0.0], vec![0.0])]).unwrap();
    let instance = Instance::maximize(region, Objective::new(Linear::output(0)));
    let witness = check(&network, &instance, &[1.0, 1.0]).unwrap();
    assert!(instance.region().contains(&witness.input));
}

/// y0 = max(0, x0), over [0, 1]^2.
fn one_neuron() -> Network {
    Network::new(vec![
        Layer::new(2, vec![1.0, 0.0], vec![0.0]),
        Layer::new(1, vec![1.0], vec![0.0]),
    ])
    .unwrap()
}

fn linear(inputs: &[(usize, f64)], outputs: &[(usize, f64)], constant: f64) -> Linear {
    Linear {
        inputs: inputs.to_vec(),
        outputs: outputs.to_vec(),
        constant,
    }
}

#[test]
fn equations_are_solved_by_numbers_that_satisfy_them_exactly() {
    let network = one_neuron();
    let y0_less_x1 = linear(&[(1, -1.0)], &[(0, 1.0)], 0.0);
    // The equation a x0 + b x1 = c, an objective, and its maximum.
    let cases = [
        ([1.0, 3.0, 2.0], y0_less_x1.clone(), 2.0 / 3.0),
        ([3.0, 1.0, 2.0], Linear::output(0), 2.0 / 3.0),
        ([2.0, 3.0, 2.5], Linear::output(0), 1.0),
        ([3.0, 7.0, 5.0], y0_less_x1, 5.0 / 7.0),
    ];
    for ([a, b, c], objective, maximum) in cases {
        let row = linear(&[(0, a), (1, b)], &[], -c);
        let rows = vec![row.clone(), row.clone().negated()];
        let region = Region::unit_box(2).subject_to(rows).unwrap();
        let instance = Instance::maximize(region, Objective::new(objective));
        for strategy in [Strategy::Prove, Strategy::Portfolio] {
            let found = ask(strategy, &network, &instance);
            let best = found.best.expect("an input");
            assert!(row.exact_value(&best.input, &[]).is_zero());
            assert!(
                (best.value - maximum).abs() < 1e-6,
                "{strategy}: {}",
                best.value
            );
            assert_eq!(found.verdict, Verdict::Optimal, "{strategy}");
        }
    }
}

#[test]
fn an_equation_that_no_number_satisfies_ends_without_an_input() {
    let row = linear(&[(0, 3.0)], &[], -1.0);
    let rows = vec![row.clone(), row.negated()];
    let region = Region::unit_box(2).subject_to(rows).unwrap();
    let instance = Instance::maximize(region, Objective::new(Linear::output(0)));
    let started = std::time::Instant::now();
    let found = ask(Strategy::Portfolio, &one_neuron(), &instance);
    assert_eq!(found.verdict, Verdict::NotFound);
    assert!((found.dual_bound.expect("a bound") - 1.0 / 3.0).abs() < 1e-6);
    assert!(
        started.elapsed().as_secs() < 60,
        "it does not wait for the limit"
    );
}

#[test]
fn rows_that_the_whole_box_satisfies_are_left_out() {
    let unit_box = || Region::unit_box(2);
    let redundant = vec![
        linear(&[(0, 1.0)], &[], -1.0),
        linear(&[(0, 1.0), (1, -0.1)], &[], -5.0),
        linear(&[], &[], 0.0),
    ];
    assert_eq!(unit_box().subject_to(redundant), Ok(unit_box()));
    for binding in [
        linear(&[(0, 1.7e308), (1, 1.7e308)], &[], -1.7e308),
        linear(&[(0, 1.0)], &[], -1.0 + f64::EPSILON),
        linear(&[(0, 1e-320)], &[], 0.0),
        linear(&[], &[], 1.0),
    ] {
        let region = unit_box().subject_to(vec![binding]).unwrap();
        assert_eq!(region.rows().len(), 1);
    }
}

#[test]
fn a_plateau_and_a_single_point_are_optimal_within_rows_over_outputs() {
    // Most of the box is a plateau of max(0, x0 - 0.9).
    let network = Network::new(vec![
        Layer::new(2, vec![1.0, 0.1], vec![-0.9]),
        Layer::new(1, vec![0.7], vec![0.1]),
    ])
    .unwrap();
    let limit = linear(&[], &[(0, 1.0)], -100.0);
    let redundant = linear(&[(0, 1.0), (1, 1.0)], &[], -1.99);
    let point = Region::new_box(vec![0.3; 2], vec![0.3; 2]).unwrap();
    for (region, rows) in [
        (Region::unit_box(2), vec![limit.clone()]),
        (Region::unit_box(2), vec![limit.clone(), redundant]),
        (point, vec![limit]),
    ] {
        for sign in [1.0, -1.0] {
            let objective = linear(&[], &[(0, sign)], 0.0);
            let question = Constrained::new(region.clone(), objective, rows.clone()).unwrap();
            let found = constrained(
                Strategy::Portfolio,
                &network,
                None,
                &question,
                &unhurried(),
                &mut |_| {},
            );
            assert_eq!(found.unwrap().verdict, Verdict::Optimal, "{question:?}");
        }
    }
}

#[test]
fn indices_beyond_all_inputs_are_refused() {
    for index in [2, usize::MAX] {
        let row = linear(&[(index, 1.0)], &[], -1.0);
        assert!(Region::unit_box(2).subject_to(vec![row.clone()]).is_err());
        for function in [row, Linear::output(index)] {
            let instance = Instance::maximize(Region::unit_box(2), Objective::new(function));
            assert!(instance.check_network(&one_neuron()).is_err());
        }
    }
}
