//! The built program on built-in data: results of training, pruning and evaluation, output streams, and
//! help. Solving has a module of its own.

use pipeline::network::Layer;

use crate::program::{Scratch, number};
use crate::support::{TRAIN, digits, random_point, rng, trained};
use crate::witness::Layers;

/// The weights in each layer of the network that [`TRAIN`] gives.
const WEIGHTS: [usize; 3] = [784 * 16, 16 * 16, 16 * 10];

/// How many of `n` weights a rate prunes.
fn pruned_of(n: usize, rate: f64) -> usize {
    (rate * n as f64).round_ties_even() as usize
}

fn zeros(layer: &Layer) -> usize {
    layer.weights().iter().filter(|&&w| w == 0.0).count()
}

fn zero_rows(layer: &Layer) -> usize {
    let rows = (0..layer.outputs()).map(|neuron| layer.row(neuron));
    rows.filter(|row| row.iter().all(|&w| w == 0.0)).count()
}

#[test]
fn the_same_seed_trains_the_same_file() {
    for side in [28, 18] {
        let scratch = Scratch::new();
        let train = |seed, name| {
            scratch.json(&format!("{TRAIN} --side {side} --seed {seed} -o {name}"));
            scratch.read(name)
        };
        let first = train(3, "first.safetensors");
        assert_eq!(first, train(3, "again.safetensors"), "side {side}");
        train(4, "other.safetensors");
        let network = scratch.network("first.safetensors");
        assert_eq!(network.sizes(), [side * side, 16, 16, 10]);
        assert_ne!(network, scratch.network("other.safetensors"));
    }
}

#[test]
fn eval_counts_what_the_network_gets_right() {
    let scratch = trained();
    let record = scratch.json("eval dense.safetensors --dataset digits");
    let (layers, test) = (
        Layers::read(&scratch.path("dense.safetensors")),
        digits().test,
    );
    let right = (0..test.len())
        .filter(|&index| layers.class(&test.input(index)) == usize::from(test.labels()[index]));
    let accuracy = right.count() as f64 / test.len() as f64;
    assert!(
        accuracy > 0.7,
        "accuracy {accuracy}: the training taught nothing"
    );
    assert_eq!(number(&record, "accuracy"), accuracy);
    assert_eq!(number(&record, "images"), test.len() as f64);
}

#[test]
fn unstructured_pruning_takes_the_smallest_weights_to_the_rate() {
    let scratch = trained();
    let dense = scratch.network("dense.safetensors");
    for rate in [0.0, 0.3, 0.95] {
        scratch.succeed(&format!("prune dense.safetensors --rate {rate} -o s"));
        let sparse = scratch.network("s");
        for (before, after) in dense.layers().iter().zip(sparse.layers()) {
            assert_eq!(zeros(after), pruned_of(after.weights().len(), rate));
            assert_eq!(before.biases(), after.biases());
            let pairs = before.weights().iter().zip(after.weights());
            let (gone, kept): (Vec<_>, Vec<_>) = pairs.partition(|&(_, &after)| after == 0.0);
            assert!(kept.iter().all(|(before, after)| before == after));
            let largest_gone = gone.iter().map(|(w, _)| w.abs()).fold(0.0, f64::max);
            let smallest_kept = kept.iter().map(|(w, _)| w.abs()).fold(f64::MAX, f64::min);
            assert!(largest_gone <= smallest_kept);
        }
    }
}

#[test]
fn random_pruning_follows_its_seed() {
    let scratch = trained();
    let prune = |seed, name| {
        let line = format!("prune dense.safetensors --rate 0.8 --method random --seed {seed}");
        scratch.succeed(&format!("{line} -o {name}"));
        scratch.network(name)
    };
    let sparse = prune(1, "a");
    assert_eq!(sparse, prune(1, "b"));
    assert_eq!(scratch.read("a"), scratch.read("b"));
    assert_ne!(sparse, prune(2, "c"));
    let kept: Vec<usize> = sparse.layers().iter().map(zeros).collect();
    assert_eq!(kept, WEIGHTS.map(|weights| pruned_of(weights, 0.8)));
}

#[test]
fn global_pruning_meets_the_rate_over_all_layers() {
    let scratch = trained();
    let record = scratch.json("prune dense.safetensors --rate 0.9 --scope global -o s");
    let kept: Vec<usize> = scratch
        .network("s")
        .layers()
        .iter()
        .map(|layer| layer.weights().len() - zeros(layer))
        .collect();
    let all: usize = WEIGHTS.iter().sum();
    assert_eq!(kept.iter().sum::<usize>(), all - pruned_of(all, 0.9));
    let layers = record["layers"].as_array().expect("layers");
    let reported = layers.iter().map(|layer| number(layer, "kept") as usize);
    assert_eq!(reported.collect::<Vec<_>>(), kept);
    assert_eq!(record["collapsed"], false);
}

