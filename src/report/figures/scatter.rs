//! Figures 1 to 3: the seconds of surrogate runs against those of dense runs.

use std::collections::{BTreeMap, BTreeSet};

use super::super::remarks;
use super::super::words::{rate, share};
use super::seconds;
use crate::dataset::DatasetName;
use crate::document::{Chart, Corner, Figure, Panel, Point};
use crate::experiment::RunRecord;
use crate::experiment::pairs::{
    Decision, ModelTime, Pair, Selection, Series, Variant, count_timed, dataset, instance_seed,
};
use crate::numbers::{Shortest, count, distinct, percent};
use crate::pruning::{Granularity, Method};
use crate::recipe::DenseRecipe;
use crate::search::Verdict;

/// One row of panels.
struct Row<'a> {
    title: String,
    selection: Selection<'a>,
    model_time: ModelTime,
}

/// Figures 1 and 2, and the same for another data set: finetuning, its time counted or not.
pub fn of_dataset(series: &Series, name: DatasetName) -> Option<Figure> {
    let plain = Variant::unstructured(Method::Magnitude);
    let all = series.all.only(|surrogate| {
        let kind = surrogate.variant.before_finetuning() == plain;
        kind && dataset(surrogate.run) == Some(name)
    });
    let mut rows = Vec::new();
    for variant in all.variants() {
        let selection = all.of_variant(&variant);
        let mut add = |title, model_time| {
            let selection = selection.clone();
            rows.push(Row {
                title,
                selection,
                model_time,
            });
        };
        match variant.finetuning {
            None => add(String::from("no finetuning"), ModelTime::NotCounted),
            Some(rounds) => {
                let title = format!("finetuning {rounds}");
                add(format!("{title}, not counted"), ModelTime::NotCounted);
                add(format!("{title}, counted"), ModelTime::Counted);
            }
        }
    }
    let (file, heading) = match name {
        DatasetName::Mnist => ("figure1".to_owned(), "Figure 1"),
        DatasetName::FashionMnist => ("figure2".to_owned(), "Figure 2"),
        DatasetName::Digits => (format!("figure-{name}"), "As Figure 1"),
    };
    let title = format!("{heading}: seconds to an adversarial input of networks trained on {name}");
    scatter(series, file, title, rows, |pair| {
        match &pair.dense.settings.dense {
            DenseRecipe::Trained(trained) => format!("{0} x {0} pixels", trained.side),
            dense => format!("{} inputs", dense.inputs()),
        }
    })
}

/// Figure 3: granularities and methods of pruning, without finetuning.
pub fn of_granularities(series: &Series) -> Option<Figure> {
    let pool = series.pooled();
    let shown = |variant: &Variant| {
        let structured = variant.granularity == Granularity::Structured;
        let random = variant.method == Method::Random;
        variant.finetuning.is_none() && !(structured && random)
    };
    let row = |variant: Variant| Row {
        title: variant.to_string(),
        selection: pool.of_variant(&variant),
        model_time: ModelTime::NotCounted,
    };
    let variants = pool.variants().into_iter().filter(shown);
    let rows = variants.map(row).collect();
    let title = String::from(
        "Figure 3: seconds to an adversarial input for different forms of pruning, not finetuned",
    );
    scatter(series, "figure3".to_owned(), title, rows, |pair| {
        dataset(pair.dense).map_or(String::new(), |name| name.to_string())
    })
}

fn scatter(
    series: &Series,
    name: String,
    title: String,
    rows: Vec<Row>,
    kind: fn(&Pair) -> String,
) -> Option<Figure> {
    let rates = distinct(rows.iter().flat_map(|row| row.selection.rates()));
    if rates.is_empty() {
        return None;
    }
    let pairs = rows.iter().flat_map(|row| &row.selection.pairs);
    let kinds: BTreeSet<String> = pairs.map(kind).collect();
    let kind = |pair: &Pair| kinds.iter().position(|k| *k == kind(pair)).unwrap_or(0);
    let panels = |row| rates.iter().map(|&rate| panel(row, rate, &kind)).collect();
    let chart = Chart {
        title: title.clone(),
        x: seconds("dense network, seconds", series),
        y: seconds("surrogate, seconds", series),
        columns: rates.iter().map(|&r| format!("rate {}", rate(r))).collect(),
        rows: rows.iter().map(|row| row.title.clone()).collect(),
        panels: rows.iter().map(panels).collect(),
        kinds: kinds.iter().cloned().collect(),
        missing: Some(format!(
            "nothing found (solver ended, or limit of {} s); ×n: n instances where neither run found one",
            Shortest(series.limits.time_limit())
        )),
        identity: Some(String::from(
            "equal times; percentages: of the n instances, above and below",
        )),
    };
    let caption = format!(
        "{title} ({}). Across: solving the dense network's MILP; up: solving the surrogate's. Squares at the edges: nothing found, because the solver ended without an adversarial input or was stopped at the time limit. Percentages: of all n instances of a panel, above and below the line of equal times; ties, as where neither run found one, are not counted.",
        series.settings()
    );
    let notes = notes(series, &rows);
    Some(Figure {
        name,
        caption,
        notes,
        chart,
    })
}

