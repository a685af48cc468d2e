//! The verification questions side by side: the published one, the paper's, and those between them.

use super::super::published;
use super::super::words::{joined, points, rate, share};
use super::comparison::rates_of;
use super::pooled;
use crate::document::{Emphasis, Sheet, Table};
use crate::experiment::pairs::{
    Decision, Kind, Limits, ModelTime, Pair, Selection, Series, Variant, count,
};
use crate::instance::{Distance, LabelSource};
use crate::numbers::{DASH, Shortest, count as counted, percent};
use crate::pruning::Method;

/// Unstructured magnitude pruning without finetuning, in one series.
struct Question<'a> {
    kind: Kind,
    limits: Limits,
    selection: Selection<'a>,
}

/// What a line says of the pairs at a rate, as a percentage.
type Measure = (&'static str, fn(&[Pair], f64) -> Option<f64>);

const SEARCHED: &str = "faster, image not adversarial";

const MEASURES: [Measure; 4] = [
    ("faster", |pairs, _| {
        share(count(pairs, Decision::Surrogate), pairs.len())
    }),
    ("published", |pairs, rate| {
        let published = published::at(&published::UNSTRUCTURED, rate);
        published.filter(|_| !pairs.is_empty())
    }),
    (SEARCHED, |pairs, _| {
        let wins = searched_wins(pairs)?;
        share(wins, pairs.len())
    }),
    ("dense run finds none", |pairs, _| {
        let none = pairs.iter().filter(|pair| pair.dense_seconds().is_none());
        share(none.count(), pairs.len())
    }),
];

/// The table, and a sentence on each question; `None` if there are not two questions to compare.
pub fn table(all: &[Series]) -> Option<(Table, Vec<String>)> {
    let questions = questions(all);
    if questions.len() < 2 {
        return None;
    }
    let rates = rates_of(questions.iter().map(|question| &question.selection));
    let words = ["question", "MILP", ""].map(str::to_owned);
    let mut shown = Sheet::new(words.into_iter().chain(rates.iter().map(|&r| rate(r))));
    let mut data = Sheet::new([
        "question",
        "milp",
        "measure",
        "rate",
        "percent",
        "instances",
    ]);
    for question in &questions {
        for (measure, of) in question.measures() {
            let cells: Vec<_> = rates.iter().map(|&rate| question.cell(of, rate)).collect();
            let words = [question.name(), question.milp(), measure.to_owned()];
            let texts = cells
                .iter()
                .map(|(share, _)| share.map_or(DASH.to_owned(), percent));
            shown
                .rows
                .push(words.iter().cloned().chain(texts).collect());
            for (rate, (share, instances)) in rates.iter().zip(&cells) {
                let number = share.map_or(String::new(), |share| share.to_string());
                let cell = [rate.to_string(), number, instances.to_string()];
                data.rows.push(words.iter().cloned().chain(cell).collect());
            }
        }
    }
    let table = Table {
        name: "table1",
        number: Some("Table 1, by question"),
        caption: String::from(
            "Percentage of instances for which an adversarial input is found faster with the surrogate, by question and pruning rate (unstructured magnitude pruning, not finetuned)",
        ),
        emphasis: Emphasis::Nothing,
        sortable: shown.clone(),
        shown,
        words: 3,
        data,
        notes: notes(),
        ..Table::default()
    };
    Some((table, questions.iter().map(Question::sentence).collect()))
}

fn notes() -> Vec<String> {
    vec![
        String::from(
            "Published: the paper's Table 1, the same numbers for every question. Percentages are of all instances of the question.",
        ),
        String::from(
            "Faster, image not adversarial: without the surrogates' wins on images that are already adversarial for the dense network, with the surrogate's label and target, before any change. With labels of the dense network there are none. A dash: the records do not say it.",
        ),
        String::from(
            "Dense run finds none: instances for which the solver finds no adversarial input in the dense network's MILP within the limit, so that a surrogate's run is faster if it finds one at all.",
        ),
        published::VERIFICATION.conditions.to_owned(),
    ]
}

/// The published question first, the paper's last.
fn questions<'a>(all: &[Series<'a>]) -> Vec<Question<'a>> {
    let plain = Variant::unstructured(Method::Magnitude);
    let mut questions: Vec<Question> = all
        .iter()
        .filter(|series| matches!(series.kind, Kind::Verification { .. }))
        .map(|series| Question {
            kind: series.kind,
            limits: series.limits,
            selection: series.pooled().of_variant(&plain),
        })
        .filter(|question| !question.selection.pairs.is_empty())
        .collect();
    questions.sort_by_key(|question| (std::cmp::Reverse(question.kind), question.limits));
    questions
}

