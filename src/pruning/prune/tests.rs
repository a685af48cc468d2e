//! Published values, exact counts, and properties of pruning masks.

use proptest::prelude::*;

use super::*;
use crate::network::{Activity, Layer, random};
use crate::pruning::Method;

const RATES: [f64; 5] = [0.3, 0.5, 0.8, 0.9, 0.95];

fn settings(method: Method, granularity: Granularity, scope: Scope) -> Pruning {
    Pruning {
        method,
        granularity,
        scope,
        ..Pruning::magnitude(0.5)
    }
}

fn at(rate: f64, pruning: &Pruning) -> Pruning {
    Pruning {
        rate,
        ..pruning.clone()
    }
}

fn global(rate: f64) -> Pruning {
    Pruning {
        scope: Scope::Global,
        ..Pruning::magnitude(rate)
    }
}

fn network(sizes: &[usize], seed: u32) -> Network {
    // `random` adds a single linear output; without it the last layer asked for is linear.
    let layers = random(sizes[0], &sizes[1..], seed).unwrap();
    Network::new(layers.hidden().to_vec()).unwrap()
}

fn pruned_counts(mask: &Mask) -> Vec<usize> {
    let count = |layer: &Vec<bool>| layer.iter().filter(|&&keep| !keep).count();
    mask.layers().iter().map(count).collect()
}

/// Optima of collapsed sparse networks as published (reference figures; solver's objective).
#[test]
fn collapsed_networks_have_the_published_values() {
    for (inputs, hidden, seed, rate, published) in [
        (100, &[50, 50][..], 50, 0.95, 0.0829831071),
        (100, &[50, 50], 51, 0.95, 0.0598892173),
        (100, &[50, 50], 51, 0.9, 0.0467411114),
        (100, &[50, 50], 52, 0.9, -0.0897609882),
        (100, &[200, 200], 52, 0.9, 0.0420688801),
        (100, &[50, 50, 50], 50, 0.95, 0.128043242),
    ] {
        let network = random(inputs, hidden, seed).unwrap();
        let sparse = prune(&network, &global(rate)).unwrap().apply(&network);
        assert!(Activity::of(&sparse).is_constant());
        let value = sparse.forward(&vec![0.5; inputs])[0];
        // Published with nine digits.
        let close = (value - published).abs() < 6e-10;
        assert!(close, "{inputs} {hidden:?} {seed} {rate}: {value}");
    }
}

#[test]
fn kept_weights_are_near_the_published_ones() {
    let mask = prune(&network(&[784, 32, 32, 10], 7), &Pruning::magnitude(0.3)).unwrap();
    // Published: 17561, 716 (+-1), 223 (+-1); ours round to the nearest.
    assert_eq!(mask.kept(), [17562, 717, 224]);
}

#[test]
fn counts_are_exact_at_all_rates() {
    let network = network(&[12, 7, 5], 3);
    let round = |rate: f64, n: usize| (rate * n as f64).round_ties_even() as usize;
    for rate in RATES {
        for method in [Method::Magnitude, Method::Random] {
            let layer = settings(method, Granularity::Unstructured, Scope::Layer);
            let mask = prune(&network, &at(rate, &layer)).unwrap();
            assert_eq!(pruned_counts(&mask), [round(rate, 84), round(rate, 35)]);
            let global = settings(method, Granularity::Unstructured, Scope::Global);
            let mask = prune(&network, &at(rate, &global)).unwrap();
            assert_eq!(pruned_counts(&mask).iter().sum::<usize>(), round(rate, 119));
        }
    }
}

#[test]
fn halves_round_to_even() {
    // 0.5 of 5, of 7 and of 9 weights.
    for (weights, pruned) in [(5, 2), (7, 4), (9, 4)] {
        let layer = Layer::new(weights, vec![1.0; weights], vec![0.0]);
        let network = Network::new(vec![layer]).unwrap();
        let mask = prune(&network, &Pruning::magnitude(0.5)).unwrap();
        assert_eq!(pruned_counts(&mask), [pruned]);
        // All scores are equal: the first ones are pruned.
        assert!(mask.layers()[0][pruned..].iter().all(|&keep| keep));
    }
}

#[test]
fn structured_pruning_takes_the_rows_of_least_norm() {
    let network = Network::new(vec![
        Layer::new(2, vec![1.0, -1.0, 0.25, 0.25, -2.0, 1.0], vec![1.0; 3]),
        Layer::new(3, vec![0.1, -0.1, 0.1, 0.5, 0.25, 0.25], vec![1.0; 2]),
    ])
    .unwrap();
    let structured = settings(Method::Magnitude, Granularity::Structured, Scope::Layer);
    let mask = prune(&network, &at(0.67, &structured)).unwrap();
    let hidden = vec![false, false, false, false, true, true];
    assert_eq!(mask.layers(), [hidden.clone(), vec![true; 6]]);
    assert_eq!(mask.apply(&network).layers()[0].biases(), [1.0; 3]);

    let output_too = Pruning {
        output_rows: OutputRows::Prune,
        ..at(0.67, &structured)
    };
    let mask = prune(&network, &output_too).unwrap();
    let output = vec![false, false, false, true, true, true];
    assert_eq!(mask.layers(), [hidden, output.clone()]);

    // All five rows together, by norm: 0.3 (output), 0.5, 1 (output), 2, 3.
    let global = Pruning {
        scope: Scope::Global,
        ..at(0.4, &output_too)
    };
    let mask = prune(&network, &global).unwrap();
    let hidden = vec![true, true, false, false, true, true];
    assert_eq!(mask.layers(), [hidden, output]);
}

