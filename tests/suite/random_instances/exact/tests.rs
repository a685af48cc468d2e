//! Tests of the oracle itself, against optima known by hand and against the values of samples.

use num_rational::BigRational;
use num_traits::{One, Zero};
use pipeline::instance::Instance;
use pipeline::network::{Layer, Network};

use super::super::case::Case;
use super::{Effort, forward, maximum, rational};
use crate::support::{random_network, random_point, random_verification, rng};

const ALL: Effort = Effort {
    programs: 100_000,
    prunes: false,
};

fn best(network: &Network, instance: &Instance, sign: i32) -> BigRational {
    let start = instance.region().default_point();
    let optimum = maximum(network, instance, sign, start, ALL).expect("few patterns");
    let prunes = Effort {
        prunes: true,
        ..ALL
    };
    let again = maximum(network, instance, sign, start, prunes).expect("few patterns");
    assert_eq!(again.value, optimum.value, "pruning skips nothing better");
    let outputs = forward(network, &optimum.at);
    let value = super::enumeration::objective(instance.objective(), &outputs);
    assert_eq!(
        value * BigRational::from_integer(sign.into()),
        optimum.value,
        "the reported input attains the optimum"
    );
    optimum.value
}

fn one_output(layers: Vec<Layer>) -> (Network, Instance) {
    let network = Network::new(layers).unwrap();
    let instance = Instance::maximization(network.inputs());
    (network, instance)
}

/// `relu(k (x - 1/2)) - relu(k (x - 1/2) - 1)` rises from 0 to 1.
#[test]
fn a_steep_step_rises_to_one() {
    for k in [2.0, 1e3, 1e8, 2f64.powi(40)] {
        let (network, instance) = one_output(vec![
            Layer::new(1, vec![k, k], vec![-k / 2.0, -k / 2.0 - 1.0]),
            Layer::new(2, vec![1.0, -1.0], vec![0.0]),
        ]);
        assert_eq!(best(&network, &instance, 1), BigRational::one());
        assert_eq!(best(&network, &instance, -1), BigRational::zero());
    }
}

/// `|x1 - x2|` of the unit square is largest in two corners, and 0 along the diagonal.
#[test]
fn the_distance_of_two_inputs() {
    let (network, instance) = one_output(vec![
        Layer::new(2, vec![1.0, -1.0, -1.0, 1.0], vec![0.0, 0.0]),
        Layer::new(2, vec![1.0, 1.0], vec![0.0]),
    ]);
    assert_eq!(best(&network, &instance, 1), BigRational::one());
    assert_eq!(best(&network, &instance, -1), BigRational::zero());
}

/// The peak of a tent over `[0, 1]` at 1/3, which is not an f64: `min(3x, 3/2 (1 - x))`, whose largest value is 1,
/// written as `3x - relu(9/2 x - 3/2)`.
#[test]
fn an_optimum_between_two_numbers() {
    let (network, instance) = one_output(vec![
        Layer::new(1, vec![3.0, 4.5], vec![0.0, -1.5]),
        Layer::new(2, vec![1.0, -1.0], vec![0.0]),
    ]);
    let start = [0.0];
    let optimum = maximum(&network, &instance, 1, &start, ALL).unwrap();
    assert_eq!(optimum.value, BigRational::one());
    assert_eq!(optimum.at, [BigRational::new(1.into(), 3.into())]);
}

/// Over the ball `|x1 - 1| + |x2 - 1/4| <= 1/2` in the unit square, `y1 - y0 = x2 - x1` is largest on the segment from
/// `x1 = 1, x2 = 3/4` to `x1 = 1/2, x2 = 1/4`, and smallest at `(1, 0)`.
#[test]
fn a_ball_at_the_side_of_the_box() {
    let network = Network::new(vec![Layer::new(2, vec![1.0, 0.0, 0.0, 1.0], vec![0.0; 2])]);
    let network = network.unwrap();
    let instance = Instance::verification(vec![1.0, 0.25], 0.5, 0, 1).unwrap();
    assert_eq!(best(&network, &instance, 1), rational(-0.25));
    assert_eq!(best(&network, &instance, -1), BigRational::one());
}

/// Two layers, by hand: `h = relu(2x - 1)`, `y = relu(h - 1/2) - 2 relu(h - 3/4)` has its largest
/// value at `h = 3/4`.
#[test]
fn two_layers_by_hand() {
    let (network, instance) = one_output(vec![
        Layer::new(1, vec![2.0], vec![-1.0]),
        Layer::new(1, vec![1.0, 1.0], vec![-0.5, -0.75]),
        Layer::new(2, vec![1.0, -2.0], vec![0.0]),
    ]);
    assert_eq!(best(&network, &instance, 1), rational(0.25));
    assert_eq!(best(&network, &instance, -1), BigRational::zero());
}

#[test]
fn no_sample_exceeds_the_optimum_and_the_best_is_above_the_middle() {
    let mut rng = rng(12);
    for sizes in [&[2, 6, 2][..], &[3, 4, 4, 2], &[5, 5, 3, 3, 2]] {
        let network = random_network(sizes, 0.1, &mut rng);
        let instance = random_verification(&network, &mut rng);
        let optimum = best(&network, &instance, 1);
        let value = |x: &[f64]| {
            let x: Vec<_> = x.iter().map(|&x| rational(x)).collect();
            super::enumeration::objective(instance.objective(), &forward(&network, &x))
        };
        let region = instance.region();
        let mut highest = value(region.default_point());
        for _ in 0..300 {
            let x = region.pull_inside(&random_point(sizes[0], &mut rng));
            // A rounded distance may lie within the radius where the true one does not.
            let outside = BigRational::new(1.into(), (1_u64 << 45).into());
            let value = value(&x);
            assert!(value <= &optimum + outside, "{x:?}");
            highest = highest.max(value);
        }
        let lowest = -best(&network, &instance, -1);
        let spread = &optimum - lowest;
        assert!(&optimum - highest < spread / BigRational::from_integer(2.into()));
    }
}

/// On networks of every kind, scales from 1e-9 to 1e9 included.
#[test]
fn pruning_changes_no_optimum() {
    let cases = (0..102).map(Case::new).filter(|case| case.unstable <= 9);
    for case in cases {
        for sign in [1, -1] {
            best(&case.network, &case.instance, sign);
        }
    }
}