/// Number of pairs in which the surrogate is faster and the image was not adversarial before any change; `None` if the
/// records do not say whether it was.
fn searched_wins(pairs: &[Pair]) -> Option<usize> {
    let faster = |pair: &Pair| pair.decision(ModelTime::NotCounted) == Decision::Surrogate;
    let wins = pairs.iter().filter(|pair| faster(pair));
    let starts: Option<Vec<bool>> = wins.map(Pair::starts_adversarial).collect();
    Some(starts?.into_iter().filter(|starts| !starts).count())
}

impl Question<'_> {
    fn name(&self) -> String {
        let Kind::Verification { region, labels } = self.kind else {
            unreachable!("verification alone has questions");
        };
        let name = format!("region {region}, labels of the {labels} network");
        match (region, labels) {
            (Distance::Rows, LabelSource::Surrogate) => format!("{name} (published)"),
            (Distance::L1, LabelSource::Dense) => format!("{name} (the paper)"),
            _ => name,
        }
    }

    /// How the MILP is made and solved, as far as it varies.
    fn milp(&self) -> String {
        let limits = &self.limits;
        let mut parts = vec![
            format!("{} bounds", limits.bounds),
            format!("{} s", Shortest(limits.time_limit())),
        ];
        if limits.threads != 1 {
            parts.push(counted(limits.threads as usize, "thread"));
        }
        if limits.solver_seed != 0 {
            parts.push(format!("seed {}", limits.solver_seed));
        }
        parts.join(", ")
    }

    /// With labels of the dense network no image is adversarial before any change.
    fn measures(&self) -> impl Iterator<Item = Measure> {
        let own =
            matches!(self.kind, Kind::Verification { labels, .. } if labels == LabelSource::Dense);
        MEASURES
            .into_iter()
            .filter(move |(name, _)| !own || *name != SEARCHED)
    }

    /// A share at a rate, and the number of instances.
    fn cell(&self, of: fn(&[Pair], f64) -> Option<f64>, rate: f64) -> (Option<f64>, usize) {
        let pairs = self.selection.of_rate(rate);
        (of(&pairs, rate), pairs.len())
    }

    /// How the question's shares compare with the published ones.
    fn sentence(&self) -> String {
        let is_comparable = pooled::is_comparable(&self.selection, &published::VERIFICATION);
        let rates = self.selection.rates().into_iter();
        let parts = rates.map(|value| {
            let pairs = self.selection.of_rate(value);
            let faster = count(&pairs, Decision::Surrogate);
            let ours = share(faster, pairs.len());
            let published = published::at(&published::UNSTRUCTURED, value);
            let difference = ours.zip(published).filter(|_| is_comparable);
            let mut notes: Vec<String> = difference
                .map(|(ours, published)| format!("{} points", points(ours - published)))
                .into_iter()
                .collect();
            let trivial = searched_wins(&pairs).map_or(0, |searched| faster - searched);
            if trivial > 0 {
                notes.push(format!("image adversarial before any change: {trivial}"));
            }
            let notes = match notes.len() {
                0 => String::new(),
                _ => format!(" ({})", joined(notes, "; ")),
            };
            format!("rate {}: {faster} of {}{notes}", rate(value), pairs.len())
        });
        format!(
            "{}, {}. The surrogate is faster in these instances{}: {}.",
            self.name(),
            self.milp(),
            match is_comparable {
                true => " (points from the published share)",
                false => "",
            },
            joined(parts, ", ")
        )
    }
}
