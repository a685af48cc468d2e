//! What can be asked about an image: other centres, any target, a picture; and L-infinity balls beside brute force.

use std::path::{Path, PathBuf};

use pipeline::dataset::{self, DatasetName, Source, Split};
use pipeline::instance::{Distance, ImageQuestion, Instance, Target};
use pipeline::network::Network;
use pipeline::search::{Strategy, Verdict, search};

use crate::brute_force::brute_force;
use crate::program::{Scratch, number};
use crate::support::{digits, random_network, rng, skipped, trained, unhurried};

const VERIFY: &str = "solve verify --network dense.safetensors";

/// Any class is a target where one of them is; the record says which, and the saved input is checked for it.
#[test]
fn any_class_is_a_target() {
    let scratch = trained();
    for (epsilon, optimum) in [(1.0, false), (4.0, false), (12.0, false), (4.0, true)] {
        let rest = if optimum { " --optimum" } else { "" };
        let ask = |target: &str| {
            scratch.json(&format!(
                "{VERIFY} --dataset digits --image 5 --epsilon {epsilon} --target {target}{rest} --save-input x.json --force"
            ))
        };
        let all = ask("all");
        assert_eq!(all["all_targets"], true);
        let label = all["label"].as_u64().expect("a class");
        let each: Vec<_> = (0..10)
            .filter(|target| *target != label)
            .map(|target| ask(&target.to_string()))
            .collect();
        let best = each
            .iter()
            .filter(|record| !record["dense_objective"].is_null());
        let best = best.map(|record| number(record, "dense_objective"));
        let best = best.fold(f64::NEG_INFINITY, f64::max);
        if optimum {
            assert_eq!(all["status"], "optimal", "{all}");
            assert!((number(&all, "dense_objective") - best).abs() < 1e-4);
            assert!(number(&all, "dual_bound") >= best);
        } else {
            let is_found = each.iter().any(|record| record["status"] == "found");
            let expected = if is_found { "found" } else { "none_exists" };
            assert_eq!(all["status"], expected, "{epsilon}: {all}");
        }
        if all["status"] == "found" {
            ask("all");
            let checked = scratch.json("check x.json --network dense.safetensors");
            assert_eq!(checked["holds"], true, "{checked}");
            assert_eq!(checked["target"], all["target"]);
        }
    }
}

/// An image of the test set, and the same image in a file, are the same question.
#[test]
fn centres_are_images_of_either_set_or_files() {
    let scratch = trained();
    let images = digits();
    let image = images.test.input(3);
    scratch.write("x.json", serde_json::to_string(&image).unwrap());
    let words: Vec<String> = image.iter().map(f64::to_string).collect();
    scratch.write("x.txt", words.join("\n"));
    let ask = |centre: &str| {
        let line = format!(
            "{VERIFY} {centre} --epsilon 6 --optimum --seed 1 --save-input {}.found.json",
            centre.len()
        );
        let record = scratch.json(&line);
        let file = format!("{}.found.json", centre.len());
        let checked = scratch.json(&format!("check {file} --network dense.safetensors"));
        assert_eq!(checked["holds"], true, "{centre}: {checked}");
        record
    };
    let of_test = ask("--dataset digits --image 3 --split test");
    assert_eq!(of_test["split"], "test");
    assert_eq!(of_test["class"], images.test.labels()[3]);
    for file in ["--input x.json", "--input x.txt "] {
        let of_file = ask(file);
        assert_eq!(of_file["dense_objective"], of_test["dense_objective"]);
        assert!(of_file["image"].is_null() && of_file["class"].is_null());
    }
    let of_train = ask("--dataset digits --image 3  ");
    assert_eq!(of_train["split"], "train");
    assert_ne!(of_train["dense_objective"], of_test["dense_objective"]);
    scratch.write("short", "0 0.5");
    scratch.write("large", vec!["2"; image.len()].join(" "));
    for (line, named) in [
        (
            "--input short",
            ["short has 2 numbers", "one for each input"],
        ),
        ("--input large", ["entry 0", "[0, 1]"]),
        ("--input nowhere", ["cannot read nowhere", ""]),
        (
            "--dataset digits --image 99999 --split test",
            ["--image is 99999", "test images"],
        ),
    ] {
        scratch.refused(1, &format!("{VERIFY} {line} --epsilon 1"), &named);
    }
    let both = format!("{VERIFY} --input x.txt --dataset digits --image 1 --epsilon 1");
    scratch.refused(2, &both, &["cannot be used with"]);
}

#[test]
fn adversarial_inputs_are_drawn() {
    let scratch = trained();
    let line = |epsilon: u32, rest: &str| {
        format!("{VERIFY} --dataset digits --image 5 --epsilon {epsilon} --save-image x.png {rest}")
    };
    let none = scratch.succeed(&line(1, "--target 3"));
    assert!(none.stderr.contains("x.png"), "{}", none.stderr);
    assert!(!scratch.path("x.png").exists());
    scratch.succeed(&line(20, ""));
    assert!(scratch.read("x.png").starts_with(b"\x89PNG"));
    let onto = line(1, "").replace("x.png", "dense.safetensors");
    scratch.refused(
        1,
        &onto,
        &["--save-image dense.safetensors", "would replace"],
    );
}

/// The verdicts and margins within L-infinity balls around images are those of brute force.
#[test]
fn l_infinity_balls_around_images_equal_brute_force() {
    let near = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let data = std::env::var_os("PIPELINE_DATA_DIR").map_or_else(near, PathBuf::from);
    match dataset::load(DatasetName::Mnist, &Source::Directory(data), &mut |_| {}) {
        Ok(mnist) => compare_with_brute_force(&mnist.train),
        Err(_) => skipped("no MNIST: L-infinity balls around digits alone"),
    }
    compare_with_brute_force(&digits().train);
}

fn compare_with_brute_force(images: &Split) {
    let mut rng = rng(61);
    for (index, epsilon) in [(0, 0.03), (7, 0.05)] {
        let image = images.input(index);
        let network = random_network(&[image.len(), 4, 3, 3], 0.0, &mut rng);
        let question = ImageQuestion {
            image,
            epsilon,
            distance: Distance::LInfinity,
            label: None,
            target: Target::RunnerUp,
            is_strict: false,
        };
        let asked = question.ask(&network, &network).unwrap();
        assert_equals_brute_force(&network, &asked.instances[0]);
    }
}

fn assert_equals_brute_force(network: &Network, instance: &Instance) {
    let best = brute_force(network, instance);
    let expected = match best > 0.0 {
        true => Verdict::Found,
        false => Verdict::NoneExists,
    };
    let optimum = instance.clone().seeking_optimum();
    for strategy in [Strategy::Exact, Strategy::Prove, Strategy::Portfolio] {
        let ask = |instance| search(strategy, network, None, instance, &unhurried(), &mut |_| {});
        assert_eq!(
            ask(instance).unwrap().verdict,
            expected,
            "{strategy}: {best}"
        );
        let found = ask(&optimum).unwrap();
        let value = found.best.expect("an input").value;
        let bound = found.dual_bound.expect("a bound");
        let tolerance = 1e-5 * best.abs().max(1.0);
        assert!(
            (value - best).abs() < tolerance && (bound - best).abs() < tolerance,
            "{strategy}: {value} and {bound} are not {best}"
        );
    }
}

#[test]
fn a_problem_of_several_targets_is_not_written() {
    let scratch: Scratch = trained();
    let line = "export-problem verify --network dense.safetensors --dataset digits --image 5 --epsilon 1 --target all --format lp -o x.lp";
    scratch.refused(1, line, &["--target all", "the number of a class"]);
}
