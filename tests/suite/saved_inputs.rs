//! What `--save-input` writes says which question it answers, and `check` finds out whether it does.

use std::fs::{self, File};
use std::process::Stdio;

use serde_json::{Value, json};

use crate::program::{Scratch, number, wait_until};
use crate::support::{linear, model_file, trained};

const VERIFY: &str = "solve verify --network dense.safetensors --dataset digits --image 5";
const CHECK: &str = "check x.json --network dense.safetensors";

/// A folder with a model and `x.json`, an adversarial input.
fn found(rest: &str) -> Scratch {
    let scratch = trained();
    let record = scratch.json(&format!("{VERIFY} --epsilon 30 --save-input x.json {rest}"));
    assert_eq!(record["status"], "found");
    scratch
}

/// Replaces fields of `x.json`; null removes one.
fn change(scratch: &Scratch, fields: &[(&str, Value)]) {
    let mut saved = scratch.json_file("x.json");
    let object = saved.as_object_mut().expect("an object");
    for (field, value) in fields {
        match value {
            Value::Null => object.remove(*field),
            value => object.insert((*field).to_owned(), value.clone()),
        };
    }
    scratch.write("x.json", saved.to_string());
}

#[test]
fn a_saved_input_names_its_question() {
    let scratch = found("--strict");
    let text = scratch.text("x.json");
    let start = text.find(r#""dense_objective""#).expect("an objective");
    assert!(text.starts_with(r#"{"input":["#), "the input comes first");
    assert!(text[..start].ends_with("],"), "the objective comes second");
    let saved = scratch.json_file("x.json");
    for (field, value) in [
        ("region", json!("l1")),
        ("dataset", json!("digits")),
        ("image", json!(5)),
        ("epsilon", json!(30.0)),
        ("strict", json!(true)),
        ("found_class", saved["target"].clone()),
        ("network", json!("dense.safetensors")),
    ] {
        assert_eq!(saved[field], value, "{field}");
    }
    let bytes = scratch.read("dense.safetensors");
    assert_eq!(saved["network_sha256"], pipeline::files::sha256(&bytes));
    assert!(saved["label"].is_number() && saved["label"] != saved["target"]);
}

#[test]
fn an_input_that_was_found_holds() {
    for (rest, asked) in [("", "rather than"), ("--strict", "in f32 too")] {
        let scratch = found(rest);
        let summary = scratch.succeed(CHECK).stdout;
        assert!(summary.contains("holds: an adversarial input"), "{summary}");
        assert!(summary.contains(asked), "{summary}");
        let record = scratch.json(CHECK);
        assert_eq!(record["holds"], true);
        assert_eq!(record["adversarial"], true);
        assert_eq!(record["same_network"], true);
        assert_eq!(record["dense_objective"], record["stored_objective"]);
        let difference = number(&record, "f32_objective") - number(&record, "dense_objective");
        assert!(difference != 0.0 && difference.abs() < 1e-3, "{difference}");
    }
}

#[test]
fn the_best_input_that_is_not_adversarial_holds_as_that() {
    let scratch = trained();
    let line = format!("{VERIFY} --epsilon 0.5 --strategy gradient --save-input x.json");
    assert_ne!(scratch.json(&line)["status"], "found");
    let summary = scratch.succeed(CHECK).stdout;
    assert!(
        summary.contains("holds: an input that is not class"),
        "{summary}"
    );
}

#[test]
fn what_does_not_hold_fails_and_says_why() {
    let tampered = |fields: &[(&str, Value)], complaint: &str| {
        let scratch = found("");
        change(&scratch, fields);
        let ran = scratch.run(CHECK);
        assert_eq!(ran.status.code(), Some(1), "{complaint}");
        assert!(ran.stdout.contains("does not hold"), "{}", ran.stdout);
        assert!(
            ran.stderr.contains(complaint),
            "{complaint}: {}",
            ran.stderr
        );
        let record: Value = serde_json::from_str(&scratch.run(&format!("{CHECK} --json")).stdout)
            .expect("a record also of what does not hold");
        assert_eq!(record["holds"], false);
        assert!(record["faults"].to_string().contains(complaint), "{record}");
    };
    tampered(
        &[("dense_objective", json!(1e6))],
        "field dense_objective is 1000000",
    );
    tampered(&[("epsilon", json!(0.001))], "above epsilon 0.001");
    tampered(&[("found_class", json!(11))], "field found_class is 11");
    let mut outside = found("").json_file("x.json")["input"].clone();
    outside[3] = json!(1.0_f64.next_up());
    tampered(
        &[("input", outside)],
        "entry 3 of the input is 1.0000000000000002",
    );
}

/// The sum of distances, rounded, is at most the radius, but the distance is not.
#[test]
fn the_distance_is_compared_without_rounding() {
    let scratch = Scratch::new();
    let mut weights = vec![0.0; 2 * 784];
    weights[784..].fill(1.0);
    let network = model_file(&vec![
        ("layers.0.weight", vec![2, 784], weights),
        ("layers.0.bias", vec![2], vec![1e-3, 0.0]),
    ]);
    scratch.write("dense.safetensors", network);
    let image = crate::support::digits().train.input(5);
    let mut input = image.clone();
    let dark = (0..784).filter(|&k| image[k] == 0.0);
    dark.take(10).for_each(|k| input[k] = 0.1);
    let objective = input.iter().sum::<f64>() - f64::from(1e-3_f32);
    let saved = |epsilon: f64| {
        json!({
            "input": input, "dense_objective": objective, "dataset": "digits", "image": 5,
            "epsilon": epsilon, "label": 0, "target": 1,
        })
    };
    scratch.write("x.json", saved(1.0).to_string());
    let ran = scratch.run(CHECK);
    assert_eq!(ran.status.code(), Some(1));
    assert!(ran.stderr.contains("above epsilon 1"), "{}", ran.stderr);
    scratch.write("x.json", saved(1.0_f64.next_up()).to_string());
    scratch.succeed(CHECK);
}

#[test]
fn another_network_is_said_to_be_one() {
    let scratch = found("");
    scratch.succeed("prune dense.safetensors --rate 0 -o same");
    let ran = scratch.succeed("check x.json --network same");
    assert!(ran.stderr.contains("sha256 differs"), "{}", ran.stderr);
    scratch.succeed("prune dense.safetensors --rate 0.9 -o other");
    let ran = scratch.run("check x.json --network other");
    assert_eq!(ran.status.code(), Some(1));
    assert!(ran.stderr.contains("sha256 differs"), "{}", ran.stderr);
}

#[test]
fn files_that_are_no_saved_inputs() {
    let scratch = found("");
    let saved = scratch.text("x.json");
    let refused = |text: &str, named: &[&str]| {
        scratch.write("x.json", text);
        let mut named = named.to_vec();
        named.push("x.json");
        scratch.refused(1, CHECK, &named);
    };
    refused("", &["is not a saved input"]);
    refused("{}", &["missing field `input`"]);
    refused(r#"{"input": [1]}"#, &["missing field `dense_objective`"]);
    refused(
        r#"{"input": [1], "dense_objective": 1}"#,
        &["fields dataset, image, epsilon, label and target are missing"],
    );
    refused(
        &saved.replace(r#""image":5,"#, ""),
        &["field image is missing"],
    );
    refused(
        &saved.replace(r#""image":5,"#, r#""image":70000,"#),
        &["field image is 70000"],
    );
    refused(
        &saved.replace(r#""epsilon":30.0"#, r#""epsilon":-1"#),
        &["epsilon is -1"],
    );
    refused(
        &saved.replace(r#"{"input":["#, r#"{"input":[0.5,"#),
        &["has 785 numbers", "784 inputs"],
    );
    scratch.refused(
        1,
        "check nowhere --network dense.safetensors",
        &["cannot read nowhere"],
    );
    scratch.write("x.json", &saved);
    scratch.write("small", linear(9, 10));
    scratch.refused(1, "check x.json --network small", &["x.json"]);
}

#[test]
fn fields_of_another_question_are_refused() {
    let scratch = found("");
    let verification = scratch.json_file("x.json");
    let refused = |saved: &Value, field: &str, value: Value, named: &str| {
        scratch.write("x.json", saved.to_string());
        change(&scratch, &[(field, value)]);
        scratch.refused(1, CHECK, &["x.json", field, named]);
    };
    let belongs = "belongs to an optimum";
    refused(&verification, "subject_to", json!(["1 <= 0"]), belongs);
    refused(&verification, "objective", json!("nonsense"), belongs);
    refused(&verification, "lower", json!([1]), belongs);
    let both = "are both given";
    refused(&verification, "centre", json!(vec![0.0; 784]), both);
    refused(
        &verification,
        "subject_tos",
        json!(["1 <= 0"]),
        "unknown field",
    );
    refused(&verification, "label", json!("x"), "expected an index");
    let maximize = "solve maximize --network dense.safetensors --objective y0 --time-limit 5";
    scratch.succeed(&format!("{maximize} --save-input x.json"));
    let optimum = scratch.json_file("x.json");
    let belongs = "belongs to a verification, or to a box";
    refused(&optimum, "lower", json!(vec![0.9; 784]), belongs);
    refused(&optimum, "split", json!("test"), belongs);
    refused(&optimum, "upper", json!({}), "expected a list");
}

#[test]
fn the_region_is_that_of_the_other_fields() {
    let scratch = found("");
    change(&scratch, &[("region", json!("unit-box"))]);
    scratch.refused(
        1,
        CHECK,
        &["x.json", "field region is unit-box, expected l1"],
    );
}

#[test]
fn maximizations_are_checked_too() {
    let scratch = Scratch::new();
    scratch.succeed("random --inputs 4 --hidden 5x2 --seed 7 -o dense.safetensors");
    scratch.succeed("solve maximize --network dense.safetensors --save-input x.json");
    let saved = scratch.json_file("x.json");
    assert_eq!(saved["region"], "unit-box");
    assert!(saved["label"].is_null() && saved["strict"].is_null());
    let record = scratch.json(CHECK);
    assert_eq!([&record["holds"], &record["in_region"]], [true, true]);
    for field in [("strict", json!(true)), ("found_class", json!(3))] {
        change(&scratch, &[field]);
        scratch.refused(1, CHECK, &["x.json", "verification"]);
        change(
            &scratch,
            &[("strict", Value::Null), ("found_class", Value::Null)],
        );
    }
    // As earlier versions wrote it.
    let (input, value) = (&saved["input"], &saved["dense_objective"]);
    scratch.write(
        "x.json",
        json!({"input": input, "dense_objective": value}).to_string(),
    );
    let record = scratch.json(CHECK);
    assert!(record["same_network"].is_null());
}

#[test]
fn the_input_may_go_to_stdout() {
    let scratch = trained();
    let line = format!("{VERIFY} --epsilon 30 --save-input -");
    let ran = scratch.succeed(&line);
    assert!(ran.json()["input"].is_array());
    assert!(
        ran.stderr.contains("found: an input within 30"),
        "{}",
        ran.stderr
    );
    assert!(!scratch.path("-").exists());
    scratch.refused(1, &format!("{line} --json"), &["--save-input -", "--json"]);
}

#[test]
fn what_was_found_is_said_where_it_cannot_be_saved() {
    let scratch = Scratch::new();
    scratch.succeed("random --inputs 100 --hidden 50x4 --seed 50 -o dense");
    scratch.write("folder/other", "");
    let line = "solve maximize --network dense --time-limit 3 --json --save-input folder/x.json";
    let log = File::create(scratch.path("log")).expect("a log");
    let mut command = scratch.command(line);
    command.stdout(Stdio::piped()).stderr(log);
    let solve = command.spawn().expect("the program starts");
    wait_until(20.0, "the search begins", || {
        scratch.text("log").contains("solving")
    });
    fs::remove_dir_all(scratch.path("folder")).expect("the folder");
    let ended = solve.wait_with_output().expect("its output");
    assert_eq!(ended.status.code(), Some(1));
    assert!(scratch.text("log").contains("cannot write folder/x.json"));
    let record: Value = serde_json::from_slice(&ended.stdout).expect("a record");
    assert_eq!(record["status"], "found");
    assert!(number(&record, "dense_objective").is_finite());
}
