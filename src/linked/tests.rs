//! Problems that are solved by hand, by enumeration or by another route.

use std::f64::consts::PI;

use super::*;
use crate::limits::Limits;
use crate::milp::Sense;
use crate::network::{Layer, random};

const FREE: f64 = f64::INFINITY;
const WAYS: [Way; 3] = [Way::Exact, Way::Surrogate, Way::Portfolio];
const KINDS: [BoundKind; 4] = [
    BoundKind::Interval,
    BoundKind::Linear,
    BoundKind::Alpha,
    BoundKind::Tightening,
];

fn solved(linked: &LinkedProblem, way: Way, kind: BoundKind) -> LinkedResult {
    let settings = Settings {
        way,
        bounds: kind,
        limits: Limits {
            time_limit: 20.0,
            ..Limits::default()
        },
        ..Settings::default()
    };
    solve(linked, &settings, &mut |_| {}).unwrap()
}

/// The optimum, the same with all kinds of bounds.
fn optimum(linked: &LinkedProblem) -> Replay {
    let found = KINDS.map(|kind| {
        let result = solved(linked, Way::Exact, kind);
        assert_eq!(result.status, Status::Optimal, "{kind}: {result:?}");
        result.best.unwrap()
    });
    for other in &found {
        let size = found[0].objective.abs().max(1.0);
        assert!((other.objective - found[0].objective).abs() < 1e-6 * size);
        assert!(other.violation <= 1e-6);
    }
    found[0].clone()
}

/// `y = max(0, x1 - x2)`.
fn difference() -> Network {
    Network::new(vec![
        Layer::new(2, vec![1.0, -1.0], vec![0.0]),
        Layer::new(1, vec![1.0], vec![0.0]),
    ])
    .unwrap()
}

/// Columns `x1` in [0, 1], `x2` in [0, 1] and a free `y`; `x1 + x2 <= 1`.
fn two_inputs(sense: Sense) -> (Problem, [Column; 3]) {
    let mut problem = Problem::new(sense);
    let x1 = problem.add_continuous("x1".into(), 0.0, 1.0);
    let x2 = problem.add_continuous("x2".into(), 0.0, 1.0);
    let y = problem.add_continuous("y".into(), -FREE, FREE);
    problem.add_row("sum".into(), -FREE, 1.0, vec![(x1, 1.0), (x2, 1.0)]);
    (problem, [x1, x2, y])
}

#[test]
fn a_row_on_an_output_holds() {
    let (mut problem, [x1, x2, y]) = two_inputs(Sense::Maximize);
    problem.add_row("least".into(), 0.25, FREE, vec![(y, 1.0)]);
    problem.columns[y.0].cost = 1.0;
    problem.columns[x1.0].cost = -2.0;
    let network = LinkedNetwork::new("n", difference()).copy(&[x1, x2], &[y]);
    let linked = LinkedProblem::new(problem, vec![network]).unwrap();
    let best = optimum(&linked);
    // y - 2 x1 = -x1 - x2 where y = x1 - x2 >= 0.25.
    assert!((best.objective + 0.25).abs() < 1e-6, "{best:?}");
    assert!((best.columns[x1.0] - 0.25).abs() < 1e-6);
    for way in WAYS {
        // A surrogate of so few weights may have no solution.
        let found = solved(&linked, way, BoundKind::Linear).best;
        assert!(found.is_none_or(|found| found.objective <= best.objective + 1e-6));
    }
}

#[test]
fn an_impossible_row_is_infeasible() {
    let (mut problem, [x1, x2, y]) = two_inputs(Sense::Minimize);
    problem.add_row("most".into(), 1.5, FREE, vec![(y, 1.0)]);
    let network = LinkedNetwork::new("n", difference()).copy(&[x1, x2], &[y]);
    let linked = LinkedProblem::new(problem, vec![network]).unwrap();
    for kind in KINDS {
        for way in [Way::Exact, Way::Portfolio] {
            let result = solved(&linked, way, kind);
            assert_eq!(result.status, Status::Infeasible, "{way} {kind}");
            assert!(result.best.is_none());
        }
    }
    assert_eq!(
        solved(&linked, Way::Surrogate, BoundKind::Linear).status,
        Status::Unknown
    );
}

