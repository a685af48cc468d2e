//! Objectives that are linear in inputs and outputs, and conditions on them, compared with brute force.

use pipeline::instance::{Condition, Instance, Linear, Objective, Property, Region, check};
use pipeline::network::{Layer, Network};
use pipeline::search::{SearchResult, Strategy, Verdict, search};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::brute_force::brute_force;
use crate::support::{random_network, random_point, random_region, rng, unhurried};

const PROVING: [Strategy; 3] = [Strategy::Exact, Strategy::Prove, Strategy::Portfolio];
const TOLERANCE: f64 = 1e-5;

/// A random function of some inputs and some outputs.
fn random_function(network: &Network, rng: &mut ChaCha8Rng) -> Linear {
    let mut terms = |count: usize, share: f64| {
        let mut terms = Vec::new();
        for index in 0..count {
            if rng.random_bool(share) {
                terms.push((index, f64::from(rng.random_range(-8..=8)) / 4.0));
            }
        }
        terms
    };
    Linear {
        inputs: terms(network.inputs(), 0.4),
        outputs: terms(network.outputs(), 0.8),
        constant: f64::from(rng.random_range(-4..=4)) / 8.0,
    }
}

fn ask(strategy: Strategy, network: &Network, instance: &Instance) -> SearchResult {
    let found = search(strategy, network, None, instance, &unhurried(), &mut |_| {});
    found.expect("an answer")
}

fn networks(rng: &mut ChaCha8Rng) -> Vec<(Network, Region)> {
    let sizes = [
        vec![3, 5, 2],
        vec![2, 4, 3, 3],
        vec![4, 2],
        vec![3, 3, 3, 2, 1],
    ];
    let mut networks = Vec::new();
    for sizes in sizes {
        for zeros in [0.0, 0.4] {
            let network = random_network(&sizes, zeros, rng);
            networks.push((network, random_region(sizes[0], rng)));
        }
    }
    networks
}

#[test]
fn optima_equal_brute_force() {
    let mut rng = rng(91);
    for (network, region) in networks(&mut rng) {
        for functions in [1, 1, 2, 3] {
            let functions = (0..functions).map(|_| random_function(&network, &mut rng));
            let objective = Objective::least(functions.collect());
            let instance = Instance::maximize(region.clone(), objective);
            let best = brute_force(&network, &instance);
            for strategy in PROVING {
                let findings = ask(strategy, &network, &instance);
                let value = findings.best.map_or(f64::NEG_INFINITY, |best| best.value);
                let bound = findings.dual_bound.unwrap_or(f64::INFINITY);
                assert_eq!(
                    findings.verdict,
                    Verdict::Optimal,
                    "{strategy}: {instance:?}"
                );
                assert!(
                    (value - best).abs() < TOLERANCE && (bound - best).abs() < TOLERANCE,
                    "{strategy}: {value} and {bound} are not {best}: {instance:?}"
                );
            }
            let ascent = ask(Strategy::Gradient, &network, &instance);
            let value = ascent.best.expect("an input").value;
            assert!(value <= best + TOLERANCE, "{value} is more than {best}");
        }
    }
}

#[test]
fn conditions_hold_together_where_brute_force_says_so() {
    let mut rng = rng(92);
    let (mut found, mut none) = (0, 0);
    for (network, region) in networks(&mut rng) {
        for count in [1, 2, 3] {
            let mut functions: Vec<Linear> = (0..count)
                .map(|_| random_function(&network, &mut rng))
                .collect();
            let objective = Objective::least(functions.clone());
            let best = brute_force(&network, &Instance::maximize(region.clone(), objective));
            // Shifted so that they only just hold together, or only just fail to.
            let holds = rng.random_bool(0.5);
            let aside = if holds { 0.01 } else { -0.01 };
            functions
                .iter_mut()
                .for_each(|function| function.constant += aside - best);
            let is_strict = rng.random_bool(0.5);
            let condition = |function| Condition {
                function,
                is_strict,
            };
            let conditions = functions.into_iter().map(condition).collect();
            let instance = Instance::satisfy(region.clone(), conditions);
            let expected = if holds {
                Verdict::Found
            } else {
                Verdict::NoneExists
            };
            for strategy in PROVING {
                let findings = ask(strategy, &network, &instance);
                assert_eq!(findings.verdict, expected, "{strategy}: {instance:?}");
                if holds {
                    let best = findings.best.expect("an input");
                    let again = check(&network, &instance, &best.input).expect("an input");
                    assert!(again.answers() && instance.region().contains(&again.input));
                }
            }
            *(if holds { &mut found } else { &mut none }) += 1;
        }
    }
    assert!(found > 4 && none > 4, "{found} {none}");
}

