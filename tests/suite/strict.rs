//! Strict verification, where the target must exceed all other classes: the folded network is the minimum of the
//! margins, every strategy agrees with brute force, and every input found is of the target's class.

use pipeline::instance::Instance;
use pipeline::network::{Network, argmax};
use pipeline::search::{Strategy, Verdict, search, surrogate};
use rand::RngExt;

use crate::brute_force::{assert_optimum, brute_force, rescaled};
use crate::support::{random_network, random_point, random_verification, rng, unhurried};

const TOLERANCE: f64 = 1e-6;
const STRATEGIES: [Strategy; 3] = [Strategy::Exact, Strategy::Prove, Strategy::Portfolio];

fn least_margin(y: &[f64], target: usize) -> f64 {
    let others = (0..y.len()).filter(|&class| class != target);
    others
        .map(|class| y[target] - y[class])
        .fold(f64::INFINITY, f64::min)
}

#[test]
fn the_folded_network_is_the_least_margin() {
    let mut rng = rng(70);
    for sizes in [
        vec![4, 6, 2],
        vec![4, 6, 3],
        vec![4, 6, 5, 10],
        vec![4, 10],
        vec![3, 5, 11],
    ] {
        for zeros in [0.0, 0.6, 1.0] {
            let network = random_network(&sizes, zeros, &mut rng);
            let instance = random_verification(&network, &mut rng).strict(network.outputs());
            let target = target_of(&instance);
            let folded = instance
                .objective()
                .fold_into(&network, instance.region())
                .unwrap();
            for _ in 0..200 {
                let x = random_point(sizes[0], &mut rng);
                let expected = least_margin(&network.forward(&x), target);
                assert_eq!(
                    instance.objective().value(&x, &network.forward(&x)),
                    expected
                );
                let found = folded.forward(&x)[0];
                assert!((found - expected).abs() <= 1e-12, "{found}, {expected}");
            }
        }
    }
}

#[test]
fn optima_of_strict_problems_equal_brute_force() {
    let mut rng = rng(71);
    for sizes in [
        vec![3, 4, 2],
        vec![4, 7, 3],
        vec![3, 4, 3, 5],
        vec![3, 4],
        vec![3, 5, 10],
    ] {
        for zeros in [0.0, 0.0, 0.5] {
            let network = random_network(&sizes, zeros, &mut rng);
            let instance = random_verification(&network, &mut rng).strict(network.outputs());
            assert_optimum(&network, &instance);
        }
    }
}

/// Every strategy that decides agrees with brute force; none contradicts it.
fn assert_verdict(network: &Network, instance: &Instance, best: f64) -> Verdict {
    let expected = match best > 0.0 {
        true => Verdict::Found,
        false => Verdict::NoneExists,
    };
    let target = target_of(instance);
    for strategy in STRATEGIES {
        let findings =
            search(strategy, network, None, instance, &unhurried(), &mut |_| {}).unwrap();
        assert_eq!(findings.verdict, expected, "{strategy}, optimum {best}");
        if let Some(bound) = findings.dual_bound {
            assert!(bound >= best - TOLERANCE, "{strategy}: {bound}, {best}");
        }
        if expected == Verdict::Found {
            let found = findings.best.expect("an input");
            assert_eq!(argmax(&network.forward(&found.input)), target);
        }
    }
    let settings = unhurried();
    let ascent = search(
        Strategy::Gradient,
        network,
        None,
        instance,
        &settings,
        &mut |_| {},
    )
    .unwrap();
    let possible = [expected, Verdict::NotFound];
    assert!(possible.contains(&ascent.verdict), "{:?}", ascent.verdict);
    expected
}