#[test]
fn structured_pruning_takes_whole_neurons_and_compacts_to_equal_outputs() {
    let scratch = trained();
    let line = "prune dense.safetensors --rate 0.5 --granularity structured";
    scratch.succeed(&format!("{line} -o sparse"));
    let record = scratch.json(&format!("{line} --compact -o small"));
    let (sparse, small) = (scratch.network("sparse"), scratch.network("small"));
    let rows: Vec<usize> = sparse.layers().iter().map(zero_rows).collect();
    assert_eq!(rows, [8, 8, 0], "the output layer is left alone");
    assert_eq!(small.sizes(), [784, 8, 8, 10]);
    assert_eq!(record["sizes"], serde_json::json!([784, 8, 8, 10]));
    let mut rng = rng(21);
    for _ in 0..20 {
        let x = random_point(784, &mut rng);
        for (a, b) in sparse.forward(&x).iter().zip(small.forward(&x)) {
            assert!((a - b).abs() <= 1e-9, "{a} is not {b}");
        }
    }
    scratch.succeed(&format!("{line} --prune-output -o fewer"));
    assert_eq!(zero_rows(scratch.network("fewer").output()), 5);
}

#[test]
fn finetuning_leaves_pruned_weights_at_zero_and_meets_the_rate() {
    let scratch = trained();
    let prune = |rest: &str, name: &str| {
        scratch.succeed(&format!("prune dense.safetensors {rest} -o {name}"));
        scratch.network(name)
    };
    let plain = prune("--rate 0.8", "plain");
    let tuned = prune("--rate 0.8 --finetune 2x1", "tuned");
    assert_eq!(tuned, prune("--rate 0.8 --finetune 2x1", "again"));
    for (layer, weights) in tuned.layers().iter().zip(WEIGHTS) {
        assert_eq!(zeros(layer), pruned_of(weights, 0.8));
    }
    let accuracy = |name: &str| {
        number(
            &scratch.json(&format!("eval {name} --dataset digits")),
            "accuracy",
        )
    };
    assert_ne!(plain, tuned);
    assert!(accuracy("tuned") > accuracy("plain"), "training helps");
    let rows = prune(
        "--rate 0.5 --finetune 2x1 --granularity structured",
        "structured",
    );
    let rows: Vec<usize> = rows.layers().iter().map(zero_rows).collect();
    assert_eq!(rows, [8, 8, 0]);
}

#[test]
fn results_go_to_stdout_and_progress_to_stderr() {
    let scratch = trained();
    scratch.succeed("random --inputs 10 --hidden 5x2 --seed 7 -o regression");
    let verify = "verify --network dense.safetensors --dataset digits --image 5 --epsilon 3";
    for (line, progress) in [
        (
            "train --dataset digits --epochs 1 --hidden 4x1 -o a".to_owned(),
            "epoch 1/1",
        ),
        (
            "prune dense.safetensors --rate 0.5 --finetune 1x1 -o b".to_owned(),
            "epoch 1/1",
        ),
        (
            "random --inputs 3 --hidden 2x2 --seed 1 -o c".to_owned(),
            "",
        ),
        ("eval dense.safetensors --dataset digits".to_owned(), ""),
        (
            format!("solve {verify} --strategy exact --time-limit 5"),
            "model:",
        ),
        (
            "solve maximize --network regression --strategy exact".to_owned(),
            "model:",
        ),
        (format!("export-problem {verify} --format mps -o d"), ""),
    ] {
        let plain = scratch.succeed(&line);
        assert!(!plain.stdout.trim().is_empty(), "{line} says nothing");
        assert!(plain.stderr.contains(progress), "{line}");
        if !progress.is_empty() {
            assert!(!plain.stdout.contains(progress), "{line}");
        }
        scratch.json(&line);
    }
}

#[test]
fn help_explains_every_command_with_an_example() {
    let scratch = Scratch::new();
    scratch.succeed("help");
    for command in [
        "train",
        "random",
        "prune",
        "eval",
        "solve verify",
        "solve maximize",
        "export-problem verify",
        "export-problem maximize",
        "devices",
        "demo",
    ] {
        let help = scratch.succeed(&format!("{command} --help")).stdout;
        let example = format!("Example: pipeline {command}");
        assert!(help.contains(&example), "{command} has no example");
    }
}