#[test]
fn an_unbounded_input_is_named() {
    let (mut problem, [x1, x2, y]) = two_inputs(Sense::Minimize);
    problem.columns[x2.0].lower = -FREE;
    let network = LinkedNetwork::new("n", difference()).copy(&[x1, x2], &[y]);
    let linked = LinkedProblem::new(problem.clone(), vec![network.clone()]).unwrap();
    let error = solve(&linked, &Settings::default(), &mut |_| {}).unwrap_err();
    let message = "column \"x2\", an input of network \"n\", is unbounded (below)";
    assert!(error.to_string().starts_with(message), "{error}");
    // A row bounds it.
    problem.add_row("least".into(), -1.0, FREE, vec![(x1, 1.0), (x2, 1.0)]);
    problem.columns[y.0].cost = -1.0;
    let linked = LinkedProblem::new(problem, vec![network]).unwrap();
    assert!((optimum(&linked).objective + 3.0).abs() < 1e-6);
}

/// The largest `y1 + y2` of one network of one input at two inputs with `x1 + x2 <= limit`, on a grid.
#[test]
fn two_copies_share_a_budget() {
    for seed in 0..4 {
        let network = random(1, &[8, 6], seed).unwrap();
        let mut problem = Problem::new(Sense::Maximize);
        let x = ["x1", "x2"].map(|name| problem.add_continuous(name.into(), 0.0, 1.0));
        let y = ["y1", "y2"].map(|name| problem.add_continuous(name.into(), -FREE, FREE));
        problem.add_row("budget".into(), -FREE, 0.8, vec![(x[0], 1.0), (x[1], 1.0)]);
        y.iter().for_each(|y| problem.columns[y.0].cost = 1.0);
        let linked = LinkedNetwork::new("n", network.clone());
        let linked = linked.copy(&x[..1], &y[..1]).copy(&x[1..], &y[1..]);
        let linked = LinkedProblem::new(problem, vec![linked]).unwrap();
        let best = optimum(&linked).objective;
        let steps = 400;
        let at = |step: usize| network.forward(&[0.8 * step as f64 / steps as f64])[0];
        let values: Vec<f64> = (0..=steps).map(at).collect();
        let pairs = (0..=steps).flat_map(|one| (0..=steps - one).map(move |other| (one, other)));
        let on_grid = pairs
            .map(|(one, other)| values[one] + values[other])
            .fold(-FREE, f64::max);
        assert!(best >= on_grid - 1e-7, "{best} {on_grid}");
        assert!(best <= on_grid + 0.05, "{best} {on_grid}");
    }
}

#[test]
fn a_constant_is_a_bias() {
    for seed in 0..4 {
        let network = random(3, &[6, 5], seed).unwrap();
        let mut layers = network.layers().to_vec();
        let first = &layers[0];
        let kept = |neuron: usize| [first.row(neuron)[0], first.row(neuron)[2]];
        let weights = (0..first.outputs()).flat_map(kept).collect();
        let bias = |neuron: usize| first.biases()[neuron] + 0.3 * first.row(neuron)[1];
        let biases = (0..first.outputs()).map(bias).collect();
        layers[0] = Layer::new(2, weights, biases);
        let folded = Network::new(layers).unwrap();
        let (mut problem, [x1, x2, y]) = two_inputs(Sense::Maximize);
        problem.columns[y.0].cost = 1.0;
        let mut constant = LinkedNetwork::new("n", network);
        constant.copies.push(NetworkCopy {
            inputs: vec![
                Input::column(x1),
                Input {
                    source: Source::Number(0.3),
                    offset: 0.0,
                    factor: 1.0,
                },
                Input::column(x2),
            ],
            outputs: vec![Some(Output::column(y))],
        });
        let one = LinkedProblem::new(problem.clone(), vec![constant]).unwrap();
        let folded = LinkedNetwork::new("n", folded).copy(&[x1, x2], &[y]);
        let other = LinkedProblem::new(problem, vec![folded]).unwrap();
        assert!((optimum(&one).objective - optimum(&other).objective).abs() < 1e-7);
    }
}

