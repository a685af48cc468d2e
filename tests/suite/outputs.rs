//! No command overwrites a file that it reads, or writes two results to one file; `-` is stdout or rejected.

use std::fs;

use crate::program::Scratch;
use crate::support::{model_file, workshop};

const FAILED: i32 = 1;
const VERIFY: &str = "verify --network classifier --dataset digits --image 1 --epsilon 1";

/// Names of `file`: its own, other spellings, and links.
#[cfg(unix)]
fn names_of(scratch: &Scratch, file: &str) -> [String; 4] {
    let (soft, hard) = (format!("soft-{file}"), format!("hard-{file}"));
    std::os::unix::fs::symlink(file, scratch.path(&soft)).expect("a link");
    fs::hard_link(scratch.path(file), scratch.path(&hard)).expect("a link");
    [file.to_owned(), format!("folder/../{file}"), soft, hard]
}

#[cfg(unix)]
#[test]
fn inputs_are_not_replaced() {
    let scratch = workshop();
    scratch.succeed("prune classifier --rate 0.5 -o sparse");
    let export = format!("export-problem {VERIFY} --surrogate sparse --format lp -o");
    let solve = format!("solve {VERIFY} --surrogate sparse --save-input");
    for (command, input) in [
        ("prune classifier --rate 0.5 -o", "classifier"),
        ("prune regression --rate 0.5 --compact -o", "regression"),
        (&export, "sparse"),
        (&solve, "classifier"),
    ] {
        let _ = fs::remove_file(scratch.path(&format!("soft-{input}")));
        let _ = fs::remove_file(scratch.path(&format!("hard-{input}")));
        for name in names_of(&scratch, input) {
            let complaint = [" would replace the ", "--force", &name];
            scratch.refused(FAILED, &format!("{command} {name}"), &complaint);
        }
    }
    let named = ["the network classifier", "--save-input classifier"];
    scratch.refused(
        FAILED,
        &format!("solve {VERIFY} --save-input classifier"),
        &named,
    );
    let maximize = "maximize --network regression --format mps -o regression";
    scratch.refused(
        FAILED,
        &format!("export-problem {maximize}"),
        &["the network regression"],
    );
}

#[test]
fn an_input_is_replaced_where_that_is_forced() {
    let scratch = workshop();
    let before = scratch.read("classifier");
    scratch.succeed("prune classifier --rate 0.5 -o classifier --force");
    assert_ne!(scratch.read("classifier"), before);
    assert_eq!(scratch.network("classifier").sizes()[0], 784);
}

#[cfg(unix)]
#[test]
fn lists_of_outputs_are_looked_through() {
    let scratch = workshop();
    std::os::unix::fs::symlink("classifier", scratch.path("s-0.9")).expect("a link");
    let prune = "prune classifier --rate 0.5,0.9 -o s-{rate}";
    scratch.refused(
        FAILED,
        prune,
        &["--output s-0.9 would replace the model classifier"],
    );
    fs::remove_file(scratch.path("s-0.9")).expect("removed");
    scratch.write("s-0.5", "");
    std::os::unix::fs::symlink("s-0.5", scratch.path("s-0.9")).expect("a link");
    for force in ["", "--force"] {
        let named = ["one file twice", "s-0.5", "s-0.9"];
        scratch.refused(FAILED, &format!("{prune} {force}"), &named);
    }
}

#[test]
fn images_and_notes_are_inputs_too() {
    let scratch = workshop();
    let images = "data/mnist/train-labels-idx1-ubyte";
    scratch.write(images, "");
    let refused = |line: &str, named: &str| {
        // Checking whether the folder is writable changes its time.
        let ran = scratch.run(line);
        assert_eq!(ran.status.code(), Some(FAILED), "{line}");
        assert!(ran.stderr.contains(named), "{line}: {}", ran.stderr);
        assert!(ran.stderr.contains("--force"), "{line}: {}", ran.stderr);
        assert!(scratch.read(images).is_empty(), "{line}");
    };
    let train = format!("train --dataset mnist --data-dir data -o {images}");
    refused(&train, "the images of mnist");
    let prune = "prune classifier --rate 0.5 --finetune 1x1 --dataset mnist --data-dir data -o";
    refused(&format!("{prune} {images}"), "the images of mnist");
    let solve =
        "solve verify --network classifier --dataset mnist --data-dir data --image 1 --epsilon 1";
    refused(
        &format!("{solve} --save-input {images}"),
        "the images of mnist",
    );
    scratch.write("out/index.html", "notes");
    let report = "report --results folder -o out --notes out/index.html";
    refused(report, "the notes out/index.html");
}

#[test]
fn a_problem_may_go_to_stdout() {
    let scratch = workshop();
    for (format, end) in [("mps", "ENDATA\n"), ("lp", "End\n")] {
        let export = format!("export-problem {VERIFY} --format {format}");
        scratch.succeed(&format!("{export} -o file"));
        let ran = scratch.succeed(&format!("{export} -o -"));
        assert_eq!(ran.stdout, scratch.text("file"));
        assert!(ran.stdout.ends_with(end));
        assert!(ran.stderr.contains("columns"), "{}", ran.stderr);
        scratch.refused(
            FAILED,
            &format!("{export} -o - --json"),
            &["--output -", "--json"],
        );
    }
    assert!(!scratch.path("-").exists());
}

#[test]
fn what_is_no_text_does_not_go_to_stdout() {
    let scratch = workshop();
    for command in [
        "train --dataset digits --epochs 1",
        "prune classifier --rate 0.5",
        "random --inputs 9 --hidden 5x2 --seed 1",
        "demo",
        "report --results folder",
    ] {
        scratch.refused(FAILED, &format!("{command} -o -"), &["--output -", "./-"]);
    }
}

#[test]
fn a_constant_is_a_problem_of_one_fixed_column() {
    let scratch = Scratch::new();
    let constant = model_file(&vec![
        ("layers.0.weight", vec![1, 2], vec![0.0; 2]),
        ("layers.0.bias", vec![1], vec![0.5]),
    ]);
    scratch.write("constant", constant);
    for (format, fixed) in [("mps", " FX BOUND zero 0"), ("lp", " zero = 0")] {
        let line = format!("export-problem maximize --network constant --format {format} -o x");
        let ran = scratch.succeed(&line);
        assert!(ran.stderr.contains("constant"), "{}", ran.stderr);
        let text = scratch.text("x");
        assert!(text.contains(fixed) && text.contains("0.5"), "{text}");
    }
}

#[test]
fn time_limits_are_checked_alike() {
    let scratch = workshop();
    let export = format!("export-problem {VERIFY} --format lp -o x --bounds tightening");
    for command in [&export, &format!("solve {VERIFY}"), "demo"] {
        for limit in ["-1", "0", "NaN", "inf"] {
            let line = format!("{command} --time-limit {limit}");
            let named = [
                &format!("--time-limit is {limit}")[..],
                "expected a positive",
            ];
            scratch.refused(FAILED, &line, &named);
        }
    }
}
