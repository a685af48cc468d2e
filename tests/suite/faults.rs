//! Small networks that once exposed faults: every strategy that proves terminates with correct claims about them.

use std::path::{Path, PathBuf};

use pipeline::formats::read_model;
use pipeline::instance::Instance;
use pipeline::network::{Layer, Network};
use pipeline::search::{SearchResult, Settings, Strategy, Verdict, search};

use crate::program::Scratch;
use crate::support::{skipped, unhurried};

/// The folder with the networks; reports if there is none.
fn folder() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/faults");
    if folder.is_dir() {
        return Some(folder);
    }
    skipped(&format!("no networks in {}", folder.display()));
    None
}

fn network(name: &str) -> Option<Network> {
    let file = folder()?.join(format!("{name}.safetensors"));
    Some(read_model(&file).expect("a model").network)
}

fn maximise(network: &Network, strategy: Strategy) -> SearchResult {
    let settings = Settings {
        time_limit: 30.0,
        ..unhurried()
    };
    let instance = Instance::maximization(network.inputs());
    search(strategy, network, None, &instance, &settings, &mut |_| {}).expect("an answer")
}

/// Each strategy proves the optimum to a relative 1e-5.
fn assert_optimal(network: &Network, optimum: f64, strategies: &[Strategy]) {
    for &strategy in strategies {
        let findings = maximise(network, strategy);
        assert_eq!(findings.verdict, Verdict::Optimal, "{strategy}");
        let (best, bound) = (findings.best.unwrap().value, findings.dual_bound.unwrap());
        let near = |value: f64| (value - optimum).abs() <= 1e-5 * optimum.abs();
        assert!(near(best) && near(bound), "{strategy}: {best}, {bound}");
        assert!(bound >= optimum * (1.0 - 1e-12), "{strategy}: {bound}");
        assert!(findings.failures.is_empty(), "{:?}", findings.failures);
    }
}

#[test]
fn a_proof_does_not_stall() {
    let Some(network) = network("stuck-6-12-12-1-7") else {
        return;
    };
    let strategies = [Strategy::Exact, Strategy::Prove, Strategy::Portfolio];
    assert_optimal(&network, 0.770_925_231_730_8, &strategies);
}

#[test]
fn a_proof_that_none_exists_does_not_stall() {
    let Some(folder) = folder() else { return };
    let file = folder.join("stuck-verify-4-12-12-4.safetensors");
    let scratch = Scratch::new();
    for strategy in ["exact", "prove", "portfolio"] {
        let line = format!(
            "solve verify --network {} --dataset digits --image 30 --epsilon 1 --time-limit 30 --strategy {strategy}",
            file.display()
        );
        assert_eq!(scratch.json(&line)["status"], "none_exists", "{strategy}");
    }
}

#[test]
fn tolerances_are_relative_to_small_outputs() {
    let Some(network) = network("small-outputs") else {
        return;
    };
    let strategies = [Strategy::Exact, Strategy::Prove, Strategy::Portfolio];
    assert_optimal(&network, 1.272_216_053_488_438e-8, &strategies);
}

#[test]
fn large_neurons_that_cancel_cost_neither_the_run_nor_the_proof() {
    let Some(network) = network("cancelling-pair-1e7") else {
        return;
    };
    assert_optimal(
        &network,
        0.018_542_863_835,
        &[Strategy::Prove, Strategy::Portfolio],
    );
    // The solver's tolerances are too large for such weights: a bound, and no claim.
    let exact = maximise(&network, Strategy::Exact);
    assert!(exact.best.is_some() && exact.dual_bound >= Some(0.018_542_863));
}

/// Not merged, since their biases differ: the output depends on the difference of the two.
#[test]
fn large_neurons_that_nearly_cancel_do_not_either() {
    let large = 1e7;
    let layers = vec![
        Layer::new(
            2,
            vec![1.0, -1.0, 1.0, -1.0, 0.5, 1.0],
            vec![-0.2, -0.2 - 1e-7, -0.3],
        ),
        Layer::new(3, vec![large, -large, -1.0], vec![0.0]),
    ];
    let network = Network::new(layers).unwrap();
    for strategy in [Strategy::Prove, Strategy::Portfolio] {
        let findings = maximise(&network, strategy);
        assert_eq!(findings.verdict, Verdict::Optimal, "{strategy}");
        // Where the first two neurons are active and the third is not: large * 1e-7.
        let best = findings.best.unwrap().value;
        assert!((best - 1.0).abs() < 1e-6, "{strategy}: {best}");
    }
}

#[test]
fn steep_steps_are_proved() {
    let Some(network) = network("step-1e8") else {
        return;
    };
    assert_optimal(&network, 1.0, &[Strategy::Prove, Strategy::Portfolio]);
    let exact = maximise(&network, Strategy::Exact);
    assert!(exact.best.unwrap().value == 1.0 && exact.dual_bound >= Some(1.0));
}

#[test]
fn a_network_without_hidden_layers_is_its_own_proof() {
    let Some(network) = network("linear") else {
        return;
    };
    let all = [
        Strategy::Exact,
        Strategy::Gradient,
        Strategy::Prove,
        Strategy::Portfolio,
        Strategy::Relaxation,
    ];
    assert_optimal(&network, 3.5, &all);
}

/// Two outputs that are equal everywhere: no input makes one the larger.
#[test]
fn a_tie_is_no_adversarial_input() {
    let Some(network) = network("constant-tie") else {
        return;
    };
    let inputs = network.inputs();
    let mut ties = 0;
    for label in 0..network.outputs() {
        for target in (0..network.outputs()).filter(|&target| target != label) {
            let outputs = network.output();
            let is_tie = outputs.row(label) == outputs.row(target)
                && outputs.biases()[label] == outputs.biases()[target];
            if !is_tie {
                continue;
            }
            ties += 1;
            let instance = Instance::verification(vec![0.5; inputs], 1.0, label, target).unwrap();
            for strategy in [Strategy::Exact, Strategy::Prove, Strategy::Portfolio] {
                let settings = unhurried();
                let findings = search(strategy, &network, None, &instance, &settings, &mut |_| {});
                assert_eq!(findings.unwrap().verdict, Verdict::NoneExists, "{strategy}");
            }
        }
    }
    assert!(ties > 0, "two outputs are equal");
}