/// `y = x` over `[0, 1]` is at least 1 at `x = 1`, and nowhere above 1; a hidden layer changes nothing.
#[test]
fn equality_counts_where_a_condition_is_not_strict() {
    let output = || Layer::new(1, vec![1.0], vec![0.0]);
    for layers in [vec![output()], vec![output(), output()]] {
        let network = Network::new(layers).expect("a network");
        let question = |is_strict: bool, more: f64| {
            let function = Linear {
                constant: -1.0 - more,
                ..Linear::output(0)
            };
            Instance::satisfy(
                Region::unit_box(1),
                vec![Condition {
                    function,
                    is_strict,
                }],
            )
        };
        for strategy in PROVING {
            for (is_strict, more, expected) in [
                (true, 0.0, Verdict::NoneExists),
                (false, 0.0, Verdict::Found),
                (false, 1e-9, Verdict::NoneExists),
            ] {
                let found = ask(strategy, &network, &question(is_strict, more)).verdict;
                // The MILP solver's tolerances may leave it open.
                let is_open = strategy == Strategy::Exact && found == Verdict::NotFound;
                assert!(
                    found == expected || is_open,
                    "{strategy} {is_strict} {more}: {found}"
                );
            }
        }
    }
}

/// A property of random conditions, nested `depth` levels deep.
fn random_property(network: &Network, depth: u32, rng: &mut ChaCha8Rng) -> Property {
    if depth == 0 {
        let mut function = random_function(network, rng);
        function.constant -= 1.0;
        let is_strict = rng.random_bool(0.5);
        return Property::Condition(Condition {
            function,
            is_strict,
        });
    }
    let parts = (0..2).map(|_| random_property(network, depth - 1, rng));
    let parts = parts.collect();
    match rng.random_bool(0.5) {
        true => Property::All(parts),
        false => Property::Any(parts),
    }
}

#[test]
fn properties_are_found_where_they_are() {
    let mut rng = rng(93);
    let (mut found, mut none) = (0, 0);
    for _ in 0..3 {
        for (network, region) in networks(&mut rng) {
            let property = random_property(&network, 2, &mut rng);
            let instances = property.instances(&region).expect("few alternatives");
            let best = instances
                .iter()
                .map(|instance| brute_force(&network, instance))
                .fold(f64::NEG_INFINITY, f64::max);
            assert!(best.abs() > 1e-6, "no tie");
            for strategy in PROVING {
                let answers = instances.iter();
                let answers: Vec<_> = answers
                    .map(|instance| ask(strategy, &network, instance))
                    .collect();
                let inputs = answers
                    .iter()
                    .filter(|answer| answer.verdict == Verdict::Found);
                let mut count = 0;
                for answer in inputs {
                    let x = &answer.best.as_ref().expect("an input").input;
                    assert!(property.holds(x, &network.forward(x)), "{strategy}");
                    count += 1;
                }
                assert_eq!(count > 0, best > 0.0, "{strategy}: {property:?}");
                let open = answers
                    .iter()
                    .filter(|answer| answer.verdict == Verdict::NotFound);
                assert_eq!(open.count(), 0, "{strategy}: {property:?}");
            }
            // No sampled input contradicts this.
            for _ in 0..200 {
                let x = region.pull_inside(&random_point(region.inputs(), &mut rng));
                assert!(best > 0.0 || !property.holds(&x, &network.forward(&x)));
            }
            *(if best > 0.0 { &mut found } else { &mut none }) += 1;
        }
    }
    assert!(found > 3 && none > 3, "{found} {none}");
}