#[test]
fn strict_verdicts_agree_with_brute_force() {
    let mut rng = rng(72);
    let mut counts = [0; 3];
    for _ in 0..40 {
        let network = random_network(&[4, 4, 3, 4], 0.2, &mut rng);
        let sparse = random_network(&[4, 4, 3, 4], 0.6, &mut rng);
        let lenient = random_verification(&network, &mut rng);
        let instance = lenient.clone().strict(network.outputs());
        let best = brute_force(&network, &instance);
        if best.abs() <= TOLERANCE {
            continue;
        }
        let verdict = assert_verdict(&network, &instance, best);
        counts[0] += usize::from(verdict == Verdict::Found);
        counts[1] += usize::from(verdict == Verdict::NoneExists);
        // The comparison of two classes may have the opposite answer: then a third class exceeds the target.
        let only_lenient = brute_force(&network, &lenient) > TOLERANCE && best < 0.0;
        counts[2] += usize::from(only_lenient);
        let indirect = surrogate(&network, &sparse, &instance, &unhurried(), &mut |_| {}).unwrap();
        if let Some(witness) = indirect.best {
            assert!(witness.value <= best + TOLERANCE);
            assert_eq!(indirect.verdict == Verdict::Found, witness.value > 0.0);
        }
    }
    assert!(counts.iter().all(|&count| count >= 3), "{counts:?}");
}

#[test]
fn strict_verdicts_do_not_depend_on_the_scale_of_neurons() {
    let mut rng = rng(73);
    for _ in 0..10 {
        let network = random_network(&[4, 4, 3, 4], 0.2, &mut rng);
        let instance = random_verification(&network, &mut rng).strict(network.outputs());
        let best = brute_force(&network, &instance);
        if best.abs() < 1e-3 {
            continue;
        }
        let mut powers = || {
            (0..4)
                .map(|_| 10_f64.powi(rng.random_range(-9..=9)))
                .collect()
        };
        let scales: [Vec<f64>; 2] = [powers(), powers()];
        assert_verdict(&rescaled(&network, &scales), &instance, best);
    }
}

/// Too large for brute force: the strategies agree, and no sample contradicts them.
#[test]
fn ten_classes_are_decided_alike_by_all_strategies() {
    let mut rng = rng(74);
    let (mut found, mut none) = (0, 0);
    for _ in 0..12 {
        let network = random_network(&[8, 12, 12, 10], 0.3, &mut rng);
        let instance = random_verification(&network, &mut rng).strict(network.outputs());
        let target = target_of(&instance);
        let exact = search(
            Strategy::Exact,
            &network,
            None,
            &instance,
            &unhurried(),
            &mut |_| {},
        )
        .unwrap();
        let is_decided = matches!(exact.verdict, Verdict::Found | Verdict::NoneExists);
        assert!(is_decided, "{}", exact.verdict);
        let samples = (0..3000).map(|_| instance.region().pull_inside(&random_point(8, &mut rng)));
        let sampled = samples
            .map(|x| least_margin(&network.forward(&x), target))
            .fold(f64::NEG_INFINITY, f64::max);
        if exact.verdict == Verdict::NoneExists {
            assert!(sampled <= 0.0 && sampled <= exact.dual_bound.unwrap());
            none += 1;
        } else {
            found += 1;
        }
        for strategy in [Strategy::Prove, Strategy::Portfolio] {
            let other = search(
                strategy,
                &network,
                None,
                &instance,
                &unhurried(),
                &mut |_| {},
            );
            assert_eq!(other.unwrap().verdict, exact.verdict, "{strategy}");
        }
    }
    assert!(found >= 2 && none >= 2, "{found} found, {none} none");
}

/// The class that must have the largest output.
fn target_of(instance: &Instance) -> usize {
    instance.objective().functions()[0].outputs[0].0
}

/// A tie everywhere: `y1 - y0` is nowhere above zero, but reaches it.
#[test]
fn a_tie_with_one_class_excludes_strict_inputs() {
    use pipeline::network::Layer;
    let network = Network::new(vec![
        Layer::new(2, vec![1.0, 0.0, 0.0, 1.0], vec![0.0, 0.0]),
        Layer::new(2, vec![1.0, 1.0, 1.0, 0.0, 0.0, 1.0], vec![0.0; 3]),
    ])
    .unwrap();
    let question = Instance::verification(vec![0.6, 0.3], 0.5, 0, 1).unwrap();
    for instance in [question.clone(), question.strict(3)] {
        for strategy in [Strategy::Prove, Strategy::Portfolio] {
            let found = search(
                strategy,
                &network,
                None,
                &instance,
                &unhurried(),
                &mut |_| {},
            );
            assert_eq!(found.unwrap().verdict, Verdict::NoneExists, "{strategy}");
        }
    }
}
