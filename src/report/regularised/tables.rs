//! Tables: the networks of one function by regulariser, and the best regulariser of each.

use super::networks::{Group, Solver, Trained, Variant};
use crate::document::{Sheet, Table};
use crate::numbers::{DASH, Decimals};

/// Largest test error of a regularised network, as a multiple of that without, for it to count as equally accurate.
const EQUAL: f64 = 1.25;

/// A column of numbers.
type Column<'a> = (
    String,
    &'static str,
    Box<dyn Fn(&Variant) -> Option<f64> + 'a>,
);

/// All networks of a group, a line for each choice of regularisers.
pub fn of_group(group: &Group) -> Table {
    let columns = columns(group);
    let mut shown = Sheet::new(["regulariser", "networks"].map(str::to_owned));
    let mut data = Sheet::new(["regulariser", "networks"].map(str::to_owned));
    shown
        .header
        .extend(columns.iter().map(|(name, _, _)| name.clone()));
    data.header.clone_from(&shown.header);
    for variant in &group.variants {
        let words = [variant.name.clone(), variant.networks.len().to_string()];
        let numbers: Vec<Option<f64>> = columns.iter().map(|(_, _, of)| of(variant)).collect();
        let texts = numbers.iter().zip(&columns).map(|(number, (_, form, _))| {
            number.map_or(DASH.to_owned(), |number| formatted(number, form))
        });
        shown
            .rows
            .push(words.iter().cloned().chain(texts).collect());
        let exact = numbers
            .iter()
            .map(|number| number.map_or(String::new(), |number| number.to_string()));
        data.rows.push(words.iter().cloned().chain(exact).collect());
    }
    let solvers: Vec<String> = group.solvers.iter().map(|solver| solver.limits()).collect();
    Table {
        name: "networks",
        caption: format!(
            "Networks of {} ({}), means over the seeds",
            group.name(),
            group.training()
        ),
        sortable: shown.clone(),
        shown,
        words: 1,
        data,
        notes: vec![
            String::from(
                "Test error: mean squared error on the test samples, where the targets of the training samples are from 0 to 1. Unstable, width: hidden neurons that may be active or inactive, and the mean width of the bounds on all of them, by interval arithmetic over the domain. LP gap: the minimum less that of the LP relaxation with interval bounds, in the same scale. Regret: the function at the network's minimiser less its own minimum.",
            ),
            format!(
                "Solved: runs that prove the minimum. Seconds: geometric mean, an unsolved run counting as its limit ({}). Nodes: of the branch and bound, as last reported.",
                solvers.join("; ")
            ),
        ],
        ..Table::default()
    }
}

fn columns<'a>(group: &'a Group) -> Vec<Column<'a>> {
    let mean = |of: fn(&Trained) -> Option<f64>| move |variant: &Variant| variant.mean(of);
    let mut columns: Vec<Column> = vec![
        (
            String::from("test error"),
            "e",
            Box::new(|variant| variant.mean_squared_error()),
        ),
        (
            String::from("unstable"),
            "1",
            Box::new(mean(|network| Some(network.facts.bounds?.unstable as f64))),
        ),
        (
            String::from("width"),
            "3",
            Box::new(mean(|network| Some(network.facts.bounds?.mean_width))),
        ),
        (
            String::from("LP gap"),
            "3",
            Box::new(mean(|network| network.lp_gap())),
        ),
        (
            String::from("regret"),
            "3",
            Box::new(mean(|network| network.regret())),
        ),
        (
            String::from("training s"),
            "1",
            Box::new(mean(|network| Some(network.facts.seconds))),
        ),
    ];
    for &solver in &group.solvers {
        let name = solver.name();
        columns.push((
            format!("solved % ({name})"),
            "0",
            Box::new(move |variant| {
                let (solved, all) = variant.solved(solver);
                (all > 0).then(|| 100.0 * solved as f64 / all as f64)
            }),
        ));
        columns.push((
            format!("seconds ({name})"),
            "3",
            Box::new(move |variant| variant.seconds(solver)),
        ));
        columns.push((
            format!("nodes ({name})"),
            "0",
            Box::new(move |variant| variant.mean(|network| network.run(solver)?.nodes())),
        ));
    }
    columns
}

fn formatted(number: f64, form: &str) -> String {
    match form {
        "e" => format!("{number:.2e}"),
        places => Decimals(number, places.parse().unwrap_or(1)).to_string(),
    }
}

/// For each group and solver, the regulariser with the shortest times among those whose test error is at most
/// [`EQUAL`] times that without regularisers.
pub fn best(groups: &[Group]) -> Table {
    let header = [
        "networks",
        "solver",
        "best regulariser",
        "seconds without",
        "seconds with it",
        "speed-up",
        "error ratio",
        "best l1 or l2",
        "its speed-up",
    ];
    let mut shown = Sheet::new(header);
    for group in groups {
        for &solver in &group.solvers {
            shown.rows.extend(line(group, solver));
        }
    }
    Table {
        name: "best",
        caption: format!(
            "The regulariser with the shortest times, among those with a test error of at most {EQUAL} times that without"
        ),
        sortable: shown.clone(),
        data: shown.clone(),
        shown,
        words: 3,
        notes: vec![String::from(
            "Seconds: geometric means over the seeds, an unsolved run counting as the limit, so that speed-ups over networks that are not solved in time are lower bounds. The last two columns: the same for penalties on the weights alone, at their best strength.",
        )],
        ..Table::default()
    }
}

fn line(group: &Group, solver: Solver) -> Option<Vec<String>> {
    let plain = group.plain()?;
    let (without, error) = (plain.seconds(solver)?, plain.mean_squared_error()?);
    let fastest = |is_candidate: &dyn Fn(&Variant) -> bool| {
        let accurate = group.variants.iter().filter(|variant| {
            let ratio = variant.mean_squared_error().map(|own| own / error);
            is_candidate(variant) && ratio.is_some_and(|ratio| ratio <= EQUAL)
        });
        let timed = accurate.filter_map(|variant| Some((variant.seconds(solver)?, variant)));
        timed.min_by(|a, b| a.0.total_cmp(&b.0))
    };
    let is_of_weights = |variant: &Variant| matches!(variant.kind.as_str(), "l1" | "l2");
    let best = fastest(&|variant| variant.name != "none");
    let of_weights = fastest(&is_of_weights);
    let name = |found: &Option<(f64, &Variant)>| {
        found.map_or(DASH.to_owned(), |(_, variant)| variant.name.clone())
    };
    let number = |value: Option<f64>, places| {
        value.map_or(DASH.to_owned(), |value| Decimals(value, places).to_string())
    };
    let speed_up = |found: &Option<(f64, &Variant)>| found.map(|(seconds, _)| without / seconds);
    let ratio = best.and_then(|(_, variant)| Some(variant.mean_squared_error()? / error));
    Some(vec![
        group.name(),
        solver.name(),
        name(&best),
        number(Some(without), 3),
        number(best.map(|(seconds, _)| seconds), 3),
        number(speed_up(&best), 1),
        number(ratio, 2),
        name(&of_weights),
        number(speed_up(&of_weights), 1),
    ])
}
