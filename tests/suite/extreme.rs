//! Numbers near the ends of f64: where sums overflow or products underflow nothing false is proved, and every strategy
//! ends with an answer.

use pipeline::instance::{Instance, check};
use pipeline::network::{Layer, Network};
use pipeline::search::{SearchResult, Settings, Strategy, Verdict, search};
use rand::RngExt;
use rand::seq::SliceRandom;

use crate::support::{rng, unhurried};

const STRATEGIES: [Strategy; 5] = [
    Strategy::Exact,
    Strategy::Prove,
    Strategy::Portfolio,
    Strategy::Gradient,
    Strategy::Relaxation,
];

fn ask(network: &Network, instance: &Instance, strategy: Strategy) -> SearchResult {
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

/// HiGHS drops coefficients up to 1e-9. Here many of them make up the difference of two sums.
#[test]
fn many_coefficients_that_the_solver_drops_are_not_lost() {
    const SUMS: usize = 20;
    const TERMS: usize = 10;
    let inputs = TERMS + 1;
    let (mut weights, mut biases) = (vec![0.0; inputs * inputs], vec![0.0; inputs]);
    weights[0] = 1.0;
    for k in 1..inputs {
        weights[k * inputs + k] = 1000.0;
        biases[k] = -1000.0 * (0.09 + 0.01 * k as f64);
    }
    let first = Layer::new(inputs, weights, biases);
    let (mut weights, mut biases, mut output) = (Vec::new(), Vec::new(), Vec::new());
    for sum in 0..SUMS {
        for (coefficient, step, sign) in [(9e-10, 0.01, 1.0), (0.0, 0.013, -1.0)] {
            weights.push(0.5);
            weights.extend(vec![coefficient; TERMS]);
            biases.push(1.0 + step * sum as f64);
            output.push(sign);
        }
    }
    let offset: f64 = biases
        .iter()
        .zip(&output)
        .map(|(bias, sign)| bias * sign)
        .sum();
    let network = network(vec![
        first,
        Layer::new(inputs, weights, biases),
        Layer::new(2 * SUMS, output, vec![-offset]),
    ]);
    let instance = Instance::maximization(inputs);
    let best = check(&network, &instance, &vec![1.0; inputs]).expect("an input");
    assert!(best.value > 1e-4, "{}", best.value);
    for strategy in STRATEGIES {
        let bound = ask(&network, &instance, strategy).dual_bound;
        assert!(
            bound.is_none_or(|bound| bound >= best.value),
            "{strategy}: {bound:?} below {}",
            best.value
        );
    }
}

/// Network and point of a search that once ended at x = 0.2, where the value is 0 in f64 and -6 in real arithmetic: the
/// maximum is 0, near x = 0.7.
#[test]
fn a_value_that_rounding_raises_to_the_bound_is_not_optimal() {
    let (d, power) = (1.0 / 4096.0, 2f64.powi(57));
    let a = 39.0 / d;
    let kinks =
        [0.0, 0.2, 0.4, 0.7, 0.7 + d, 0.7 + 2.0 * d].map(|kink: f64| f64::from(kink as f32));
    let network = network(vec![
        Layer::new(1, vec![1.0; 6], kinks.map(|kink| -kink).to_vec()),
        Layer::new(6, vec![-165.0, 330.0, -165.0, -a, 2.0 * a, -a], vec![39.0]),
        Layer::new(1, vec![-1.0], vec![power]),
        Layer::new(1, vec![1.0], vec![-power]),
    ]);
    for strategy in [Strategy::Prove, Strategy::Portfolio] {
        let instance = Instance::maximization(1);
        let found = search(
            strategy,
            &network,
            None,
            &instance,
            &unhurried(),
            &mut |_| {},
        );
        let found = found.expect("an answer");
        let best = &found.best.expect("an input").input;
        let exact = network.exact_forward(best)[0].near();
        let is_optimal = found.verdict == Verdict::Optimal;
        assert!(
            !is_optimal || exact > -1e-3,
            "{strategy}: {exact} at {best:?}"
        );
    }
}

/// A step between two numbers: an input's value in f64 may be 0 where the bound is 1 and the truth between them. Only an
/// input that attains the bound, in f64 or in real arithmetic, is optimal.
#[test]
fn rounding_of_the_best_value_proves_nothing() {
    let mut rng = rng(26);
    for _ in 0..40 {
        let mut row: Vec<f64> = (0..9)
            .map(|_| rng.random_range(1_u64 << 50..1 << 52) as f64)
            .collect();
        let beyond: u64 = row.iter().map(|weight| *weight as u64).sum::<u64>() % 16;
        row[0] -= beyond as f64;
        let sum: f64 = row.iter().sum();
        row.extend([0.15; 4]);
        row.shuffle(&mut rng);
        let network = network(vec![
            Layer::new(13, [row.clone(), row].concat(), vec![-sum; 2]),
            Layer::new(2, vec![1.0, 0.0, 1.0, 0.0], vec![0.0, -1.0]),
            Layer::new(2, vec![1.0, -1.0], vec![0.0]),
        ]);
        for strategy in [Strategy::Prove, Strategy::Portfolio, Strategy::Exact] {
            let settings = Settings {
                time_limit: 0.5,
                ..unhurried()
            };
            let instance = Instance::maximization(13);
            let findings = search(strategy, &network, None, &instance, &settings, &mut |_| {});
            let findings = findings.expect("an answer");
            if findings.verdict == Verdict::Optimal {
                let best = findings.best.expect("an input");
                let exact = network.exact_forward(&best.input)[0].near();
                let value = exact.max(best.value);
                let bound = findings.dual_bound.expect("a bound");
                assert!(bound - value < 1e-3, "{strategy}: {value}, {bound}");
            }
        }
    }
}
