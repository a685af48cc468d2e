//! The pictures of a verification series, as the plain data that is drawn.

use super::figure::{AnytimeLine, AnytimePlot, FigureError, Panel, Point, ScatterGrid};
use super::pair::{Decision, ModelTime, Pair};
use super::series::{Kind, Selection, Series, dataset, instance};
use super::tables::{count_timed, pool, rate, share};
use super::variant::Variant;
use crate::dataset::DatasetName;
use crate::experiment::DenseSettings;
use crate::pruning::{Granularity, Method};

/// The most rates in one anytime picture.
const MOST_RATES: usize = 6;

/// A picture of a series.
#[derive(Debug, Clone)]
pub struct Figure {
    /// The name in names of files.
    pub name: String,
    pub caption: String,
    pub drawing: Drawing,
}

/// What is drawn.
#[derive(Debug, Clone)]
pub enum Drawing {
    Scatter(ScatterGrid),
    Anytime(AnytimePlot),
}

/// One row of panels.
struct Row<'a> {
    title: String,
    selection: Selection<'a>,
    model_time: ModelTime,
}

/// What tells points apart by their markers.
struct Markers {
    names: Vec<String>,
    of: fn(&Pair) -> String,
}

/// Every picture of a series that shows something; of maximization there are none.
pub fn figures(series: &Series) -> Vec<Figure> {
    if matches!(series.kind, Kind::Maximization(_)) {
        return Vec::new();
    }
    let mut figures: Vec<Figure> = series
        .all
        .datasets()
        .into_iter()
        .filter_map(|name| of_dataset(series, name))
        .collect();
    figures.extend(of_granularities(series));
    let pool = pool(series);
    for variant in pool.variants() {
        figures.extend(anytime(series, &pool, &variant));
    }
    figures
}

impl Figure {
    /// The picture as SVG.
    pub fn svg(&self) -> Result<String, FigureError> {
        match &self.drawing {
            Drawing::Scatter(grid) => grid.svg(),
            Drawing::Anytime(plot) => plot.svg(),
        }
    }
}

/// Figures 1 and 2, and the like for another data set: finetuning, its time counted or not.
fn of_dataset(series: &Series, name: DatasetName) -> Option<Figure> {
    let plain = Variant::unstructured(Method::Magnitude);
    let all = series.all.only(|surrogate| {
        let kind = surrogate.variant.before_finetuning() == plain;
        kind && dataset(surrogate.run) == Some(name)
    });
    let mut rows = Vec::new();
    for variant in all.variants() {
        let selection = all.only(|surrogate| surrogate.variant == variant);
        let row = |title, model_time| Row {
            title,
            selection: selection.clone(),
            model_time,
        };
        match variant.finetuning {
            None => rows.push(row("no finetuning".into(), ModelTime::NotCounted)),
            Some(rounds) => rows.extend([
                row(
                    format!("finetuning {rounds}, not counted"),
                    ModelTime::NotCounted,
                ),
                row(format!("finetuning {rounds}, counted"), ModelTime::Counted),
            ]),
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
            DenseSettings::Trained { side, .. } => format!("{side} x {side} pixels"),
            DenseSettings::Random { inputs, .. } => format!("{inputs} inputs"),
        }
    })
}

