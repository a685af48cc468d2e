use super::*;
use proptest::prelude::*;

/// A region of any kind and a point.
fn region_and_point() -> impl Strategy<Value = (Region, Vec<f64>)> {
    (1usize..12).prop_flat_map(|n| {
        let vector = |range| prop::collection::vec(range, n);
        (
            vector(0.0..=1.0),
            0.01..4.0f64,
            vector(-1.0..=2.0),
            prop::collection::vec(0..4_usize, n),
        )
            .prop_map(|(centre, radius, point, group)| {
                let of = |wanted: usize| {
                    let inputs = group.iter().enumerate();
                    let own = inputs.filter(|(_, group)| **group == wanted);
                    own.map(|(input, _)| input).collect()
                };
                let sets = (0..4).map(of).collect();
                (within(centre, radius, Groups::Sets(sets)), point)
            })
    })
}

fn within(centre: Vec<f64>, radius: f64, groups: Groups) -> Region {
    let region = Region::unit_box(centre.len());
    region
        .within(Ball::new(centre, radius, groups).unwrap())
        .unwrap()
}

fn dot(c: &[f64], x: &[f64]) -> f64 {
    c.iter().zip(x).map(|(c, x)| c * x).sum()
}

fn are_near(one: &[f64], other: &[f64]) -> bool {
    one.iter().zip(other).all(|(a, b)| (a - b).abs() < 1e-9)
}

proptest! {
    #[test]
    fn a_point_that_is_pulled_inside_lies_in_the_region((region, x) in region_and_point()) {
        let inside = region.pull_inside(&x);
        prop_assert!(region.contains(&inside));
        prop_assert_eq!(region.pull_inside(&inside), inside.clone());
        let ball = region.ball().unwrap();
        prop_assert!(region.contains(&x) || ball.contains(&region.clamp(&x))
            || ball.distance(&inside) >= ball.radius() * (1.0 - 1e-12));
    }

    #[test]
    fn no_point_of_the_region_is_nearer_than_the_projection((region, x) in region_and_point(), seed in any::<u64>()) {
        let nearest = region.project(&x);
        prop_assert!(are_near(&nearest, &region.pull_inside(&nearest)));
        let far = |point: &[f64]| x.iter().zip(point).map(|(x, p)| (x - p) * (x - p)).sum::<f64>();
        let noise = |k: usize| ((seed >> (k % 60)) % 7) as f64 / 3.0 - 1.0;
        let centre = region.default_point().iter().enumerate();
        let other: Vec<f64> = centre.map(|(k, x)| x + noise(k)).collect();
        let other = region.pull_inside(&other);
        prop_assert!(far(&nearest) <= far(&other) + 1e-9);
        prop_assert!(far(&nearest) <= far(&region.pull_inside(&x)) + 1e-9);
        // The residual makes no acute angle with any direction into the region.
        let left: Vec<f64> = x.iter().zip(&nearest).map(|(x, p)| x - p).collect();
        let best = region.argmax(&left);
        prop_assert!(dot(&left, &best) <= dot(&left, &nearest) + 1e-6);
    }
}

#[test]
fn the_radius_is_spent_on_the_largest_coefficients() {
    let region = Region::l1_ball(vec![0.5, 0.9, 0.5], 0.8).unwrap();
    let x = region.argmax(&[-3.0, 4.0, 1.0]);
    assert!(are_near(&x, &[0.0, 1.0, 0.7]), "{x:?}");
}

#[test]
fn a_group_moves_together_as_long_as_that_is_worth_most() {
    // Together the first two are worth 5 until the second reaches its side, then the first alone is worth 3; the
    // third 4.
    let region = within(
        vec![0.5, 0.9, 0.5],
        0.4,
        Groups::Sets(vec![vec![0, 1], vec![2]]),
    );
    let x = region.argmax(&[-3.0, 2.0, 4.0]);
    assert!(are_near(&x, &[0.4, 1.0, 0.8]), "{x:?}");
}

#[test]
fn a_ball_of_all_inputs_is_a_box() {
    let region = within(vec![0.1, 0.5], 0.3, Groups::All);
    assert!(region.budget().is_none());
    assert_eq!(region.lower()[0], 0.0);
    // The sides are rounded outwards; membership is exact.
    let side = region.upper()[1];
    assert!(side >= 0.8 && side <= 0.8_f64.next_up());
    assert!(region.contains(&region.pull_inside(&[0.0, side])));
    assert!(!region.contains(&[0.0, side.next_up()]));
}

#[test]
fn nan_becomes_the_centre() {
    let region = Region::l1_ball(vec![0.5, 0.25], 0.2).unwrap();
    assert_eq!(region.pull_inside(&[f64::NAN, 0.25]), [0.5, 0.25]);
    assert!(region.contains(&region.pull_inside(&[f64::INFINITY, f64::NEG_INFINITY])));
}

#[test]
fn the_centre_must_be_in_the_box() {
    assert!(matches!(
        Region::l1_ball(vec![0.5, 1.5], 1.0),
        Err(InstanceError::Centre { index: 1, .. })
    ));
    let ball = Ball::new(vec![0.5], 1.0, Groups::Single).unwrap();
    let region = Region::unit_box(2).within(ball);
    assert!(matches!(region, Err(InstanceError::CentreSize { .. })));
}
