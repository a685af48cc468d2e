//! Outputs in other units: if they are multiplied by a power of two, which f64 does without rounding, every strategy
//! gives the same verdict, and its values times that power.

use pipeline::network::{Layer, Network};
use pipeline::pruning::{Pruning, prune};
use pipeline::search::{SearchResult, Strategy, search};

use super::case::Case;
use super::family::Family;
use crate::support::{print_uncaptured, unhurried};

const STRATEGIES: [Strategy; 6] = [
    Strategy::Exact,
    Strategy::Surrogate,
    Strategy::Relaxation,
    Strategy::Gradient,
    Strategy::Prove,
    Strategy::Portfolio,
];

const POWERS: [i32; 8] = [-40, -30, -20, -7, 1, 13, 27, 40];

/// How much values may differ, relative to the largest of them: the gap of a proof of optimality, because how much
/// further a search gets depends on the clock.
const TOLERANCE: f64 = 1e-6;

#[test]
fn outputs_times_a_power_of_two_give_the_same_verdicts() {
    let usual = [
        Family::Uniform,
        Family::Centred,
        Family::Trained,
        Family::Ties,
        Family::Dead,
        Family::Touching,
    ];
    // Small instances, which are decided before the clock has any influence.
    let cases = (0..).map(Case::new);
    let small = cases.filter(|case| usual.contains(&case.family) && case.unstable <= 10);
    let mut differences = Vec::new();
    for (turn, case) in small.take(18).enumerate() {
        let pruning = Pruning::magnitude(0.5);
        let sparse = prune(&case.network, &pruning).map(|pruned| pruned.apply(&case.network));
        let sparse = sparse.expect("weights to prune");
        for strategy in STRATEGIES {
            let solve = |power: i32| {
                let dense = scaled(&case.network, power);
                let sparse = scaled(&sparse, power);
                let sparse = (strategy == Strategy::Surrogate).then_some(&sparse);
                let settings = unhurried();
                search(
                    strategy,
                    &dense,
                    sparse,
                    &case.instance,
                    &settings,
                    &mut |_| {},
                )
            };
            let usual = solve(0).expect("a result");
            for power in [POWERS[turn % 8], POWERS[(turn + 3) % 8]] {
                let difference = match solve(power) {
                    Ok(other) => difference(&usual, &other, power),
                    Err(error) => Some(error.to_string()),
                };
                if let Some(text) = difference {
                    let (index, family) = (case.index, case.family);
                    differences.push(format!(
                        "{index} {family:?} {strategy} times 2^{power}: {text}"
                    ));
                }
            }
        }
    }
    if !differences.is_empty() {
        print_uncaptured(&differences.join("\n"));
    }
    assert_eq!(differences.len(), 0, "searches that depend on the unit");
}

/// The output layer times `2^power`.
fn scaled(network: &Network, power: i32) -> Network {
    let factor = 2f64.powi(power);
    let times = |values: &[f64]| values.iter().map(|value| factor * value).collect();
    let output = network.output();
    let mut layers = network.hidden().to_vec();
    layers.push(Layer::new(
        output.inputs(),
        times(output.weights()),
        times(output.biases()),
    ));
    Network::new(layers).expect("finite numbers")
}

fn difference(usual: &SearchResult, other: &SearchResult, power: i32) -> Option<String> {
    if usual.verdict != other.verdict {
        return Some(format!(
            "{} becomes {} ({})",
            usual.verdict,
            other.verdict,
            values(other)
        ));
    }
    let factor = 2f64.powi(power);
    let value = |result: &SearchResult| result.best.as_ref().map(|best| best.value);
    let bound = |result: &SearchResult| result.dual_bound;
    let largest = [value(usual), bound(usual)].into_iter().flatten();
    let room = TOLERANCE * largest.fold(0.0, |most: f64, value| most.max(value.abs()));
    let agree = |one: Option<f64>, other: Option<f64>| match (one, other) {
        (Some(one), Some(other)) => (one - other / factor).abs() <= room,
        (one, other) => one.is_none() && other.is_none(),
    };
    let same = agree(value(usual), value(other)) && agree(bound(usual), bound(other));
    (!same).then(|| format!("{} becomes {}", values(usual), values(other)))
}

fn values(result: &SearchResult) -> String {
    let best = result.best.as_ref().map(|best| best.value);
    format!("best {best:?}, bound {:?}", result.dual_bound)
}