/// Figure 3: what is pruned, and how it is chosen, without finetuning.
fn of_granularities(series: &Series) -> Option<Figure> {
    let pool = pool(series);
    let shown = |variant: &Variant| {
        let structured = variant.granularity == Granularity::Structured;
        let random = variant.method == Method::Random;
        variant.finetuning.is_none() && !(structured && random)
    };
    let row = |variant: Variant| Row {
        title: variant.to_string(),
        selection: pool.only(|surrogate| surrogate.variant == variant),
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
    marker: fn(&Pair) -> String,
) -> Option<Figure> {
    let mut rates: Vec<f64> = rows.iter().flat_map(|row| row.selection.rates()).collect();
    rates.sort_by(f64::total_cmp);
    rates.dedup();
    if rates.is_empty() {
        return None;
    }
    let pairs = rows.iter().flat_map(|row| &row.selection.pairs);
    let mut names: Vec<String> = pairs.map(marker).collect();
    names.sort();
    names.dedup();
    let markers = Markers { names, of: marker };
    let panels = rows.iter().map(|row| {
        let row_panels = rates.iter().map(|&rate| panel(row, rate, &markers));
        row_panels.collect()
    });
    let grid = ScatterGrid {
        title: title.clone(),
        x_label: String::from("dense network, seconds"),
        y_label: String::from("surrogate, seconds"),
        column_titles: rates.iter().map(|&r| format!("rate {}", rate(r))).collect(),
        row_titles: rows.iter().map(|row| row.title.clone()).collect(),
        panels: panels.collect(),
        markers: markers.names.clone(),
        limit: series.limits.time_limit,
    };
    let caption = format!(
        "{title} ({}). Across: solving the dense network's MILP; up: solving the surrogate's. Points at the edges: nothing found within the time limit. Percentages: of all instances, above and below the line of equal times; ties are not counted.",
        series.settings()
    );
    Some(Figure {
        name,
        caption,
        drawing: Drawing::Scatter(grid),
    })
}

fn panel(row: &Row, rate: f64, markers: &Markers) -> Panel {
    let pairs = row.selection.of_rate(rate);
    let percent = |decision| {
        let count = count_timed(&pairs, decision, row.model_time);
        share(count, pairs.len()).unwrap_or(0.0)
    };
    let point = |pair: &Pair| {
        let name = (markers.of)(pair);
        Point {
            x: pair.dense_seconds(),
            y: pair.surrogate.seconds(row.model_time),
            marker: markers.names.iter().position(|n| *n == name).unwrap_or(0),
            hover: hover(pair, row.model_time),
        }
    };
    Panel {
        points: pairs.iter().map(point).collect(),
        above: percent(Decision::Dense),
        below: percent(Decision::Surrogate),
    }
}

/// Which instance a point is, and what the two runs took.
fn hover(pair: &Pair, model_time: ModelTime) -> String {
    let seconds = |seconds: Option<f64>| {
        seconds.map_or("nothing found".to_owned(), |seconds| {
            format!("{seconds:.3} s")
        })
    };
    let hidden = pair.dense.settings.dense.hidden();
    let hidden: Vec<_> = hidden.iter().map(usize::to_string).collect();
    let name = dataset(pair.dense).map_or(String::new(), |name| name.to_string());
    format!(
        "{name}, {} inputs, hidden {}, run {}: dense {}, surrogate {}",
        pair.dense.settings.dense.inputs(),
        hidden.join("-"),
        pair.surrogate.run.key,
        seconds(pair.dense_seconds()),
        seconds(pair.surrogate.seconds(model_time))
    )
}

/// How many instances are solved by when: the dense network, and one variant at each rate.
fn anytime(series: &Series, pool: &Selection, variant: &Variant) -> Vec<Figure> {
    let of_variant = pool.only(|surrogate| surrogate.variant == *variant);
    let rates = of_variant.rates();
    let chunks = rates.chunks(MOST_RATES).enumerate();
    let figure = |(part, rates): (usize, &[f64])| {
        let part = match part {
            0 => String::new(),
            later => format!("-{}", later + 1),
        };
        let shown = of_variant.only(|surrogate| rates.contains(&surrogate.rate()));
        let mut lines = vec![dense_line(&shown)];
        lines.extend(rates.iter().map(|&rate| rate_line(&shown, rate)));
        let title = format!("Instances solved within a time: {variant}");
        Figure {
            name: format!("anytime-{}{part}", variant.slug()),
            caption: format!(
                "{title} ({}). Solved: an adversarial input was found.",
                series.settings()
            ),
            drawing: Drawing::Anytime(AnytimePlot {
                title,
                x_label: String::from("seconds"),
                y_label: String::from("share of the instances solved"),
                lines,
                limit: series.limits.time_limit,
            }),
        }
    };
    chunks.map(figure).collect()
}

/// The dense run of each instance once, however many surrogates it is compared with.
fn dense_line(selection: &Selection) -> AnytimeLine {
    let pairs = selection.pairs.iter();
    let dense: std::collections::BTreeMap<String, Option<f64>> = pairs
        .map(|pair| (instance(pair.dense), pair.dense_seconds()))
        .collect();
    AnytimeLine {
        name: String::from("dense"),
        seconds: dense.values().copied().flatten().collect(),
        instances: dense.len(),
    }
}

fn rate_line(selection: &Selection, value: f64) -> AnytimeLine {
    let pairs = selection.of_rate(value);
    let seconds = pairs
        .iter()
        .filter_map(|pair| pair.surrogate.seconds(ModelTime::NotCounted));
    AnytimeLine {
        name: format!("rate {}", rate(value)),
        seconds: seconds.collect(),
        instances: pairs.len(),
    }
}
