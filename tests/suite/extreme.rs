//! Numbers near the ends of f64: where sums overflow or products underflow nothing false is proved, and every strategy
//! ends with an answer.

use pipeline::instance::{Instance, check};
use pipeline::network::{Layer, Network};
use pipeline::search::{Findings, Settings, Strategy, Verdict, search};

use crate::support::unhurried;

const STRATEGIES: [Strategy; 5] = [
    Strategy::Exact,
    Strategy::Prove,
    Strategy::Portfolio,
    Strategy::Gradient,
    Strategy::Relaxation,
];

fn ask(network: &Network, instance: &Instance, strategy: Strategy) -> Findings {
    let settings = Settings {
        time_limit: 5.0,
        ..unhurried()
    };
    search(strategy, network, None, instance, &settings, &mut |_| {}).expect("an answer")
}

fn network(layers: Vec<Layer>) -> Network {
    Network::new(layers).expect("finite weights")
}

/// No strategy proves what an input refutes.
fn assert_is_adversarial(network: &Network, instance: &Instance, input: &[f64]) {
    let witness = check(network, instance, input).expect("an input");
    assert!(witness.is_adversarial(), "{}", witness.value);
    for strategy in STRATEGIES {
        let findings = ask(network, instance, strategy);
        let bound = findings.dual_bound.unwrap_or(f64::INFINITY);
        assert_ne!(findings.verdict, Verdict::NoneExists, "{strategy}");
        assert!(bound >= witness.value, "{strategy}: {bound}");
    }
}

#[test]
fn a_bound_that_overflows_proves_nothing() {
    let classes = network(vec![
        Layer::new(
            4,
            vec![1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0],
            vec![-1.5, -0.3],
        ),
        Layer::new(2, vec![0.0, 0.0, -1e308, 1.0], vec![0.0, 0.0]),
    ]);
    let instance = Instance::verification(vec![1.0, 1.0, 1.0, 0.5], 1.7, 0, 1).unwrap();
    assert_is_adversarial(&classes, &instance, &[0.43, 0.07, 1.0, 0.5]);
}

#[test]
fn coefficients_that_overflow_both_ways_prove_nothing() {
    let classes = network(vec![
        Layer::new(1, vec![0.05], vec![0.1]),
        Layer::new(1, vec![2.2, 2.0], vec![-0.21, -0.25]),
        Layer::new(2, vec![0.0, 0.0, 1.6e308, -1.6e308], vec![0.0, -0.1e308]),
    ]);
    let instance = Instance::verification(vec![0.5], 10.0, 0, 1).unwrap();
    assert_is_adversarial(&classes, &instance, &[1.0]);
}

#[test]
fn weights_that_underflow_beside_large_ones_are_not_lost() {
    let classes = network(vec![
        Layer::new(2, vec![1e300, 0.0, 1e300, 1e-30], vec![0.0, 0.0]),
        Layer::new(2, vec![1.0, 0.0, 0.0, 1.0], vec![0.0, 0.0]),
    ]);
    let instance = Instance::verification(vec![0.5, 0.0], 1.0, 0, 1).unwrap();
    assert_is_adversarial(&classes, &instance, &[0.0, 0.5]);
}

#[test]
fn nothing_is_optimal_without_an_input() {
    // An unread neuron overflows, and 0 times infinity is no number.
    let network = network(vec![
        Layer::new(1, vec![1e200, 1.0], vec![1.0, 0.0]),
        Layer::new(2, vec![1e200, 0.0, 0.0, 1.0], vec![0.0, 0.0]),
        Layer::new(2, vec![0.0, 1.0], vec![0.0]),
    ]);
    for strategy in STRATEGIES {
        let findings = ask(&network, &Instance::maximization(1), strategy);
        let is_optimal = findings.verdict == Verdict::Optimal;
        assert!(!is_optimal || findings.best.is_some(), "{strategy}");
    }
}

#[test]
fn a_linear_classifier_that_only_ties_has_no_adversarial_input() {
    let classes = network(vec![Layer::new(
        2,
        vec![0.1, 0.3, 0.1, 0.1],
        vec![0.7, 0.7],
    )]);
    let instance = Instance::verification(vec![0.5, 0.5], 5.0, 0, 1).unwrap();
    for strategy in [Strategy::Prove, Strategy::Portfolio] {
        let findings = ask(&classes, &instance, strategy);
        assert_eq!(findings.verdict, Verdict::NoneExists, "{strategy}");
        assert!(findings.seconds_total < 4.0, "{strategy} runs to the limit");
    }
}

#[test]
fn a_small_improvement_beside_a_large_neuron_is_not_lost() {
    // The first neuron is active and large, what it adds varies by little.
    let network = network(vec![
        Layer::new(
            3,
            vec![10.0, 0.0, 0.0, 0.1, -0.1, 0.05, -0.1, 0.1, 0.02],
            vec![990.0, 0.01, 0.01],
        ),
        Layer::new(3, vec![1.0, -0.1, -0.1], vec![0.0]),
    ]);
    let instance = Instance::maximization(3);
    let proved = ask(&network, &instance, Strategy::Prove);
    assert_eq!(proved.verdict, Verdict::Optimal);
    let optimum = proved.best.expect("an input").value;
    let exact = ask(&network, &instance, Strategy::Exact);
    let bound = exact.dual_bound.expect("a bound");
    assert!(bound >= optimum, "{bound} below {optimum}");
    if exact.verdict == Verdict::Optimal {
        assert!(exact.best.expect("an input").value >= optimum - 2e-5);
    }
}
