//! Invalid questions, numbers, paths and usage give clear errors with the right exit status: nothing
//! panics, nothing is left half-written. Broken files have a module of their own.

use crate::support::{linear, workshop};

/// The command failed.
const FAILED: i32 = 1;
/// The command was used wrongly.
const USAGE: i32 = 2;

const VERIFY: &str = "verify --network classifier --dataset digits";

#[test]
fn questions_that_cannot_be_asked() {
    let scratch = workshop();
    scratch.write("one-output", linear(784, 1));
    scratch.write("no-square", linear(5, 10));
    scratch.write("nine-inputs", linear(9, 10));
    let too_large = |rest: &str| format!("solve {VERIFY} {rest} --save-input x");
    for (rest, named) in [
        (
            "--image 10000 --epsilon 1",
            ["--image is 10000", "0 to 9999"],
        ),
        (
            "--data-seed 10",
            ["the image of --data-seed 10 is 17673", "digits has 10000"],
        ),
        ("--image 1 --epsilon 0", ["epsilon is 0", "above 0"]),
        ("--image 1 --epsilon -1", ["epsilon is -1", "above 0"]),
        ("--image 1 --epsilon NaN", ["epsilon is NaN", "finite"]),
        ("--image 1 --epsilon inf", ["epsilon is inf", "finite"]),
        (
            "--image 1 --epsilon 1 --label 10",
            ["label is class 10", "10 outputs"],
        ),
        (
            "--image 1 --epsilon 1 --target 10",
            ["target is class 10", "10 outputs"],
        ),
        (
            "--image 1 --epsilon 1 --label 3 --target 3",
            ["class 3", "two different"],
        ),
        (
            "--image 1 --epsilon 1 --labels surrogate",
            ["--labels", "--surrogate"],
        ),
        (
            "--image 1 --epsilon 1 --strategy surrogate",
            ["--strategy", "--surrogate"],
        ),
        (
            "--image 1 --epsilon 1 --mip-start",
            ["--mip-start", "not for portfolio"],
        ),
        (
            "--image 1 --epsilon 1 --milp-only",
            ["--milp-only", "not for portfolio"],
        ),
        (
            "--image 1 --epsilon 1 --surrogate small",
            ["small has 324 inputs", "784"],
        ),
        (
            "--image 1 --epsilon 1 --surrogate one-output",
            ["one-output has 1 outputs", "10"],
        ),
        (
            "--image 1 --epsilon 1 --time-limit 0",
            ["--time-limit is 0", "expected a positive"],
        ),
        (
            "--image 1 --epsilon 1 --time-limit -1",
            ["--time-limit is -1", "expected a positive"],
        ),
        (
            "--image 1 --epsilon 1 --time-limit NaN",
            ["--time-limit is NaN", "expected a positive"],
        ),
        (
            "--image 1 --epsilon 1 --time-limit inf",
            ["--time-limit is inf", "expected a positive"],
        ),
    ] {
        scratch.refused(FAILED, &too_large(rest), &named);
    }
    let verify = "--dataset digits --image 1 --epsilon 1";
    for command in ["solve", "export-problem"] {
        let rest = if command == "solve" {
            "--save-input x"
        } else {
            "--format mps -o x"
        };
        for (ask, named) in [
            (
                format!("verify --network regression {verify}"),
                ["regression", "1 output"],
            ),
            (
                format!("verify --network no-square {verify}"),
                ["no-square", "5 inputs"],
            ),
            (
                "maximize --network classifier".to_owned(),
                ["classifier", "10 outputs"],
            ),
            (
                "maximize --network regression --surrogate nine-inputs".to_owned(),
                ["nine-inputs has 10 outputs", "regression has 1"],
            ),
            (
                "maximize --network regression --surrogate one-output".to_owned(),
                ["one-output has 784 inputs", "regression has 9"],
            ),
        ] {
            scratch.refused(FAILED, &format!("{command} {ask} {rest}"), &named);
        }
    }
    scratch.refused(
        FAILED,
        "eval regression --dataset digits",
        &["regression", "1 output"],
    );
    scratch.refused(
        FAILED,
        "eval no-square --dataset digits",
        &["no-square", "5 inputs"],
    );
}