#[test]
fn logits_left_by_output_pruning_are_the_published_ones() {
    let network = network(&[20, 32, 32, 10], 5);
    for (rate, alive) in [(0.3, 7), (0.5, 5), (0.8, 2), (0.9, 1), (0.95, 1)] {
        let pruning = Pruning {
            output_rows: OutputRows::Prune,
            ..at(
                rate,
                &settings(Method::Magnitude, Granularity::Structured, Scope::Layer),
            )
        };
        let sparse = prune(&network, &pruning).unwrap().apply(&network);
        assert_eq!(Activity::of(&sparse).alive_outputs(), alive, "{rate}");
    }
}

#[test]
fn random_masks_depend_on_the_seed_alone() {
    let pruning = settings(Method::Random, Granularity::Unstructured, Scope::Layer);
    let seeded = |seed| Pruning {
        seed,
        ..pruning.clone()
    };
    let (a, b) = (network(&[9, 8, 3], 1), network(&[9, 8, 3], 2));
    let mask = prune(&a, &seeded(4)).unwrap();
    assert_eq!(mask, prune(&b, &seeded(4)).unwrap());
    assert_ne!(mask, prune(&a, &seeded(5)).unwrap());
}

#[test]
fn rates_outside_the_unit_interval_are_refused() {
    for rate in [-0.1, 1.0, f64::NAN, f64::INFINITY] {
        let error = prune(&network(&[2, 2], 1), &Pruning::magnitude(rate));
        assert!(matches!(error, Err(PruningError::Rate { .. })));
    }
}

#[test]
fn a_mask_of_another_shape_is_refused() {
    let mask = Mask::nonzero(&network(&[3, 2], 1));
    let error = prune_further(&network(&[2, 2], 1), &mask, &Pruning::magnitude(0.5));
    assert!(matches!(error, Err(PruningError::MaskShape { .. })));
}

fn prunings() -> impl Strategy<Value = Pruning> {
    let method = prop_oneof![Just(Method::Magnitude), Just(Method::Random)];
    let granularity = prop_oneof![
        Just(Granularity::Unstructured),
        Just(Granularity::Structured)
    ];
    let scope = prop_oneof![Just(Scope::Layer), Just(Scope::Global)];
    let output = prop_oneof![Just(OutputRows::Keep), Just(OutputRows::Prune)];
    let rest = (0.0..1.0, any::<u64>());
    (method, granularity, scope, output, rest).prop_map(|(m, g, s, o, (rate, seed))| Pruning {
        output_rows: o,
        seed,
        ..at(rate, &settings(m, g, s))
    })
}

proptest! {
    /// Later rounds only prune more, even where weights and settings change in between.
    #[test]
    fn later_masks_are_within_earlier_ones(
        first in prunings(),
        second in prunings(),
        sizes in prop::collection::vec(1..9_usize, 2..5),
    ) {
        let (before, after) = (network(&sizes, 1), network(&sizes, 2));
        let earlier = prune(&before, &first).unwrap();
        let later = prune_further(&after, &earlier, &second).unwrap();
        prop_assert!(later.is_within(&earlier));
        let sparse = later.apply(&after);
        for (layer, keep) in sparse.layers().iter().zip(later.layers()) {
            for (&weight, &keep) in layer.weights().iter().zip(keep) {
                prop_assert!(keep || weight.to_bits() == 0);
            }
        }
        // The zeros of the network determine the mask.
        prop_assert_eq!(Mask::nonzero(&sparse), later);
    }

    #[test]
    fn earlier_pruning_counts_towards_the_rate(
        first in prunings(),
        rate in 0.0..1.0,
        sizes in prop::collection::vec(1..9_usize, 2..5),
    ) {
        let unstructured = Pruning { granularity: Granularity::Unstructured, ..first };
        let network = network(&sizes, 1);
        let earlier = prune(&network, &unstructured).unwrap();
        let further = at(rate, &unstructured);
        let later = prune_further(&network, &earlier, &further).unwrap();
        let direct = prune(&network, &further).unwrap();
        let expected = if rate < unstructured.rate { earlier } else { direct };
        prop_assert_eq!(later, expected);
    }

    #[test]
    fn kept_weights_have_the_higher_scores(
        pruning in prunings(),
        sizes in prop::collection::vec(1..9_usize, 2..5),
    ) {
        let pruning = Pruning { granularity: Granularity::Unstructured, ..pruning };
        let network = network(&sizes, 4);
        let mask = prune(&network, &pruning).unwrap();
        let scores = scores(&network, &Mask::nonzero(&network), &pruning);
        let units: Vec<Vec<(f64, bool)>> = scores
            .iter()
            .zip(mask.layers())
            .map(|(scores, keep)| scores.iter().copied().zip(keep.iter().copied()).collect())
            .collect();
        let groups = match pruning.scope {
            Scope::Layer => units,
            Scope::Global => vec![units.concat()],
        };
        for group in groups {
            let score = |kept| group.iter().filter(move |u| u.1 == kept).map(|u| u.0);
            let least_kept = score(true).fold(f64::INFINITY, f64::min);
            let most_pruned = score(false).fold(f64::NEG_INFINITY, f64::max);
            prop_assert!(most_pruned <= least_kept);
        }
    }
}