#[test]
fn chained_networks_are_one_deeper_one() {
    for seed in 0..4 {
        let (first, second) = (
            random(2, &[6], seed).unwrap(),
            random(1, &[5], seed + 50).unwrap(),
        );
        let (mut problem, [x1, x2, y]) = two_inputs(Sense::Minimize);
        let z = problem.add_continuous("z".into(), -FREE, FREE);
        problem.columns[z.0].cost = 1.0;
        // The second network is first in the list: the order of evaluation is that of what is read.
        let networks = vec![
            LinkedNetwork::new("second", second.clone()).copy(&[y], &[z]),
            LinkedNetwork::new("first", first.clone()).copy(&[x1, x2], &[y]),
        ];
        let chained = LinkedProblem::new(problem.clone(), networks).unwrap();
        // The output layer of the first and the first layer of the second become one.
        let (last, next) = (first.output(), &second.layers()[0]);
        let weights = (0..next.outputs()).flat_map(|neuron| {
            let factor = next.row(neuron)[0];
            last.row(0)
                .iter()
                .map(move |weight| factor * weight)
                .collect::<Vec<_>>()
        });
        let bias = |neuron: usize| next.biases()[neuron] + next.row(neuron)[0] * last.biases()[0];
        let middle = Layer::new(
            last.inputs(),
            weights.collect(),
            (0..next.outputs()).map(bias).collect(),
        );
        let mut layers = vec![first.layers()[0].clone(), middle];
        layers.extend(second.layers()[1..].iter().cloned());
        let deep = Network::new(layers).unwrap();
        problem.columns[y.0].upper = 0.0;
        problem.columns[y.0].lower = 0.0;
        let deep = LinkedNetwork::new("deep", deep).copy(&[x1, x2], &[z]);
        let deep = LinkedProblem::new(problem, vec![deep]).unwrap();
        assert!((optimum(&chained).objective - optimum(&deep).objective).abs() < 1e-7);
    }
}

#[test]
fn a_circle_and_two_outputs_are_refused() {
    let (problem, [x1, x2, y]) = two_inputs(Sense::Minimize);
    let circle = vec![
        LinkedNetwork::new("a", difference()).copy(&[x1, y], &[x2]),
        LinkedNetwork::new("b", difference()).copy(&[x1, x2], &[y]),
    ];
    let error = LinkedProblem::new(problem.clone(), circle).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("network \"a\", network \"b\" read each other's outputs")
    );
    let twice = LinkedNetwork::new("a", difference())
        .copy(&[x1, x2], &[y])
        .copy(&[x2, x1], &[y]);
    let error = LinkedProblem::new(problem, vec![twice]).unwrap_err();
    let message = "column \"y\" is an output twice, of copy 1 of network \"a\" and of copy 2 of network \"a\"";
    assert_eq!(error.to_string(), message);
}

/// Integer inputs, two networks, a row over outputs and integers: all assignments are tried.
#[test]
fn integer_inputs_are_enumerated() {
    let mut outcomes = [0, 0];
    for seed in 0..30 {
        let networks = [
            random(3, &[6, 4], seed).unwrap(),
            random(2, &[5], seed + 99).unwrap(),
        ];
        let sense = if seed % 2 == 0 {
            Sense::Maximize
        } else {
            Sense::Minimize
        };
        let mut problem = Problem::new(sense);
        let n: Vec<Column> = (0..3)
            .map(|index| {
                let column = problem.add_continuous(format!("n{index}"), -1.0, 2.0);
                problem.columns[column.0].kind = Kind::Integer;
                problem.columns[column.0].cost = 0.05 * f64::from(index);
                column
            })
            .collect();
        let y = ["y0", "y1"].map(|name| problem.add_continuous(name.into(), -FREE, FREE));
        problem.columns[y[0].0].cost = 1.0;
        problem.columns[y[1].0].cost = 0.5;
        let level = 3.0 * (f64::from(seed) * PI / 7.0).sin();
        problem.add_row(
            "row".into(),
            level,
            FREE,
            vec![(y[0], 1.0), (y[1], -0.7), (n[2], 0.3)],
        );
        problem.add_row(
            "n".into(),
            -FREE,
            3.0,
            n.iter().map(|&column| (column, 1.0)).collect(),
        );
        let linked = vec![
            LinkedNetwork::new("a", networks[0].clone()).copy(&n, &y[..1]),
            LinkedNetwork::new("b", networks[1].clone()).copy(&n[..2], &y[1..]),
        ];
        let linked = LinkedProblem::new(problem, linked).unwrap();
        let sign = if seed % 2 == 0 { 1.0 } else { -1.0 };
        let mut best: Option<f64> = None;
        for code in 0..64 {
            let values = [code % 4, code / 4 % 4, code / 16].map(|value| f64::from(value) - 1.0);
            let replay = linked.replay(&[&values[..], &[0.0, 0.0]].concat());
            if replay.violation <= 1e-9 {
                let value = sign * replay.objective;
                best = Some(best.map_or(value, |best| best.max(value)));
            }
        }
        for kind in KINDS {
            for way in [Way::Exact, Way::Portfolio] {
                let result = solved(&linked, way, kind);
                match best {
                    Some(best) => {
                        assert_eq!(result.status, Status::Optimal, "seed {seed} {way} {kind}");
                        let found = result.best.unwrap();
                        assert!(found.violation <= 1e-6);
                        assert!(
                            (sign * found.objective - best).abs() < 1e-6,
                            "seed {seed} {way} {kind}"
                        );
                    }
                    None => assert_eq!(
                        result.status,
                        Status::Infeasible,
                        "seed {seed} {way} {kind}"
                    ),
                }
            }
        }
        outcomes[usize::from(best.is_some())] += 1;
    }
    assert!(outcomes.iter().all(|count| *count > 2), "{outcomes:?}");
}

