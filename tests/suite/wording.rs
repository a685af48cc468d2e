//! Messages are precise: which class, which network, which number, which option.

use crate::program::{Scratch, run};
use crate::support::{linear, model_file, trained, workshop};

const VERIFY: &str = "solve verify --network dense.safetensors --dataset digits";

/// Output 1 grows with the ink and exceeds output 0 soon; output 2 is larger than both everywhere.
fn third_class_wins() -> Scratch {
    let scratch = Scratch::new();
    let mut weights = vec![0.0; 3 * 784];
    weights[784..2 * 784].fill(0.01);
    let network = model_file(&vec![
        ("layers.0.weight", vec![3, 784], weights),
        ("layers.0.bias", vec![3], vec![1.0, 0.0, 50.0]),
    ]);
    scratch.write("dense.safetensors", network);
    scratch
}

#[test]
fn the_class_of_an_input_that_is_neither_is_named() {
    let scratch = third_class_wins();
    let line = format!("{VERIFY} --image 5 --epsilon 100 --label 0 --target 1");
    let summary = scratch.succeed(&line).stdout;
    assert!(summary.contains("class 1 rather than 0"), "{summary}");
    let class = "class of the input    2, neither 1 nor 0; --strict asks for class 1 itself";
    assert!(summary.contains(class), "{summary}");
    let record = scratch.json(&format!("{line} --save-input x.json"));
    assert_eq!(
        (&record["found_class"], &record["strict"]),
        (&2.into(), &false.into())
    );
    assert_eq!(scratch.json_file("x.json")["found_class"], 2);
    for strategy in ["portfolio", "prove", "exact"] {
        let strict = scratch.json(&format!("{line} --strict --strategy {strategy}"));
        assert_eq!(strict["status"], "none_exists", "{strategy}");
        assert_eq!(strict["strict"], true);
    }
    let summary = scratch.succeed(&format!("{line} --strict")).stdout;
    let proved = "proved that there is no input within 100 of image 5 that is class 1\n";
    assert!(summary.contains(proved), "{summary}");
}

#[test]
fn the_class_of_an_input_of_the_target_is_named() {
    let scratch = trained();
    let found = scratch.succeed(&format!("{VERIFY} --image 5 --epsilon 30 --strict"));
    let record = scratch.json(&format!("{VERIFY} --image 5 --epsilon 30 --strict"));
    let class = format!("class of the input    {}\n", record["target"]);
    assert!(found.stdout.contains(&class), "{}", found.stdout);
    assert_eq!(record["found_class"], record["target"]);
}

#[test]
fn live_lines_name_a_surrogate_only_where_there_is_one() {
    let scratch = trained();
    scratch.succeed("prune dense.safetensors --rate 0.5 -o sparse");
    let verify = format!("{VERIFY} --image 5 --epsilon 30");
    for strategy in ["portfolio", "gradient", "prove", "exact"] {
        let live = scratch
            .succeed(&format!("{verify} --strategy {strategy}"))
            .stderr;
        assert!(live.contains("dense objective +"), "{live}");
        assert!(
            !live.contains("surrogate") && !live.contains("solved network"),
            "{live}"
        );
    }
    let live = scratch
        .succeed(&format!("{verify} --surrogate sparse"))
        .stderr;
    assert!(live.contains("(surrogate "), "{live}");
}

#[test]
fn large_and_small_numbers_have_exponents() {
    let scratch = workshop();
    let verify = "solve verify --network classifier --dataset digits --image 1";
    let summary = scratch.succeed(&format!("{verify} --epsilon 1e308")).stdout;
    assert!(summary.contains("within 1e308 of image 1"), "{summary}");
    assert!(summary.lines().all(|line| line.len() < 200), "{summary}");
    for (line, named) in [
        (format!("{verify} --epsilon -1e308"), "epsilon is -1e308,"),
        (
            format!("{verify} --epsilon 1 --time-limit -1e300"),
            "--time-limit is -1e300,",
        ),
        (
            "prune classifier --rate 1e300 -o x".to_owned(),
            "rate 1e300 is",
        ),
        (
            "train --dataset digits --learning-rate -1e300 -o x".to_owned(),
            "learning_rate is -1e300,",
        ),
    ] {
        scratch.refused(1, &line, &[named]);
    }
    scratch.succeed(&format!("{verify} --epsilon 1 --time-limit 1e308"));
    let tiny = model_file(&vec![
        ("layers.0.weight", vec![1, 1], vec![1e-6]),
        ("layers.0.bias", vec![1], vec![0.0]),
    ]);
    scratch.write("tiny", tiny);
    let summary = scratch
        .succeed("solve maximize --network tiny --strategy exact")
        .stdout;
    assert!(
        summary.contains("e-7") || summary.contains("e-6"),
        "{summary}"
    );
}

