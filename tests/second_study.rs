//! A second study beside the paper's experiments: three tasks of its own in a campaign with worker processes, of which
//! `campaign` knows nothing. This file is a program of its own, because the workers are its processes, too.

use std::fmt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use pipeline::campaign::{
    self, Campaign, CampaignEvent, Counts, Kind, Lookup, Record, Stage, Store, StoreError,
    TaskError, Workers, Workplace, check, serve,
};
use pipeline::campaign::{Plan, Task as _};
use pipeline::document::{
    Axis, Block, Chart, Curve, Document, Figure, Form, Panel, Scale, Section, Sheet, Table,
};
use pipeline::limits::StopFlag;
use pipeline::recipe::key;
use serde::{Deserialize, Serialize};

/// A number, or the sum of two numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Task {
    Number(u32),
    Sum(u32, u32),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Value {
    key: String,
    value: u32,
}

impl Record for Value {
    const KIND: &'static Kind = &Kind {
        what: "value",
        folder: "values",
        file: None,
        archive: Some("values.jsonl.gz"),
        check: check::<Self>,
    };

    fn key(&self) -> &str {
        &self.key
    }

    fn fault(&self) -> Option<String> {
        (self.value > 100).then(|| String::from("it is more than 100"))
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "number {number}"),
            Self::Sum(a, b) => write!(f, "sum of {a} and {b}"),
        }
    }
}

impl campaign::Task for Task {
    type Done = Value;

    const STAGES: &'static [Stage] = &[
        Stage {
            name: "numbers",
            tasks: "numbers",
            is_timed: false,
        },
        Stage {
            name: "sums",
            tasks: "sums",
            is_timed: true,
        },
    ];

    fn key(&self) -> String {
        key("stub", self)
    }

    fn stage(&self) -> usize {
        usize::from(matches!(self, Self::Sum(..)))
    }

    fn kind(&self) -> &'static Kind {
        Value::KIND
    }

    fn needs(&self) -> Vec<Self> {
        match *self {
            Self::Number(_) => Vec::new(),
            Self::Sum(a, b) => vec![Self::Number(a), Self::Number(b)],
        }
    }

    fn at_worst(&self) -> Duration {
        Duration::from_secs(1)
    }
}

impl campaign::Done for Value {
    fn key(&self) -> &str {
        &self.key
    }

    fn seconds(&self) -> f64 {
        0.0
    }

    fn keep(&self, store: &Store) -> Result<bool, StoreError> {
        store.add(self)
    }
}

struct Desk(Store);

impl Desk {
    fn value(&self, task: &Task) -> Result<u32, TaskError> {
        match self.0.record::<Value>(&task.key()) {
            Ok(Lookup::Sound(record)) => Ok(record.value),
            other => Err(TaskError::failed(anyhow::anyhow!("{task}: {other:?}"))),
        }
    }

    fn result(&self, task: &Task) -> Result<Value, TaskError> {
        let value = match *task {
            Task::Number(13) => return Err(TaskError::failed(anyhow::anyhow!("bad luck"))),
            Task::Number(number) => number,
            Task::Sum(a, b) => self.value(&Task::Number(a))? + self.value(&Task::Number(b))?,
        };
        let key = task.key();
        Ok(Value { key, value })
    }
}

impl Workplace for Desk {
    type Task = Task;

    fn work(&mut self, tasks: Vec<Task>) -> Vec<Result<Value, TaskError>> {
        tasks.iter().map(|task| self.result(task)).collect()
    }
}

fn open(folder: &Path) -> Store {
    Store::create(folder, &[Value::KIND]).expect("a store")
}

/// Runs the campaign; returns what it counts of each stage.
fn run(folder: &Path, tasks: Vec<Task>) -> Vec<Counts> {
    let (store, plan) = (open(folder), Plan::of(tasks));
    let command = || {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.arg("worker").arg(folder);
        command
    };
    let workers = Workers {
        count: 2,
        threads: 1,
        gpu_workers: 1,
        command: &command,
    };
    let mut campaign = Campaign::new(&store, &workers, StopFlag::default()).expect("a campaign");
    for stage in 0..Task::STAGES.len() {
        let tasks = plan.stage(stage).cloned().collect();
        let mut observer = |_: CampaignEvent| {};
        campaign.make(tasks, &mut observer).expect("a stage");
    }
    let ledger = store.ledger(&[]).expect("a ledger");
    let stages = 0..Task::STAGES.len();
    stages
        .map(|stage| ledger.counts(plan.stage(stage)).expect("counts"))
        .collect()
}