/// A later kind of bounds is nowhere looser, and all hold at random points that satisfy the rows.
#[test]
fn kinds_of_bounds_are_nested_and_hold() {
    for seed in 0..6 {
        let networks = [
            random(2, &[6, 5, 4], seed).unwrap(),
            random(2, &[6, 4], seed + 9).unwrap(),
        ];
        let (mut problem, [x1, x2, y]) = two_inputs(Sense::Minimize);
        let z = problem.add_continuous("z".into(), -FREE, FREE);
        problem.add_row(
            "both".into(),
            -FREE,
            0.9,
            vec![(x1, 1.0), (y, 0.2), (x2, 0.4)],
        );
        let linked = vec![
            LinkedNetwork::new("a", networks[0].clone()).copy(&[x1, x2], &[y]),
            LinkedNetwork::new("b", networks[1].clone()).copy(&[x2, y], &[z]),
        ];
        let linked = LinkedProblem::new(problem, linked).unwrap();
        let dense = linked.dense();
        let all = KINDS.map(|kind| {
            bounds(&linked, &dense, kind, &Limits::default())
                .unwrap()
                .unwrap()
        });
        for pair in all.windows(2) {
            for (looser, tighter) in pair[0].columns.iter().zip(&pair[1].columns) {
                assert!(
                    tighter.0 >= looser.0 && tighter.1 <= looser.1,
                    "seed {seed}"
                );
            }
            for (looser, tighter) in pair[0]
                .networks
                .iter()
                .flatten()
                .zip(pair[1].networks.iter().flatten())
            {
                for (looser, tighter) in looser
                    .layers()
                    .iter()
                    .flatten()
                    .zip(tighter.layers().iter().flatten())
                {
                    let slack = 1e-9 * looser.size();
                    assert!(
                        tighter.lower() >= looser.lower() - slack
                            && tighter.upper() <= looser.upper() + slack,
                        "seed {seed} {looser:?} {tighter:?}"
                    );
                }
            }
        }
        let mut inside = 0;
        for step in 0..2000 {
            let unit = |rate: f64| (f64::from(step) * rate).fract();
            let replay = linked.replay(&[unit(0.618_034), unit(0.754_878), 0.0, 0.0]);
            if replay.violation > 0.0 {
                continue;
            }
            inside += 1;
            for bounds in &all {
                for (value, (lower, upper)) in replay.columns.iter().zip(&bounds.columns) {
                    assert!(lower <= value && value <= upper, "seed {seed}");
                }
                for &at in &linked.order {
                    let x = linked.inputs_of(at, &replay.columns);
                    let preactivations = networks[at.network].preactivations(&x);
                    let own = &bounds.networks[at.network][at.copy];
                    for (g, interval) in preactivations
                        .iter()
                        .flatten()
                        .zip(own.layers().iter().flatten())
                    {
                        assert!(
                            interval.lower() <= *g && *g <= interval.upper(),
                            "seed {seed}"
                        );
                    }
                }
            }
        }
        assert!(inside > 200);
    }
}

