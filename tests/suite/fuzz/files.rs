//! Files of users: models, images, descriptions.

use std::fs;
use std::path::Path;

use pipeline::dataset::{self, DatasetName, Source};
use pipeline::experiment::{Experiment, plan};
use pipeline::formats::read_model;
use rand::RngExt;

use super::{child, fuzz, mutation};
use crate::program::Scratch;
use crate::support::{gzip, idx, linear, workshop};

/// One case in `WITH_PROGRAM` also runs the built program; of the files that are accepted, one in
/// `WITH_PROGRAM_IF_READ`.
const WITH_PROGRAM: u32 = 40;
const WITH_PROGRAM_IF_READ: u32 = 8;

#[test]
fn models() {
    let whole = workshop();
    let names = ["classifier", "regression", "small"];
    let mut files: Vec<_> = names.iter().map(|name| whole.read(name)).collect();
    files.push(linear(9, 1));
    let scratch = Scratch::new();
    fuzz("models", |rng, path| {
        let (one, other) = (
            rng.random_range(0..files.len()),
            rng.random_range(0..files.len()),
        );
        let bytes = if rng.random_bool(0.5) {
            // A valid header with strange weights.
            mutation::floats(&files[one], rng)
        } else {
            mutation::bytes(&files[one], &files[other], rng)
        };
        fs::write(path, bytes).expect("a written case");
        let is_accepted = read_model(path).is_ok();
        let one_in = if is_accepted {
            WITH_PROGRAM_IF_READ
        } else {
            WITH_PROGRAM
        };
        if rng.random_ratio(1, one_in) {
            fs::copy(path, scratch.path("model")).expect("a copy");
            let lines = [
                "solve maximize --network model --time-limit 1",
                "solve maximize --network model --strategy exact --time-limit 1",
                "solve verify --network model --dataset digits --image 1 --epsilon 1 --time-limit 1",
                "eval model --dataset digits",
                "prune model --rate 0.5 -o pruned",
                "export-problem maximize --network model --format lp -o problem",
            ];
            child::run_line(&scratch, lines[rng.random_range(0..lines.len())])?;
        }
        Ok(is_accepted)
    });
}

/// Models of cases that once failed, with the cause.
#[test]
fn kept_models() {
    let scratch = Scratch::new();
    let verify =
        "solve verify --network model --dataset digits --image 1 --epsilon 1 --time-limit 1";
    let kept: [(&[u8], &str); 1] = [
        // Weights of 1e30: a bound overflowed, and its knapsack never ended.
        (
            include_bytes!("kept/overflowing-relaxation.safetensors"),
            verify,
        ),
    ];
    for (model, line) in kept {
        scratch.write("model", model);
        child::run_line(&scratch, line).expect("an end in time");
    }
}

#[test]
fn images() {
    let scratch = Scratch::new();
    let source = Source::Directory(scratch.path(""));
    let name = "mnist/train-images-idx3-ubyte";
    let labels = idx(&[0x801, 60_000], 60_000);
    let images = idx(&[0x803, 60_000, 28, 28], 60_000 * 784);
    let packed = gzip(&images);
    let test_labels = idx(&[0x801, 10_000], 10_000);
    let test_images = idx(&[0x803, 10_000, 28, 28], 10_000 * 784);
    let start = images[..2_000].to_vec();
    fuzz("images", |rng, path| {
        let _ = fs::remove_dir_all(scratch.path("mnist"));
        let (file, bytes) = match rng.random_range(0..20) {
            // Rarely, because labels are only read after a whole file of images is decompressed.
            0 => {
                scratch.write(&format!("{name}.gz"), &packed);
                for (name, whole) in [
                    ("train-labels-idx1-ubyte", &labels),
                    ("t10k-images-idx3-ubyte", &test_images),
                    ("t10k-labels-idx1-ubyte", &test_labels),
                ] {
                    scratch.write(&format!("mnist/{name}"), whole);
                }
                let (name, whole) = [
                    ("train-labels-idx1-ubyte", &labels),
                    ("t10k-labels-idx1-ubyte", &test_labels),
                ][rng.random_range(0..2)];
                (
                    format!("mnist/{name}"),
                    mutation::bytes(whole, &packed, rng),
                )
            }
            1..=5 => (name.to_owned(), mutation::bytes(&start, &packed, rng)),
            6..=9 => {
                let inner = mutation::bytes(&start, &labels, rng);
                (format!("{name}.gz"), gzip(&inner))
            }
            _ => (format!("{name}.gz"), mutation::bytes(&packed, &start, rng)),
        };
        fs::write(path, &bytes).expect("a written case");
        scratch.write(&file, bytes);
        Ok(dataset::load(DatasetName::Mnist, &source, &mut |_| {}).is_ok())
    });
}

#[test]
fn descriptions() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments");
    let mut files: Vec<Vec<u8>> = Vec::new();
    for entry in fs::read_dir(folder).expect("descriptions") {
        files.push(fs::read(entry.expect("an entry").path()).expect("a description"));
    }
    files.sort();
    let scratch = Scratch::new();
    fuzz("descriptions", |rng, path| {
        let (one, other) = (
            rng.random_range(0..files.len()),
            rng.random_range(0..files.len()),
        );
        let text = mutation::text(&files[one], &files[other], rng);
        fs::write(path, &text).expect("a written case");
        let text = String::from_utf8_lossy(&text);
        let parsed = Experiment::parse(&text);
        let is_accepted = parsed.is_ok();
        if let Ok(experiment) = parsed {
            let again = Experiment::parse(&experiment.to_toml());
            if again.as_ref().ok() != Some(&experiment) {
                return Err(format!("reads back as {again:?}"));
            }
            let _ = plan([&experiment]);
        }
        if rng.random_ratio(1, WITH_PROGRAM) {
            fs::copy(path, scratch.path("grid.toml")).expect("a copy");
            let application = ["verification", "maximization"][rng.random_range(0..2)];
            let line = format!("reproduce {application} --config grid.toml --dry-run");
            child::run_line(&scratch, &line)?;
        }
        Ok(is_accepted)
    });
}