/// Clap shows an option set by a variable as required.
#[test]
fn usage_lines_do_not_ask_for_the_data_folder() {
    let scratch = Scratch::new();
    for line in [
        "train -o x",
        "eval x",
        "solve verify",
        "work",
        "prune x -o y",
    ] {
        let mut command = scratch.command(line);
        let ran = run(command.env("PIPELINE_DATA_DIR", "somewhere"));
        assert_eq!(ran.status.code(), Some(2), "{line}");
        assert!(
            ran.stderr.contains("Usage: pipeline"),
            "{line}: {}",
            ran.stderr
        );
        assert!(!ran.stderr.contains("--data-dir"), "{line}: {}", ran.stderr);
    }
    let mut command = scratch.command("train --dataset mnist -o x");
    let ran = run(command.env("PIPELINE_DATA_DIR", "somewhere"));
    assert!(ran.stderr.contains("somewhere/mnist"), "{}", ran.stderr);
}

#[test]
fn hints_name_options_that_may_have_been_meant() {
    let scratch = Scratch::new();
    let hint = |line: &str| {
        let stderr = scratch.run(line).stderr;
        let tip = stderr.lines().find(|line| line.contains("tip:"));
        tip.unwrap_or_default().to_owned()
    };
    let train = "train --dataset digits -o x";
    assert!(hint(&format!("{train} --seeds 1")).contains("'--seed'"));
    let data = hint(&format!("{train} --data x"));
    assert!(
        data.contains("'--data-dir'") && data.contains("'--dataset'"),
        "{data}"
    );
    assert_eq!(hint(&format!("{train} --rate 0.5")), "");
    assert_eq!(hint("prune x --rate 0.5 -o y --learning-rate 1"), "");
    assert!(hint("solve verify --time 3").contains("'--time-limit'"));
}

/// A result is not lost because of the name of a file.
#[cfg(target_os = "linux")]
#[test]
fn names_that_are_not_utf8_are_recorded_all_the_same() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let scratch = workshop();
    scratch.write("nine", linear(9, 1));
    let name = OsStr::from_bytes(b"a\xff");
    std::fs::copy(
        scratch.path("classifier"),
        scratch.path("a").with_file_name(name),
    )
    .expect("a copy");
    let verify = "--dataset digits --image 1 --epsilon 1 --json";
    for (line, last) in [
        (
            "train --dataset digits --epochs 1 --hidden 4x1 --json -o".to_owned(),
            &b"m\xff"[..],
        ),
        ("prune classifier --rate 0.5 --json -o".to_owned(), b"m\xff"),
        (
            "random --inputs 3 --hidden 2x2 --seed 1 --json -o".to_owned(),
            b"m\xff",
        ),
        ("eval --dataset digits --json".to_owned(), b"a\xff"),
        (format!("solve verify {verify} --network"), b"a\xff"),
        (
            format!("solve verify {verify} --network classifier --surrogate"),
            b"a\xff",
        ),
        (
            format!("export-problem verify {verify} --network classifier --format lp -o"),
            b"m\xff",
        ),
        (
            "solve maximize --network nine --json --save-input".to_owned(),
            b"x\xff",
        ),
    ] {
        let mut command = scratch.command(&line);
        let ran = run(command.arg(OsStr::from_bytes(last))).checked(&line);
        let text = ran.json().to_string();
        assert!(
            text.contains('\u{fffd}') || last == b"x\xff",
            "{line}: {text}"
        );
    }
    let mut check = scratch.command("check --network nine --json");
    assert_eq!(
        run(check.arg(OsStr::from_bytes(b"x\xff"))).json()["holds"],
        true
    );
}

/// A bound of zero excludes an adversarial input, whether or not it counts as a proof.
#[test]
fn a_tie_is_said_to_be_no_adversarial_input() {
    let scratch = Scratch::new();
    let row: Vec<f32> = (0..784).map(|k| (k % 7) as f32 / 100.0).collect();
    let tie = model_file(&vec![
        ("layers.0.weight", vec![2, 784], [&row[..], &row].concat()),
        ("layers.0.bias", vec![2], vec![0.1, 0.1]),
    ]);
    scratch.write("dense.safetensors", tie);
    for strategy in ["portfolio", "gradient", "prove", "exact", "relaxation"] {
        let line = format!("{VERIFY} --image 5 --epsilon 1 --strategy {strategy}");
        let summary = scratch.succeed(&line).stdout;
        assert!(summary.starts_with("none_exists: proved that"), "{summary}");
        assert!(summary.contains("dual bound            0.0"), "{summary}");
    }
}