/// Scaling inputs and outputs gives the problem of the network with the scaling in its layers.
#[test]
fn scaling_is_part_of_a_copy() {
    let network = random(2, &[6, 5], 3).unwrap();
    let (mut problem, [x1, x2, y]) = two_inputs(Sense::Maximize);
    problem.columns[y.0].cost = 1.0;
    let plain = LinkedNetwork::new("n", network.clone()).copy(&[x1, x2], &[y]);
    let plain = LinkedProblem::new(problem.clone(), vec![plain]).unwrap();
    // The same inputs from columns ten times as large, and the output in hundredths.
    for (column, factor) in [(x1, 10.0), (x2, -4.0)] {
        let data = &mut problem.columns[column.0];
        let sides = [factor * data.lower + 2.0, factor * data.upper + 2.0];
        (data.lower, data.upper) = (sides[0].min(sides[1]), sides[0].max(sides[1]));
    }
    // x1 / 10 - 0.2 + 0.5 - x2 / 4 <= 1
    problem.rows[0].terms = vec![(x1, 0.1), (x2, -0.25)];
    problem.rows[0].upper = 0.7;
    let mut scaled = LinkedNetwork::new("n", network);
    let input = |column, factor| Input {
        source: Source::Column(column),
        offset: 2.0,
        factor,
    };
    scaled.copies.push(NetworkCopy {
        inputs: vec![input(x1, 10.0), input(x2, -4.0)],
        outputs: vec![Some(Output {
            column: y,
            offset: 7.0,
            factor: 100.0,
        })],
    });
    let scaled = LinkedProblem::new(problem, vec![scaled]).unwrap();
    let (one, other) = (optimum(&plain).objective, optimum(&scaled).objective);
    assert!((7.0 + 100.0 * one - other).abs() < 1e-5, "{one} {other}");
}

/// Branch and bound over the inputs alone gives the optima of the MILPs, with rows over outputs, integers and chains.
#[test]
fn splitting_gives_the_optima_of_milps() {
    let mut outcomes = [0, 0];
    for seed in 0..12 {
        let (first, second) = (
            random(3, &[7, 5], seed).unwrap(),
            random(2, &[6], seed + 31).unwrap(),
        );
        let sense = if seed % 2 == 0 {
            Sense::Maximize
        } else {
            Sense::Minimize
        };
        let mut problem = Problem::new(sense);
        let x = ["x0", "x1", "x2"].map(|name| problem.add_continuous(name.into(), 0.0, 1.0));
        if seed % 3 == 0 {
            problem.columns[x[1].0].kind = Kind::Integer;
        }
        let y = problem.add_continuous("y".into(), -FREE, FREE);
        let z = problem.add_continuous("z".into(), -FREE, FREE);
        problem.columns[z.0].cost = 1.0;
        problem.columns[x[0].0].cost = 0.1;
        let level = 2.0 * (f64::from(seed) * PI / 5.0).sin();
        problem.add_row("y".into(), level, FREE, vec![(y, 1.0), (x[2], -0.4)]);
        let networks = vec![
            LinkedNetwork::new("first", first).copy(&x, &[y]),
            LinkedNetwork::new("second", second).copy(&[y, x[0]], &[z]),
        ];
        let linked = LinkedProblem::new(problem, networks).unwrap();
        let exact = solved(&linked, Way::Exact, BoundKind::Linear);
        let limits = Limits::default();
        let started = std::time::Instant::now();
        let Some(start) = bounds(&linked, &linked.dense(), BoundKind::Linear, &limits).unwrap()
        else {
            assert_eq!(exact.status, Status::Infeasible);
            outcomes[0] += 1;
            continue;
        };
        let splitting = splitting::Splitting {
            linked: &linked,
            limits: &limits,
            left: &|| 60.0 - started.elapsed().as_secs_f64(),
            gap: 1e-6,
            is_separable: false,
        };
        let sign = if seed % 2 == 0 { -1.0 } else { 1.0 };
        let mut best: Option<f64> = None;
        let bound = splitting.run(&start, &mut |visit| {
            if let splitting::Visit::Point(replay) = visit
                && replay.violation <= 1e-9
                && best.is_none_or(|best| sign * replay.objective < sign * best)
            {
                best = Some(replay.objective);
            }
            best
        });
        let bound = bound.unwrap();
        match exact.best {
            Some(optimum) => {
                let found = best.unwrap();
                let size = optimum.objective.abs().max(1.0);
                assert!(
                    (found - optimum.objective).abs() < 2e-6 * size,
                    "seed {seed}"
                );
                assert!((bound - found).abs() < 2e-6 * size, "seed {seed}");
            }
            None => assert_eq!((best, bound), (None, sign * FREE), "seed {seed}"),
        }
        outcomes[usize::from(best.is_some())] += 1;
    }
    assert!(outcomes.iter().all(|count| *count > 1), "{outcomes:?}");
}

