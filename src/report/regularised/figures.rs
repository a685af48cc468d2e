//! Figures: time against error, how many minima are proved within a time, and how widths and gaps are distributed.

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
    let distributions = [
        distribution(
            group,
            (
                "widths",
                "mean width of the bounds",
                "by interval arithmetic over the domain",
            ),
            |network| Some(network.facts.bounds?.mean_width),
        ),
        distribution(
            group,
            (
                "gaps",
                "LP gap",
                "in the scale of the training, of networks whose minimum is proved",
            ),
            |network| network.lp_gap(),
        ),
    ];
    both.chain(distributions.into_iter().flatten()).collect()
}

/// The means of each variant that no other variant is better than in both error and seconds; only of variants whose
/// networks all have a run.
fn pareto(group: &Group, solver: Solver, kind: usize) -> Vec<Point> {
    let mean = |variant: &Variant| {
        let (_, runs) = variant.solved(solver);
        let is_complete = runs == variant.networks.len();
        let both = (variant.mean_squared_error()?, variant.seconds(solver)?);
        is_complete.then(|| (both, variant.name.clone()))
    };
    let mut means: Vec<_> = group.variants.iter().filter_map(mean).collect();
    means.sort_by(|a, b| a.0.0.total_cmp(&b.0.0).then(a.0.1.total_cmp(&b.0.1)));
    let mut least = f64::INFINITY;
    means.retain(|((_, seconds), _)| {
        let is_better = *seconds < least;
        least = least.min(*seconds);
        is_better
    });
    let point = |((error, seconds), name): ((f64, f64), String)| Point {
        x: Some(error),
        y: Some(seconds),
        kind,
        hover: format!("{name}: means"),
    };
    means.into_iter().map(point).collect()
}

/// The share of the networks with at most a certain number, for each kind of regulariser; none without such numbers.
fn distribution(
    group: &Group,
    (name, what, how): (&str, &str, &str),
    of: impl Fn(&Trained) -> Option<f64>,
) -> Option<Figure> {
    let kinds = kinds(group);
    let curve = |(kind, (_, variants)): (usize, &(&str, Vec<&Variant>))| {
        let networks = variants.iter().flat_map(|variant| &variant.networks);
        let mut numbers: Vec<f64> = networks.filter_map(&of).collect();
        numbers.sort_by(f64::total_cmp);
        let share = |count: usize| 100.0 * count as f64 / numbers.len() as f64;
        Curve {
            kind,
            form: Form::Steps,
            values: (1..)
                .zip(&numbers)
                .map(|(count, &number)| (number, share(count)))
                .collect(),
        }
    };
    let curves: Vec<Curve> = kinds.iter().enumerate().map(curve).collect();
    if curves.iter().all(|curve| curve.values.is_empty()) {
        return None;
    }
    let number =
        |((name, _), curve): (&(&str, _), &Curve)| format!("{name} {}", curve.values.len());
    let numbers: Vec<String> = kinds.iter().zip(&curves).map(number).collect();
    let title = format!("{}: {what}", group.name());
    Some(Figure {
        name: name.to_owned(),
        caption: format!(
            "{title}, {how}: share of the networks with at most this value. All strengths of a regulariser together."
        ),
        notes: vec![format!("Networks: {}.", numbers.join(", "))],
        chart: shares(
            title,
            Axis::new(what, Scale::Log { least: 1e-4 }),
            &kinds,
            curves,
        ),
    })
}

/// The share of the networks of each kind, by a number on the axis `x`.
fn shares(title: String, x: Axis, kinds: &[(&str, Vec<&Variant>)], curves: Vec<Curve>) -> Chart {
    Chart {
        title,
        x,
        y: Axis::new("share of the networks", Scale::Percent),
        kinds: kinds.iter().map(|(name, _)| (*name).to_owned()).collect(),
        panels: vec![vec![Panel {
            curves,
            ..Panel::default()
        }]],
        ..Chart::default()
    }
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
    points.extend(pareto(group, solver, kinds.len()));
    let names = kinds.iter().map(|(name, _)| (*name).to_owned());
    let title = format!(
        "{}: seconds against test error ({})",
        group.name(),
        solver.name()
    );
    Figure {
        name: format!("error-{}", index + 1),
        caption: format!(
            "{title}. A point is a network; unsolved runs are at the limit. Pareto front: means over the seeds (geometric ones of the seconds) that no other regulariser or strength is better than in both."
        ),
        notes: Vec::new(),
        chart: Chart {
            title,
            x: Axis::new("test error", Scale::Log { least: 1e-12 }),
            y: seconds(solver),
            kinds: names.chain([String::from("Pareto front")]).collect(),
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
        chart: shares(title, seconds(solver), &kinds, curves),
    }
}
