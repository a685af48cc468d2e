//! `runs.csv`: one row per run with everything that a table needs, so that each number of each
//! table can be recomputed from it.

use super::dimension::Dimension;
use crate::document::Sheet;
use crate::experiment::{ModelFacts, QuestionSettings, RunRecord};
use crate::recipe::DenseRecipe;
use crate::training::TrainingSettings;

/// A named cell; empty if it does not apply.
type Field = (&'static str, String);

/// One row per run, in the order given.
pub fn sheet(runs: &[RunRecord]) -> Sheet {
    let mut sheet = Sheet::default();
    for run in runs {
        let (header, row): (Vec<_>, Vec<_>) = fields(run).into_iter().unzip();
        sheet.header = header.into_iter().map(str::to_owned).collect();
        sheet.rows.push(row);
    }
    sheet
}

/// The fields of a run: the same names, in the same order, for every run.
fn fields(run: &RunRecord) -> Vec<Field> {
    let mut fields = vec![("key", run.key.clone())];
    fields.extend(question(run));
    fields.extend(dense(run));
    fields.extend(surrogate(run));
    fields.extend(outcome(run));
    fields.extend(models(run));
    fields.extend(provenance(run));
    fields
}

fn question(run: &RunRecord) -> Vec<Field> {
    let settings = &run.settings;
    let (application, [data_seed, image, epsilon, labels]) = match &settings.question {
        QuestionSettings::Verification {
            data_seed,
            image,
            epsilon,
            labels,
        } => (
            "verification",
            [
                data_seed.to_string(),
                image.to_string(),
                epsilon.to_string(),
                labels.to_string(),
            ],
        ),
        QuestionSettings::Maximization => ("maximization", Default::default()),
    };
    let facts = run.image.as_ref();
    vec![
        ("application", application.to_owned()),
        ("strategy", settings.strategy.to_string()),
        ("time_limit", settings.time_limit.to_string()),
        ("threads", settings.threads.to_string()),
        ("solver_seed", settings.solver_seed.to_string()),
        ("bounds", settings.bounds.to_string()),
        ("data_seed", data_seed),
        ("image", image),
        ("epsilon", epsilon),
        ("labels", labels),
        ("class", text(facts.map(|image| image.class))),
        (
            "correctly_classified",
            text(facts.map(|image| image.correctly_classified)),
        ),
        ("label", text(facts.map(|image| image.label))),
        ("target", text(facts.map(|image| image.target))),
    ]
}

fn dense(run: &RunRecord) -> Vec<Field> {
    let dense = &run.settings.dense;
    let [dataset, side, device, training] = match dense {
        DenseRecipe::Trained(trained) => [
            trained.dataset.to_string(),
            trained.side.to_string(),
            trained.device.to_string(),
            json(&trained.training),
        ],
        DenseRecipe::Random { .. } => [const { String::new() }; 4],
    };
    vec![
        ("dense_key", run.settings.dense_model().key()),
        ("dataset", dataset),
        ("side", side),
        ("inputs", dense.inputs().to_string()),
        ("hidden", dense.hidden_text(" ")),
        ("depth", text(Dimension::Depth.of(dense))),
        ("width", text(Dimension::Width.of(dense))),
        ("dense_seed", dense.seed().to_string()),
        ("device", device),
        ("training", training),
    ]
}

fn surrogate(run: &RunRecord) -> Vec<Field> {
    let settings = run.settings.surrogate.as_ref();
    let pruning = settings.map(|settings| &settings.pruning);
    let finetuning = settings.and_then(|settings| settings.finetuning.as_ref());
    let model = run.settings.surrogate_model();
    vec![
        ("surrogate_key", text(model.map(|model| model.key()))),
        ("rate", text(pruning.map(|p| p.rate))),
        ("method", text(pruning.map(|p| p.method))),
        ("granularity", text(pruning.map(|p| p.granularity))),
        ("scope", text(pruning.map(|p| p.scope))),
        ("output_rows", text(pruning.map(|p| p.output_rows))),
        ("pruning_seed", text(pruning.map(|p| p.seed))),
        ("finetuning_rounds", text(finetuning.map(|f| f.rounds))),
        (
            "finetuning_epochs",
            text(finetuning.map(|f| f.settings.epochs)),
        ),
        ("finetuning_seed", text(finetuning.map(|f| f.seed))),
        ("finetuning", text(finetuning.map(|f| json(&f.settings)))),
    ]
}

fn outcome(run: &RunRecord) -> Vec<Field> {
    let outcome = &run.outcome;
    vec![
        ("status", outcome.status.to_string()),
        ("solver_status", text(outcome.solver_status.as_ref())),
        ("dense_objective", text(outcome.dense_objective)),
        ("surrogate_objective", text(outcome.surrogate_objective)),
        ("dual_bound", text(outcome.dual_bound)),
        ("seconds_to_first", text(outcome.seconds_to_first)),
        ("seconds_to_best", text(outcome.seconds_to_best)),
        ("seconds_total", outcome.seconds_total.to_string()),
        ("solutions", outcome.solutions.to_string()),
        ("binaries", text(outcome.binaries)),
        ("columns", text(outcome.columns)),
        ("rows", text(outcome.rows)),
        ("nonzeros", text(outcome.nonzeros)),
        ("stable_active", text(outcome.stable_active)),
        ("stable_inactive", text(outcome.stable_inactive)),
    ]
}

fn models(run: &RunRecord) -> Vec<Field> {
    let surrogate = run.surrogate.as_ref();
    let of = |fact: fn(&ModelFacts) -> String| text(surrogate.map(fact));
    vec![
        ("dense_sha256", run.dense.sha256.clone()),
        ("dense_accuracy", text(run.dense.accuracy)),
        ("dense_seconds", run.dense.seconds.to_string()),
        ("surrogate_sha256", of(|facts| facts.sha256.clone())),
        ("surrogate_accuracy", of(|facts| text(facts.accuracy))),
        ("surrogate_seconds", of(|facts| facts.seconds.to_string())),
        ("surrogate_kept", of(|facts| list(&facts.kept))),
        (
            "surrogate_alive_outputs",
            of(|facts| facts.alive_outputs.to_string()),
        ),
        (
            "surrogate_collapsed",
            of(|facts| facts.collapsed.to_string()),
        ),
    ]
}

fn provenance(run: &RunRecord) -> Vec<Field> {
    let provenance = &run.provenance;
    let machine = &provenance.machine;
    vec![
        ("version", provenance.version.clone()),
        ("solver", provenance.solver.clone()),
        ("host", machine.host.clone()),
        ("processor", machine.processor.clone()),
        ("cores", machine.cores.to_string()),
        ("memory_gib", machine.memory_gib.to_string()),
        ("system", machine.system.clone()),
        ("workers", provenance.workers.to_string()),
        ("started", provenance.started.clone()),
    ]
}

fn text(value: Option<impl ToString>) -> String {
    value.map_or(String::new(), |value| value.to_string())
}

fn list(numbers: &[usize]) -> String {
    let numbers: Vec<_> = numbers.iter().map(usize::to_string).collect();
    numbers.join(" ")
}

fn json(settings: &TrainingSettings) -> String {
    serde_json::to_string(settings).expect("settings have string keys only")
}