/// Boxes without rows need no linear program.
#[test]
fn separable_parts_give_the_same_optima() {
    for seed in 0..6 {
        let (mut problem, [x1, x2, y]) = two_inputs(Sense::Minimize);
        problem.rows.clear();
        problem.columns[y.0].cost = if seed % 2 == 0 { 1.0 } else { -2.0 };
        problem.columns[x2.0].cost = 0.3;
        let network = random(2, &[9, 7], seed).unwrap();
        let network = LinkedNetwork::new("n", network).copy(&[x1, x2], &[y]);
        let linked = LinkedProblem::new(problem, vec![network]).unwrap();
        let exact = optimum(&linked).objective;
        let found = solved(&linked, Way::Portfolio, BoundKind::Linear);
        assert_eq!(found.status, Status::Optimal);
        assert!((found.best.unwrap().objective - exact).abs() < 1e-6);
        assert!((found.dual_bound.unwrap() - exact).abs() < 1e-6);
    }
}

/// A tight row at the only feasible value of an integer column with fractional bounds: HiGHS 1.15 calls it infeasible.
#[test]
fn fractional_bounds_of_integers_are_rounded() {
    let (mut problem, [x1, x2, y]) = two_inputs(Sense::Maximize);
    problem.columns[y.0].cost = 1.0;
    let n = problem.add_continuous("n".into(), -3.25, -2.25);
    problem.columns[n.0].kind = Kind::Integer;
    problem.columns[n.0].cost = -1.859;
    problem.add_row("tight".into(), 5.577, FREE, vec![(n, -1.859)]);
    let network = LinkedNetwork::new("n", difference()).copy(&[x1, x2], &[y]);
    let linked = LinkedProblem::new(problem, vec![network]).unwrap();
    let data = &linked.problem().columns[n.0];
    assert_eq!((data.lower, data.upper), (-3.0, -3.0));
    assert!((optimum(&linked).objective - 6.577).abs() < 1e-6);
}

/// What an accepted point may violate rows by is room enough for a problem not to be called infeasible.
#[test]
fn infeasible_has_the_tolerance_of_accepted_points() {
    let (mut problem, [x1, x2, y]) = two_inputs(Sense::Maximize);
    problem.columns[x1.0].cost = 1.0;
    // x1 - x2 = 0.5 and x1 + x2 = 0.5, and the first of them once more, off by less than the tolerance.
    let side = |value: f64| (value, value);
    for (name, (lower, upper), terms) in [
        ("a", side(0.5), vec![(y, 1.0)]),
        ("b", side(0.5), vec![(x1, 1.0), (x2, 1.0)]),
        ("c", side(0.500_000_4), vec![(x1, 1.0), (x2, -1.0)]),
    ] {
        problem.add_row(name.into(), lower, upper, terms);
    }
    let network = LinkedNetwork::new("n", difference()).copy(&[x1, x2], &[y]);
    let linked = LinkedProblem::new(problem.clone(), vec![network.clone()]).unwrap();
    for way in [Way::Exact, Way::Portfolio] {
        let result = solved(&linked, way, BoundKind::Linear);
        assert_ne!(result.status, Status::Infeasible, "{way}");
    }
    problem.rows[3].lower = 0.51;
    problem.rows[3].upper = 0.51;
    let linked = LinkedProblem::new(problem, vec![network]).unwrap();
    for way in [Way::Exact, Way::Portfolio] {
        let result = solved(&linked, way, BoundKind::Linear);
        assert_eq!(result.status, Status::Infeasible, "{way}");
        assert!(result.dual_bound.is_none());
    }
}
