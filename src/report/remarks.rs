//! Notes that tables and figures share.

use std::collections::{BTreeMap, BTreeSet};

use super::words::joined;
use crate::experiment::ImageFacts;
use crate::experiment::pairs::{
    Decision, Kind, ModelTime, Pair, Selection, count, found, instance, instance_and_rate,
};
use crate::instance::LabelSource;
use crate::numbers;

/// Caveats to the numbers of a selection of a series.
pub fn of(kind: Kind, selection: &Selection) -> Vec<String> {
    let remarks = [
        labels(kind, selection),
        adversarial_images(kind, selection),
        misclassified(kind, selection),
        late(kind, selection),
        without_dense_value(kind, selection),
        repeated(selection),
    ];
    remarks.into_iter().flatten().collect()
}

/// Notes that the named parts rest on different instances.
pub fn parts_differ(parts: &[(String, &Selection)]) -> Option<String> {
    let present = parts.iter().filter(|(_, part)| !part.pairs.is_empty());
    let all: Vec<_> = present
        .map(|(name, part)| (name, part.instances()))
        .collect();
    let differ = all.windows(2).any(|two| two[0].1 != two[1].1);
    let counts = all
        .iter()
        .map(|(name, instances)| format!("{name}: {}", instances.len()));
    differ.then(|| {
        format!(
            "Caution: the rows are about different instances, so they can be compared only in part ({}).",
            joined(counts, "; ")
        )
    })
}

/// Notes the named parts that rest on different instances at different rates.
pub fn rates_differ(parts: &[(String, &Selection)]) -> Option<String> {
    let differing = parts.iter().filter(|(_, part)| {
        let at = |rate| part.only(|surrogate| surrogate.rate() == rate).instances();
        part.rates()
            .into_iter()
            .map(at)
            .collect::<BTreeSet<_>>()
            .len()
            > 1
    });
    let names = joined(differing.map(|(name, _)| name), "; ");
    (!names.is_empty()).then(|| {
        format!(
            "Caution: in these rows the instances differ from rate to rate, so their shares cannot be compared across rates: {names}."
        )
    })
}

fn has_labels_of_surrogate(kind: Kind) -> bool {
    let source = LabelSource::Surrogate;
    matches!(kind, Kind::Verification { labels, .. } if labels == source)
}

/// With labels of the surrogate, the image itself may be an adversarial input.
fn adversarial_images(kind: Kind, selection: &Selection) -> Option<String> {
    let known = |pair: &&Pair| pair.starts_adversarial().is_some();
    let known: Vec<_> = selection.pairs.iter().filter(known).copied().collect();
    if !has_labels_of_surrogate(kind) || known.is_empty() {
        return None;
    }
    let adversarial = |pair: &&Pair| pair.starts_adversarial() == Some(true);
    let adversarial: Vec<_> = known.iter().filter(adversarial).copied().collect();
    Some(format!(
        "In {} of {} the unchanged image is already adversarial for the dense network, with the surrogate's label and target: nothing has to be searched for. Of {} in which the surrogate is faster, {} of this kind.",
        adversarial.len(),
        numbers::count(known.len(), "pair"),
        numbers::count(count(&known, Decision::Surrogate), "pair"),
        are(count(&adversarial, Decision::Surrogate))
    ))
}

fn are(count: usize) -> String {
    match count {
        1 => String::from("1 is"),
        some => format!("{some} are"),
    }
}

