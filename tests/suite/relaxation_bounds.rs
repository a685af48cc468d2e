//! Bounds of linear relaxations with any slopes, multipliers and fixed phases, beside sampled inputs and the optimum of the
//! linear program of the relaxation.

use pipeline::bounds::relaxation::{Descent, Relaxation};
use pipeline::bounds::{Phase, linear};
use pipeline::formulation::Neuron;
use pipeline::tightening::RelaxationLp;
use rand::RngExt;

use crate::support::{random_network, random_point, random_region, rng, unhurried};

const ROWS: usize = 6;
/// What leaving a phase costs in the linear program.
const PENALTY: f64 = 1e4;

#[test]
fn bounds_exceed_samples_and_the_linear_program() {
    let mut rng = rng(81);
    let (mut attained, mut tight) = (0, 0);
    for case in 0..24 {
        let sizes: &[usize] = [&[3, 6, 1][..], &[4, 5, 5, 1], &[2, 4, 4, 4, 1]][case % 3];
        let network = random_network(sizes, 0.1, &mut rng);
        let region = random_region(sizes[0], &mut rng);
        let bounds = linear(&network, &region, &|| false).unwrap();
        let hidden = &bounds.layers()[..network.hidden().len()];
        let relaxation = Relaxation::with_bounds(&network, &region, hidden);
        let sign = if rng.random_bool(0.5) { 1.0 } else { -1.0 };
        let settings = unhurried().limits(0.0);
        let mut lp = RelaxationLp::new(&network, &region, bounds.layers(), &settings).unwrap();
        // A point, and phases that hold there: some of them are fixed.
        let inside = region.pull_inside(&random_point(sizes[0], &mut rng));
        let preactivations = network.preactivations(&inside);
        let mut fixed = Vec::new();
        let mut batch = relaxation.repeated(0, sign, ROWS);
        for (layer, bounds) in hidden.iter().enumerate() {
            for (neuron, bound) in bounds.iter().enumerate() {
                if bound.phase() != Phase::Unstable {
                    continue;
                }
                let active = preactivations[layer][neuron] > 0.0;
                // The linear program knows no neuron that nothing reads.
                let is_read = lp.embedding().neurons[layer][neuron] != Neuron::Unread;
                let is_fixed = is_read && rng.random_bool(0.3);
                if is_fixed {
                    fixed.push((layer, neuron, active));
                }
                for row in 0..ROWS {
                    let lines = batch.lines_mut(layer);
                    match is_fixed {
                        true => lines.fix(row, neuron, active, rng.random_range(0.0..1.0)),
                        false => lines.set_lower_slope(row, neuron, rng.random_range(0.0..=1.0)),
                    }
                }
            }
        }
        batch.evaluate(&relaxation);
        let mut lowest = batch.values().iter().fold(f64::INFINITY, |a, b| a.min(*b));
        let descent = Descent {
            steps: 60,
            first: 0.3,
        };
        for value in batch.tighten(&relaxation, descent, &|_| false) {
            lowest = lowest.min(value);
        }
        let optimum = lp.maximise((0, sign), &fixed, PENALTY, 10.0).unwrap();
        let optimum = optimum.expect("an optimum");
        assert!(
            lowest >= optimum.bound - 1e-6,
            "{lowest} is below the relaxation's {}: {network:?} {region:?} {fixed:?}",
            optimum.bound
        );
        tight += usize::from(lowest < optimum.bound + 0.05 * (1.0 + optimum.bound.abs()));
        assert_eq!(optimum.row_duals.len(), lp.problem().rows.len());
        assert_eq!(optimum.columns.len(), lp.problem().columns.len());
        let holds = |g: &[Vec<f64>]| {
            let mut fixed = fixed.iter();
            fixed.all(|&(layer, neuron, active)| (g[layer][neuron] > 0.0) == active)
        };
        for _ in 0..300 {
            let step = rng.random_range(0.0..1.0);
            let other = random_point(sizes[0], &mut rng);
            let mixed: Vec<f64> = inside
                .iter()
                .zip(&other)
                .map(|(a, b)| a + step * (b - a))
                .collect();
            let x = region.pull_inside(&mixed);
            let g = network.preactivations(&x);
            if holds(&g) {
                attained += 1;
                let value = sign * g[network.hidden().len()][0];
                assert!(
                    value <= lowest && value <= optimum.bound,
                    "{value} exceeds {lowest}"
                );
            }
        }
    }
    assert!(
        attained > 500 && tight > 12,
        "{attained} inputs, {tight} tight bounds"
    );
}
