//! Published optima of function maximization, which depend on every bit of the random weights,
//! the global pruning, the formulation and the solver.

use pipeline::instance::Instance;
use pipeline::network::{Activity, Network, random};
use pipeline::pruning::{Pruning, Scope, prune};
use pipeline::search::{SearchResult, Verdict, surrogate};
use pipeline::solver::Status;

use crate::support::unhurried;

struct Published {
    layers: usize,
    seed: u32,
    rate: f64,
    /// Optimum of the pruned network.
    optimum: f64,
}

const fn row(layers: usize, seed: u32, rate: f64, optimum: f64) -> Published {
    Published {
        layers,
        seed,
        rate,
        optimum,
    }
}

/// Rows of the published table (100 inputs, width 50) solved in under 5 s.
const ROWS: [Published; 10] = [
    row(2, 50, 0.9, 0.100535159),
    row(2, 51, 0.9, 0.0467411114),
    row(2, 52, 0.9, -0.0897609882),
    row(2, 52, 0.95, -0.066375348),
    row(3, 50, 0.9, 0.124862634),
    row(3, 52, 0.95, -0.0523682675),
    row(4, 51, 0.9, -0.068892907),
    row(5, 50, 0.9, 0.0696787459),
    row(5, 51, 0.8, -0.0983161294),
    row(5, 52, 0.8, -0.126741984),
];

fn networks(layers: usize, seed: u32, rate: f64) -> (Network, Network) {
    let dense = random(100, &vec![50; layers], seed).unwrap();
    let pruning = Pruning {
        scope: Scope::Global,
        ..Pruning::magnitude(rate)
    };
    let sparse = prune(&dense, &pruning).unwrap().apply(&dense);
    (dense, sparse)
}

fn solve(dense: &Network, sparse: &Network) -> SearchResult {
    let instance = Instance::maximization(100);
    surrogate(dense, sparse, &instance, &unhurried(), &mut |_| {}).unwrap()
}

#[test]
fn optima_of_pruned_networks() {
    for Published {
        layers,
        seed,
        rate,
        optimum,
    } in ROWS
    {
        let (dense, sparse) = networks(layers, seed, rate);
        let found = solve(&dense, &sparse);
        let value = found.surrogate_objective.unwrap();
        assert!(found.solver_status.is_some_and(Status::is_optimal));
        assert!(
            (value - optimum).abs() <= 1e-5,
            "{layers} layers, seed {seed}, rate {rate}: {value} is not {optimum}"
        );
    }
}

#[test]
fn the_four_exact_values() {
    for (seed, rate, optimum) in [
        (50, 0.95, 0.0829831071),
        (51, 0.95, 0.0598892173),
        (50, 0.9, 0.1005351592),
    ] {
        let (dense, sparse) = networks(2, seed, rate);
        let value = solve(&dense, &sparse).surrogate_objective.unwrap();
        assert!(
            (value - optimum).abs() <= 1e-6,
            "seed {seed}, rate {rate}: {value}"
        );
    }
    let (dense, sparse) = networks(2, 50, 0.95);
    let found = solve(&dense, &sparse);
    assert_eq!(found.candidates.len(), 1, "the only solution");
    assert!((found.best.unwrap().value - 0.0731584).abs() <= 1e-6);
    assert_eq!(found.verdict, Verdict::Found);
    assert!(
        Activity::of(&sparse).is_constant(),
        "this surrogate has collapsed"
    );
}
