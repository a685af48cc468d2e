//! Nodes beside brute force: every bound is at least the exact maximum over its part of the region.

use super::expand::Tree;
use super::node::Node;
use super::pseudo_costs::PseudoCosts;
use super::rows::with_rows;
use super::{Event, Exact, Target, prove};
use crate::bounds::relaxation::Relaxation;
use crate::bounds::{Bounds, Phase, linear};
use crate::formulation::{PieceMaximum, Role, exact_maximum};
use crate::instance::{Linear, Region};
use crate::limits::{Limits, StopFlag};
use crate::network::{Network, random};

use std::ops::ControlFlow;

fn limits() -> Limits {
    Limits {
        time_limit: 60.0,
        threads: 1,
        seed: 0,
        stop: StopFlag::default(),
    }
}

/// Small networks over boxes and balls, with and without rows.
fn cases() -> Vec<(Network, Region)> {
    let mut cases = Vec::new();
    for seed in 0..6 {
        let (inputs, hidden): (usize, &[usize]) = match seed % 3 {
            0 => (2, &[4]),
            1 => (3, &[3, 3]),
            _ => (2, &[2, 3, 2]),
        };
        let network = random(inputs, hidden, seed).unwrap();
        let ball = Region::l1_ball(vec![0.4; inputs], 0.5).unwrap();
        let row = Linear {
            inputs: vec![(0, 1.0), (1, -2.0)],
            outputs: Vec::new(),
            constant: 0.125,
        };
        let cut = Region::unit_box(inputs).subject_to(vec![row]).unwrap();
        for region in [Region::unit_box(inputs), ball, cut] {
            cases.push((network.clone(), region));
        }
    }
    cases
}

/// The exact maximum of the output over the part of the region in which `fixed` phases hold, by all patterns of the other
/// unstable neurons; `None` if that part is empty.
fn maximum_over(
    network: &Network,
    region: &Region,
    bounds: &Bounds,
    fixed: &[(usize, usize, bool)],
) -> Option<f64> {
    let mut roles: Vec<Vec<Role>> = bounds.layers()[..network.hidden().len()]
        .iter()
        .map(|layer| layer.iter().map(Role::of).collect())
        .collect();
    for &(layer, neuron, active) in fixed {
        roles[layer][neuron] = Role::Decided {
            active,
            needs_row: true,
        };
    }
    let mut open = Vec::new();
    for (layer, roles) in roles.iter().enumerate() {
        for (neuron, role) in roles.iter().enumerate() {
            if matches!(role, Role::Open(_)) {
                open.push((layer, neuron));
            }
        }
    }
    let mut best: Option<f64> = None;
    for pattern in 0..1_u32 << open.len() {
        for (bit, &(layer, neuron)) in open.iter().enumerate() {
            roles[layer][neuron] = Role::Decided {
                active: pattern >> bit & 1 == 1,
                needs_row: true,
            };
        }
        let piece = exact_maximum(network, region, &roles, &|| false).expect("a small program");
        if let PieceMaximum::At { value, .. } = piece {
            best = Some(best.map_or(value, |best| best.max(value)));
        }
    }
    best
}

#[test]
fn bounds_of_nodes_are_at_least_the_maximum_in_them() {
    let mut nodes_checked = 0;
    for (network, region) in cases() {
        let bounds = linear(&network, &region, &|| false).unwrap();
        let (hidden, output) = bounds.layers().split_at(network.hidden().len());
        let extended = with_rows(&network, &region, hidden);
        let rows = extended
            .as_ref()
            .map_or(&[][..], |extended| &extended.scales);
        let relaxation = match &extended {
            Some(extended) => Relaxation::with_bounds(&extended.network, &region, &extended.bounds),
            None => Relaxation::with_bounds(&network, &region, hidden),
        };
        let target = Target {
            neuron: 0,
            sign: 1.0,
        };
        let tree = Tree::new(&relaxation, target, rows, &|| false);
        let pseudo_costs = PseudoCosts::none(tree.neurons());
        let mut open: Vec<Node> = tree.root(output[0][0].upper()).nodes;
        while let Some(node) = open.pop() {
            nodes_checked += 1;
            let fixed = tree.fixed_phases(&node);
            if let Some(best) = maximum_over(&network, &region, &bounds, &fixed) {
                assert!(
                    node.bound >= best,
                    "{} is below {best}: {network:?} {region:?} {fixed:?}",
                    node.bound
                );
            }
            if node.branching.is_some() {
                let below = tree.expand(vec![node], 1, f64::NEG_INFINITY, &pseudo_costs);
                open.extend(below.into_iter().flat_map(|expansion| expansion.nodes));
            }
        }
    }
    assert!(nodes_checked > 100, "{nodes_checked}");
}

#[test]
fn proofs_end_at_the_maximum() {
    for (network, region) in cases() {
        let bounds = linear(&network, &region, &|| false).unwrap();
        let unstable = bounds.layers().iter().flatten();
        let unstable = unstable.filter(|bound| bound.phase() == Phase::Unstable);
        assert!(unstable.count() <= 12);
        let exact = Exact {
            network: &network,
            rounding: 0.0,
        };
        let best = maximum_over(&network, &region, &bounds, &[]).expect("the region is not empty");
        // What an input reaches, so that the proof has to go on until the bound is near it.
        let mut reached = f64::NEG_INFINITY;
        let mut observer = |event: Event<'_>| {
            if let Event::Point(x) | Event::Optimum(x) = event {
                let x = region.pull_inside(x);
                reached = f64::max(reached, network.forward(&x)[0]);
            }
            ControlFlow::Continue(reached + 1e-9)
        };
        let proof = prove(
            &network,
            &region,
            &bounds,
            exact,
            &limits(),
            &|| false,
            &mut observer,
        );
        assert!(proof.bound >= best, "{} is below {best}", proof.bound);
        assert!(
            proof.bound <= best + 1e-6 && reached >= best - 1e-6,
            "{} and {reached} are not {best}: {network:?} {region:?}",
            proof.bound
        );
    }
}
