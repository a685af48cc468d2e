//! Figures: time against error, and how many minima are proved within a time.

use std::collections::BTreeMap;

use super::networks::{Group, Solver, Trained, Variant};
use crate::document::{Axis, Chart, Curve, Figure, Form, Panel, Point, Scale};
use crate::numbers::Shortest;

/// All figures of a group.
pub fn of_group(group: &Group) -> Vec<Figure> {
    let both = group
        .solvers
        .iter()
        .enumerate()
        .flat_map(|(index, &solver)| {
            [
                time_against_error(group, solver, index),
                anytime(group, solver, index),
            ]
        });
    both.collect()
}

fn seconds(solver: Solver) -> Axis {
    let limit = solver.limit();
    Axis::new("seconds", Scale::Log { least: 1e-4 })
        .until(limit, format!("limit of {} s", Shortest(limit)))
}

/// The kinds of regularisers, those without any first, with their variants.
fn kinds<'a>(group: &'a Group) -> Vec<(&'a str, Vec<&'a Variant<'a>>)> {
    let mut kinds: BTreeMap<(bool, &str), Vec<&Variant>> = BTreeMap::new();
    for variant in &group.variants {
        let key = (variant.name != "none", variant.kind.as_str());
        kinds.entry(key).or_default().push(variant);
    }
    let kinds = kinds.into_iter();
    kinds
        .map(|((_, name), variants)| (name, variants))
        .collect()
}

fn time_against_error(group: &Group, solver: Solver, index: usize) -> Figure {
    let kinds = kinds(group);
    let point = |kind: usize, variant: &Variant, network: &Trained| {
        let run = network.run(solver)?;
        Some(Point {
            x: Some(network.facts.errors?.mean_squared),
            y: Some(run.seconds_counted()),
            kind,
            hover: variant.name.clone(),
        })
    };
    let mut points = Vec::new();
    for (kind, (_, variants)) in kinds.iter().enumerate() {
        for variant in variants {
            let networks = variant.networks.iter();
            points.extend(networks.filter_map(|network| point(kind, variant, network)));
        }
    }
    let title = format!(
        "{}: seconds against test error ({})",
        group.name(),
        solver.name()
    );
    Figure {
        name: format!("error-{}", index + 1),
        caption: format!("{title}. A point is a network; unsolved runs are at the limit."),
        notes: Vec::new(),
        chart: Chart {
            title,
            x: Axis::new("test error", Scale::Log { least: 1e-12 }),
            y: seconds(solver),
            kinds: kinds.iter().map(|(name, _)| (*name).to_owned()).collect(),
            panels: vec![vec![Panel {
                points,
                ..Panel::default()
            }]],
            ..Chart::default()
        },
    }
}

fn anytime(group: &Group, solver: Solver, index: usize) -> Figure {
    let kinds = kinds(group);
    let curve = |(kind, (_, variants)): (usize, &(&str, Vec<&Variant>))| {
        let networks = variants.iter().flat_map(|variant| &variant.networks);
        let runs: Vec<_> = networks.filter_map(|network| network.run(solver)).collect();
        let solved = runs.iter().filter(|run| run.is_solved());
        let mut seconds: Vec<f64> = solved.map(|run| run.seconds_counted()).collect();
        seconds.sort_by(f64::total_cmp);
        let share = |count: usize| 100.0 * count as f64 / runs.len().max(1) as f64;
        Curve {
            kind,
            form: Form::Steps,
            values: (1..)
                .zip(seconds)
                .map(|(count, at)| (at, share(count)))
                .collect(),
        }
    };
    let curves = kinds.iter().enumerate().map(curve).collect();
    let title = format!(
        "{}: minima proved within a time ({})",
        group.name(),
        solver.name()
    );
    Figure {
        name: format!("anytime-{}", index + 1),
        caption: format!("{title}. All strengths of a regulariser together."),
        notes: Vec::new(),
        chart: Chart {
            title,
            x: seconds(solver),
            y: Axis::new("share of the networks", Scale::Percent),
            kinds: kinds.iter().map(|(name, _)| (*name).to_owned()).collect(),
            panels: vec![vec![Panel {
                curves,
                ..Panel::default()
            }]],
            ..Chart::default()
        },
    }
}