#[test]
fn numbers_that_mean_nothing() {
    let scratch = workshop();
    for rate in ["1.0", "-0.1", "NaN", "2", "inf"] {
        for rest in [
            "",
            "--granularity structured",
            "--scope global",
            "--finetune 1x1",
        ] {
            let line = format!("prune classifier --rate {rate} {rest} -o x");
            scratch.refused(FAILED, &line, &["--rate", "outside [0, 1)"]);
        }
    }
    let train = "train --dataset digits -o x --epochs 1";
    for (rest, named) in [
        ("--side 0", ["side 0", "1 to 28"]),
        ("--side 40", ["side 40", "1 to 28"]),
        ("--batch-size 0", ["batch_size is 0", "at least one"]),
        ("--learning-rate 0", ["learning_rate is 0", "above zero"]),
        ("--learning-rate -1", ["learning_rate is -1", "above zero"]),
        (
            "--learning-rate NaN",
            ["learning_rate is NaN", "above zero"],
        ),
        (
            "--weight-decay -1",
            ["weight_decay is -1", "not below zero"],
        ),
        ("--weight-decay inf", ["weight_decay is inf", "finite"]),
        ("--device wgpu", ["wgpu", "device"]),
    ] {
        if rest.contains("wgpu") && cfg!(feature = "wgpu") {
            continue;
        }
        scratch.refused(FAILED, &format!("{train} {rest}"), &named);
    }
    scratch.refused(
        FAILED,
        "train --dataset digits -o x --epochs 0",
        &["--epochs is 0", "at least one"],
    );
    let diverging = "train --dataset digits -o x --epochs 1 --hidden 8x2 --learning-rate 1e30";
    scratch.refused(FAILED, diverging, &["diverged in epoch 1"]);
    scratch.refused(
        FAILED,
        "random --inputs 0 --hidden 2x2 --seed 1 -o x",
        &["no inputs"],
    );
    scratch.refused(
        FAILED,
        "random --inputs 99999999999999 --hidden 9999x2 --seed 1 -o x",
        &["expected at most 268435456 weights"],
    );
    scratch.refused(
        FAILED,
        "train --dataset digits --hidden 1000000x100 -o x",
        &["expected at most 268435456 weights"],
    );
    // A model from another program does not record its data set.
    scratch.write("foreign", linear(784, 10));
    let finetune = "--rate 0.5 --finetune 1x1 -o x";
    scratch.refused(
        FAILED,
        &format!("prune foreign {finetune}"),
        &["foreign", "--dataset"],
    );
    scratch.refused(
        FAILED,
        &format!("prune regression {finetune}"),
        &["regression"],
    );
    let named = format!("prune regression {finetune} --dataset digits");
    scratch.refused(FAILED, &named, &["regression", "not a classifier"]);
    scratch.write("no-square", linear(5, 10));
    let named = format!("prune no-square {finetune} --dataset digits");
    scratch.refused(FAILED, &named, &["no-square", "5 inputs"]);
}

#[test]
fn outputs_that_cannot_be_written() {
    let scratch = workshop();
    let commands = [
        "train --dataset digits --epochs 1 -o",
        "random --inputs 9 --hidden 5x2 --seed 1 -o",
        "prune classifier --rate 0.5 -o",
        "prune classifier --rate 0.5 --finetune 1x1 -o",
        "solve maximize --network regression --save-input",
        &format!("solve {VERIFY} --image 1 --epsilon 1 --save-input"),
        "export-problem maximize --network regression --format mps -o",
        &format!("export-problem {VERIFY} --image 1 --epsilon 1 --format lp -o"),
        "demo -o",
    ];
    for command in commands {
        for output in ["folder", "missing/x", "classifier/x"] {
            let line = format!("{command} {output}");
            scratch.refused(FAILED, &line, &[&format!("cannot write {output}")]);
        }
    }
}

#[test]
fn two_results_in_one_file() {
    let scratch = workshop();
    let line = format!("solve {VERIFY} --image 1 --epsilon 1 --save-input x --save-image ./x");
    scratch.refused(FAILED, &line, &["names one file twice"]);
}

#[test]
fn wrong_usage() {
    let scratch = workshop();
    let verify = format!("solve {VERIFY}");
    for (line, named) in [
        (String::new(), "Usage"),
        ("unheard-of".to_owned(), "unheard-of"),
        ("train --dataset cifar -o x".to_owned(), "cifar"),
        ("train -o x".to_owned(), "--dataset"),
        ("train --dataset digits".to_owned(), "--output"),
        ("train --dataset digits --hidden 0x2 -o x".to_owned(), "0x2"),
        (
            "train --dataset digits --hidden 1x99999999999 -o x".to_owned(),
            "99999999999",
        ),
        (
            format!("{verify} --image 1 --epsilon 1 --threads 100000"),
            "--threads",
        ),
        (
            "train --dataset digits --hidden 32x0 -o x".to_owned(),
            "32x0",
        ),
        (
            "train --dataset digits --hidden 32 -o x".to_owned(),
            "--hidden",
        ),
        ("train --dataset digits --epochs -1 -o x".to_owned(), "-1"),
        ("train --dataset digits --device tpu -o x".to_owned(), "tpu"),
        ("prune classifier -o x".to_owned(), "--rate"),
        ("prune classifier --rate half -o x".to_owned(), "half"),
        (
            "prune classifier --rate 0.5 --method luck -o x".to_owned(),
            "luck",
        ),
        (
            "prune classifier --rate 0.5 --finetune 0x5 -o x".to_owned(),
            "0x5",
        ),
        (
            "prune classifier --rate 0.5 --scope all -o x".to_owned(),
            "all",
        ),
        ("eval classifier".to_owned(), "--dataset"),
        (format!("{verify} --epsilon 1"), "--image"),
        (format!("{verify} --image 1"), "--epsilon"),
        (format!("{verify} --image -1 --epsilon 1"), "-1"),
        (format!("{verify} --data-seed 0 --image 1"), "--image"),
        (
            format!("{verify} --image 1 --epsilon 1 --threads 0"),
            "--threads",
        ),
        (
            format!("{verify} --image 1 --epsilon 1 --strategy luck"),
            "luck",
        ),
        (
            format!("{verify} --image 1 --epsilon 1 --seed 2147483648"),
            "--seed",
        ),
        (
            "export-problem maximize --network regression --format gms -o x".to_owned(),
            "gms",
        ),
    ] {
        scratch.refused(USAGE, &line, &[named]);
    }
}