fn three_tasks_are_done_once(folder: &Path) {
    let sum = Task::Sum(2, 3);
    let plan = Plan::of([sum.clone()]);
    assert_eq!(
        plan.tasks(),
        [Task::Number(2), Task::Number(3), sum.clone()]
    );
    let counts = run(folder, vec![sum.clone()]);
    assert_eq!((counts[0].done, counts[1].done), (2, 1));
    let store = open(folder);
    let Ok(Lookup::Sound(record)) = store.record::<Value>(&sum.key()) else {
        panic!("a record");
    };
    assert_eq!(record.value, 5);
    // In the archive they count, too, and nothing is done again.
    assert_eq!(store.pack::<Value>().expect("packed").records, 3);
    let counts = run(folder, vec![sum]);
    assert_eq!((counts[0].done, counts[1].done), (2, 1));
    let loose = std::fs::read_dir(folder.join("values")).expect("a folder");
    assert_eq!(loose.count(), 0);
}

fn a_failure_costs_what_needs_it_alone(folder: &Path) {
    let counts = run(folder, vec![Task::Sum(1, 13), Task::Sum(1, 4)]);
    assert_eq!((counts[0].done, counts[0].failed), (2, 1));
    assert_eq!((counts[1].done, counts[1].failed), (1, 1));
}

/// The report: a table and a figure of the values of these tasks that are done.
fn report(store: &Store, tasks: &[Task]) -> Document {
    let value = |task: &Task| match store.record::<Value>(&task.key()) {
        Ok(Lookup::Sound(record)) => Some((task.to_string(), record.value)),
        _ => None,
    };
    let values: Vec<(String, u32)> = tasks.iter().filter_map(value).collect();
    let sheet = Sheet {
        rows: values
            .iter()
            .map(|(task, value)| vec![task.clone(), value.to_string()])
            .collect(),
        ..Sheet::new(["task", "value"])
    };
    let table = Table {
        name: "values",
        number: Some("Table 1"),
        caption: String::from("Values of the tasks"),
        shown: sheet.clone(),
        words: 1,
        sortable: sheet.clone(),
        data: sheet,
        ..Table::default()
    };
    let bars = (0..)
        .map(f64::from)
        .zip(values.iter().map(|(_, value)| f64::from(*value)));
    let chart = Chart {
        title: String::from("Values of the tasks"),
        x: Axis::new(
            "task",
            Scale::Names(values.iter().map(|(task, _)| task.clone()).collect()),
        ),
        y: Axis::new("value", Scale::Linear),
        kinds: vec![String::from("value")],
        panels: vec![vec![Panel {
            curves: vec![Curve {
                kind: 0,
                form: Form::Bars,
                values: bars.collect(),
            }],
            ..Panel::default()
        }]],
        ..Chart::default()
    };
    let figure = Figure {
        name: String::from("values"),
        caption: String::from("Values of the tasks"),
        notes: Vec::new(),
        chart,
    };
    Document {
        title: String::from("A stub study"),
        introduction: vec![String::from("Numbers and their sums.")],
        sections: vec![Section {
            heading: String::from("Values"),
            slug: String::from("stub"),
            blocks: vec![Block::Table(table), Block::Figure(figure)],
            ..Section::default()
        }],
        ..Document::default()
    }
}

fn its_report_has_a_table_and_a_figure(folder: &Path) {
    let tasks = [Task::Number(2), Task::Number(3), Task::Sum(2, 3)];
    run(folder, tasks.to_vec());
    let output = folder.join("report");
    let written = report(&open(folder), &tasks).write(&output, "REPORT.md");
    let expected = [
        "REPORT.md",
        "index.html",
        "stub-values.csv",
        "stub-values.md",
        "stub-values.png",
        "stub-values.svg",
        "stub-values.tex",
    ];
    assert_eq!(written.expect("a report"), expected);
    let text = |name: &str| std::fs::read_to_string(output.join(name)).expect("a file");
    assert_eq!(
        text("stub-values.csv"),
        "task,value\nnumber 2,2\nnumber 3,3\nsum of 2 and 3,5\n"
    );
    assert!(text("REPORT.md").contains("| sum of 2 and 3 | 5 |"));
    assert!(text("index.html").contains("<td>sum of 2 and 3</td><td>5</td>"));
    assert!(text("stub-values.svg").contains("sum of 2 and 3"));
}

/// A test in an empty folder.
type Test = fn(&Path);

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, word, folder] = &arguments[..]
        && word == "worker"
    {
        serve(Desk(open(Path::new(folder)))).expect("tasks on stdin");
        return;
    }
    let tests: [(&str, Test); 3] = [
        ("three_tasks_are_done_once", three_tasks_are_done_once),
        (
            "a_failure_costs_what_needs_it_alone",
            a_failure_costs_what_needs_it_alone,
        ),
        (
            "its_report_has_a_table_and_a_figure",
            its_report_has_a_table_and_a_figure,
        ),
    ];
    for (name, test) in tests {
        let folder = tempfile::tempdir().expect("a folder");
        test(folder.path());
        println!("test {name} ... ok");
    }
}