/// With labels of the surrogate, the two runs of a pair may answer different questions.
fn labels(kind: Kind, selection: &Selection) -> Option<String> {
    if !has_labels_of_surrogate(kind) || selection.pairs.is_empty() {
        return None;
    }
    let all = numbers::count(selection.pairs.len(), "pair");
    let pairs = selection.pairs.iter().copied();
    let others: Vec<_> = pairs.filter(|pair| !pair.same_question()).collect();
    if others.is_empty() {
        return Some(format!(
            "Labels of the surrogate: in all {all} they equal the dense network's."
        ));
    }
    Some(format!(
        "Caution, trivial wins: in {} of {all} the surrogate's label or target differs from the dense network's. The two runs then answer different questions, and the input that the surrogate's run counts as found may be the image itself, with no change of the class that the dense network predicts. Of {} in which the surrogate is faster, {} of this kind.",
        others.len(),
        numbers::count(count(&selection.pairs, Decision::Surrogate), "pair"),
        are(count(&others, Decision::Surrogate))
    ))
}

/// If the dense network misclassifies the image, the label is not its true class, and the target
/// may be.
fn misclassified(kind: Kind, selection: &Selection) -> Option<String> {
    let runs = selection.pairs.iter().map(|pair| pair.dense);
    let images: BTreeMap<String, &ImageFacts> = runs
        .filter_map(|run| Some((instance(run), run.image.as_ref()?)))
        .filter(|(_, image)| !image.correctly_classified)
        .collect();
    let to_the_truth = images.values().filter(|image| image.target == image.class);
    let labels = match has_labels_of_surrogate(kind) {
        true => String::from(
            "the surrogate's runs take label and target from the surrogate's outputs nevertheless",
        ),
        false => format!(
            "the label is then the class that it predicts. In {} of these the target is the image's true class, so an \"adversarial\" input is one that it classifies correctly",
            to_the_truth.count()
        ),
    };
    (!images.is_empty()).then(|| {
        format!(
            "In {} the dense network misclassifies the image; {labels}.",
            numbers::count(images.len(), "instance")
        )
    })
}

fn late(kind: Kind, selection: &Selection) -> Option<String> {
    let late = selection
        .runs()
        .into_iter()
        .filter(|run| found::is_late(run))
        .count();
    let (what, counts) = match kind {
        Kind::Verification { .. } => ("an adversarial input", "nothing found"),
        Kind::Maximization(_) => ("a better value", "the best value until then"),
    };
    (late > 0).then(|| {
        format!(
            "{} found {what} only after the time limit, which the solver exceeded; that counts as {counts}.",
            numbers::count(late, "run")
        )
    })
}

/// If the dense run has no value at all, any surrogate with one is better, even a constant one.
fn without_dense_value(kind: Kind, selection: &Selection) -> Option<String> {
    if matches!(kind, Kind::Verification { .. }) {
        return None;
    }
    let pairs = selection.pairs.iter().copied();
    let without: Vec<_> = pairs
        .filter(|pair| found::value(pair.dense).is_none())
        .collect();
    let better = |pair: &&Pair| pair.decision(ModelTime::NotCounted) == Decision::Surrogate;
    let trivial: Vec<_> = without.iter().filter(better).collect();
    let collapsed = trivial.iter().filter(|pair| pair.surrogate.facts.collapsed);
    (!without.is_empty()).then(|| {
        format!(
            "Caution: in {} of {} the dense run has no value within the limit, so any value is better. Of {} in which the surrogate is better, {} are of this kind, and in {} of these the surrogate is a constant function, whose optimal input means nothing.",
            without.len(),
            numbers::count(selection.pairs.len(), "pair"),
            numbers::count(count(&selection.pairs, Decision::Surrogate), "pair"),
            trivial.len(),
            collapsed.count()
        )
    })
}

/// Notes that an instance has several surrogates of one kind, which differ in the seed of pruning.
fn repeated(selection: &Selection) -> Option<String> {
    let mut kinds: BTreeMap<_, usize> = BTreeMap::new();
    for pair in &selection.pairs {
        let kind = (instance_and_rate(&pair.surrogate), pair.surrogate.variant);
        *kinds.entry(kind).or_default() += 1;
    }
    let most = kinds.into_values().max()?;
    (most > 1).then(|| {
        format!(
            "An instance has up to {most} surrogates of one kind and rate (several seeds of pruning or finetuning), each counted as a separate instance."
        )
    })
}
