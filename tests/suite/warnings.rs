//! Warnings on stderr: images of another data set, misclassified images, training runs that diverged.

use std::path::PathBuf;

use pipeline::formats::{Metadata, ModelFile, Origin, write_model};
use serde_json::Value;

use crate::program::{Scratch, number};
use crate::support::{TRAIN, digits, random_network, rng, skipped, trained};
use crate::witness::Layers;

/// A classifier whose metadata says that it was trained on MNIST.
fn of_mnist(scratch: &Scratch, name: &str) {
    let network = random_network(&[784, 4, 10], 0.0, &mut rng(80));
    let origin = Origin::Trained {
        dataset: "mnist".to_owned(),
        side: 28,
        seed: 0,
        device: "cpu".to_owned(),
        settings: Value::Null,
        regularisers: None,
    };
    let metadata = Some(Metadata::new(&network, origin));
    write_model(&scratch.path(name), &ModelFile { network, metadata }).expect("written");
}

#[test]
fn a_model_of_another_data_set_is_reported() {
    let scratch = trained();
    of_mnist(&scratch, "other");
    scratch.succeed("prune other --rate 0.5 -o sparse");
    let question = "--dataset digits --image 1 --epsilon 0.01";
    for line in [
        "eval other --dataset digits".to_owned(),
        "eval sparse --dataset digits --json".to_owned(),
        "prune other --rate 0.5 --finetune 1x1 --dataset digits -o x".to_owned(),
        format!("solve verify --network other {question}"),
        format!("export-problem verify --network other {question} --format lp -o x"),
        format!("solve verify --network dense.safetensors --surrogate sparse {question}"),
    ] {
        let said = scratch.succeed(&line).stderr;
        assert!(
            said.contains("was trained on mnist, but is used with digits"),
            "{line}: {said}"
        );
    }
    for line in [
        "eval dense.safetensors --dataset digits".to_owned(),
        format!("solve verify --network dense.safetensors {question}"),
    ] {
        let said = scratch.succeed(&line).stderr;
        assert!(!said.contains("was trained on"), "{line}: {said}");
    }
}

#[cfg(unix)]
#[test]
fn files_of_another_data_set_are_reported() {
    let near = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let data = std::env::var_os("PIPELINE_DATA_DIR").map_or_else(near, PathBuf::from);
    let (Ok(mnist), Ok(fashion)) = (
        data.join("mnist").canonicalize(),
        data.join("fashion-mnist").canonicalize(),
    ) else {
        return skipped("no image files");
    };
    let scratch = trained();
    let link = |from: &PathBuf, to: &str| {
        let to = scratch.path(to);
        std::fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
        std::os::unix::fs::symlink(from, to).expect("a link");
    };
    link(&fashion, "swapped/mnist");
    link(&mnist, "right/mnist");
    for file in mnist.read_dir().expect("a folder") {
        let file = file.expect("a file").path();
        let name = file
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let labels = name.starts_with("train-labels");
        let from = if labels { fashion.join(&name) } else { file };
        link(&from, &format!("mixed/mnist/{name}"));
    }
    let said = |folder: &str| {
        let line = format!("eval dense.safetensors --dataset mnist --data-dir {folder}");
        scratch.succeed(&line).stderr
    };
    let swapped = said("swapped");
    assert!(
        swapped.contains("the files in swapped/mnist are those of fashion-mnist"),
        "{swapped}"
    );
    let mixed = said("mixed");
    let one = "in mixed/mnist these files belong to fashion-mnist: train-labels-idx1-ubyte";
    assert!(mixed.contains(one), "{mixed}");
    let right = said("right");
    assert!(!right.contains("files in"), "{right}");
}

#[test]
fn a_misclassified_image_is_reported() {
    let scratch = trained();
    let layers = Layers::read(&scratch.path("dense.safetensors"));
    let images = digits().train;
    let is_right =
        |index: &usize| layers.class(&images.input(*index)) == usize::from(images.labels()[*index]);
    let wrong = (0..images.len())
        .find(|index| !is_right(index))
        .expect("a wrong one");
    let right = (0..images.len()).find(is_right).expect("a right one");
    let solve = |index: usize, rest: &str| {
        let network = "--network dense.safetensors --dataset digits";
        scratch.succeed(&format!(
            "solve verify {network} --image {index} --epsilon 0.01 {rest}"
        ))
    };
    let ran = solve(wrong, "--json");
    let (class, predicted) = (images.labels()[wrong], layers.class(&images.input(wrong)));
    let named = format!(
        "misclassifies image {wrong}: its class in digits is {class}, predicted is {predicted}"
    );
    assert!(ran.stderr.contains(&named), "{}", ran.stderr);
    assert_eq!(ran.json()["correctly_classified"], false);
    assert_eq!(number(&ran.json(), "predicted"), predicted as f64);
    let quiet = solve(right, "").stderr;
    assert!(!quiet.contains("warning"), "{quiet}");
    let other = (layers.class(&images.input(right)) + 1) % 10;
    let said = solve(right, &format!("--label {other}")).stderr;
    assert!(
        said.contains(&format!("the label is class {other}, but")),
        "{said}"
    );
}

#[test]
fn a_diverged_training_run_is_reported() {
    let scratch = trained();
    let ran = scratch.succeed(&format!("{TRAIN} --learning-rate 1e3 -o wild --json"));
    assert!(
        ran.stderr.contains("warning: wild has diverged"),
        "{}",
        ran.stderr
    );
    let record = ran.json();
    assert_eq!(record["diverged"], true);
    assert!(number(&record, "training_loss") > 10.0);
    let ran = scratch.succeed(&format!("{TRAIN} -o tame --json"));
    assert!(!ran.stderr.contains("diverged"), "{}", ran.stderr);
    assert_eq!(ran.json()["diverged"], false);
    assert!(number(&ran.json(), "training_loss") < 2.3);
    let list = format!("{TRAIN} --learning-rate 1e3,1e-3 -o m-{{learning-rate}}");
    let said = scratch.succeed(&list).stderr;
    assert!(
        said.contains("m-1000 has diverged") && !said.contains("m-0.001 has"),
        "{said}"
    );
    let prune = scratch.json("prune dense.safetensors --rate 0.5 --finetune 1x1 -o sparse");
    assert_eq!(prune["diverged"], false);
    assert!(number(&prune, "training_loss") < 2.3);
    let plain = scratch.json("prune dense.safetensors --rate 0.5 -o sparse");
    assert!(plain["training_loss"].is_null());
}