fn notes(series: &Series, rows: &[Row]) -> Vec<String> {
    // A selection whose finetuning is counted and not is in two rows: once is enough.
    let is_counted = |row: &&Row| row.model_time == ModelTime::Counted;
    let mut all = Selection::default();
    let mut parts = Vec::new();
    for row in rows.iter().filter(|row| !is_counted(row)) {
        all.pairs.extend(&row.selection.pairs);
        parts.push((row.title.clone(), &row.selection));
    }
    let mut notes = vec![proofs(&all)];
    notes.extend(remarks::of(series.kind, &all));
    notes.extend(remarks::parts_differ(&parts));
    notes.extend(remarks::rates_differ(&parts));
    if rows.iter().any(|row| is_counted(&row)) {
        notes.push(String::from(
            "Finetuning counted: beyond the time limit and at the right edge neither is known to be faster, since the dense run was stopped at the limit; that is a tie.",
        ));
    }
    notes
}

/// Describes the points at the right edge.
fn proofs(all: &Selection) -> String {
    let runs = all.pairs.iter().map(|pair| (&pair.dense.key, pair));
    let runs: BTreeMap<&String, &Pair> = runs.collect();
    let nothing: Vec<_> = runs
        .values()
        .filter(|pair| pair.dense_seconds().is_none())
        .collect();
    let proofs = nothing
        .iter()
        .filter(|pair| pair.dense.outcome.status == Verdict::NoneExists);
    format!(
        "Of {}, {} found nothing (right edge); {} of these proved that there is no adversarial input.",
        count(runs.len(), "dense run"),
        nothing.len(),
        proofs.count()
    )
}

/// The pairs of a row at one rate; the shares of those above and below the line of equal times, and their numbers.
fn panel(row: &Row, rate: f64, kind: &dyn Fn(&Pair) -> usize) -> Panel {
    let pairs = row.selection.of_rate(rate);
    let percent_of = |decision| {
        let count = count_timed(&pairs, decision, row.model_time);
        percent(share(count, pairs.len()).unwrap_or(0.0))
    };
    let point = |pair: &Pair| Point {
        x: pair.dense_seconds(),
        y: pair.surrogate.seconds(row.model_time),
        kind: kind(pair),
        hover: hover(pair, row.model_time),
    };
    let points: Vec<Point> = pairs.iter().map(point).collect();
    if points.is_empty() {
        return Panel {
            notes: vec![(Corner::Middle, String::from("no runs"))],
            ..Panel::default()
        };
    }
    let mut notes = vec![
        (Corner::TopLeft, percent_of(Decision::Dense)),
        (Corner::BottomRight, percent_of(Decision::Surrogate)),
        (Corner::AboveLeft, format!("n = {}", points.len())),
    ];
    let is_neither = |point: &&Point| point.x.is_none() && point.y.is_none();
    match points.iter().filter(is_neither).count() {
        0 => {}
        neither => notes.push((Corner::AboveRight, format!("×{neither}"))),
    }
    Panel {
        points,
        notes,
        ..Panel::default()
    }
}

/// Tooltip of a point: its instance, and the times of the two runs.
fn hover(pair: &Pair, model_time: ModelTime) -> String {
    let described = |seconds: Option<f64>, run: &RunRecord| match seconds {
        Some(seconds) => format!("{seconds:.3} s"),
        None => format!("nothing found ({})", run.outcome.solver_in_words()),
    };
    let surrogate = &pair.surrogate;
    let settings = &pair.dense.settings.dense;
    let name = dataset(pair.dense).map_or(String::new(), |name| name.to_string());
    format!(
        "{name}, {} inputs, hidden {}, seed {}; {}, rate {}; dense {}, surrogate {}; run {}",
        settings.inputs(),
        settings.hidden_text("-"),
        instance_seed(pair.dense),
        surrogate.variant,
        rate(surrogate.rate()),
        described(pair.dense_seconds(), pair.dense),
        described(surrogate.seconds(model_time), surrogate.run),
        surrogate.run.key,
    )
}
