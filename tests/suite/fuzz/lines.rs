//! Command lines: commands with their own and other commands' options, with sensible, absurd or
//! missing values.

use std::fs;

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::{child, fuzz};
use crate::support::workshop;

/// Valid lines with little work.
const WHOLE: [&str; 22] = [
    "train --dataset digits --epochs 1 --hidden 4x1 --side 8 -o out",
    "train --dataset digits --epochs 1 --hidden 4x1 --learning-rate 0.1,0.01 --seed 0..1 -o out",
    "random --inputs 9 --hidden 5x2 --seed 1 -o out",
    "random --inputs 9 --hidden 5x2 --seed 1 --json -o out",
    "prune classifier --rate 0.5 -o out",
    "prune classifier --rate 0.5 --method random --granularity structured --seed 3 -o out",
    "prune regression --rate 0.9 --scope global --compact -o out",
    "prune classifier --rate 0.5 --finetune 1x1 --dataset digits -o out",
    "eval classifier --dataset digits --json",
    "solve maximize --network regression --time-limit 1",
    "solve maximize --network regression --strategy exact --bounds tightening --time-limit 1",
    "solve maximize --network regression --surrogate regression --milp-only --time-limit 1",
    "solve verify --network classifier --dataset digits --image 1 --epsilon 1 --time-limit 1",
    "solve verify --network classifier --dataset digits --image 3 --epsilon 0.5 --label 1 --target 2 \
     --strategy gradient --time-limit 1 --save-input out --json",
    "solve verify --network classifier --dataset digits --data-seed 10 --strategy exact \
     --mip-start --threads 2 --seed 5 --time-limit 1",
    "export-problem maximize --network regression --format mps -o out",
    "export-problem verify --network classifier --dataset digits --image 1 --epsilon 1 \
     --format lp --bounds alpha --time-limit 1 -o out",
    "report --results folder -o out",
    "reproduce maximization --preset smoke --dry-run --seeds 50 --json",
    "reproduce verification --preset smoke --dry-run --labels dense --threads 1 --time-limit 1",
    "status --results folder",
    "pack --results folder",
];

const VALUES: [&str; 42] = [
    "",
    "0",
    "-0",
    "-1",
    "1",
    "2",
    "0.5",
    "1e-300",
    "1e300",
    "1e999",
    "NaN",
    "inf",
    "-inf",
    "2147483647",
    "2147483648",
    "4294967295",
    "4294967296",
    "18446744073709551615",
    "18446744073709551616",
    "0x0",
    "1x1",
    "1000000x1000000",
    "x",
    "3x",
    "0..1",
    "1..0",
    "0..18446744073709551615",
    "1,2,,3",
    "dense",
    "digits",
    "classifier",
    "regression",
    "folder",
    "nowhere",
    "out/under",
    "/dev/null/x",
    "\u{1f9ea}",
    "e\u{301}\u{202e}",
    "--",
    "-",
    "=",
    "%s%n",
];

const EXTRA: [&str; 26] = [
    "--json",
    "--compact",
    "--prune-output",
    "--milp-only",
    "--mip-start",
    "--help",
    "--version",
    "--dry-run",
    "--epsilon",
    "--image",
    "--label",
    "--target",
    "--rate",
    "--hidden",
    "--seed",
    "--threads",
    "--time-limit",
    "--bounds",
    "--strategy",
    "--format",
    "--surrogate",
    "--network",
    "--save-input",
    "-o",
    "--device",
    "--unheard-of",
];

/// Options whose value determines how long a run takes, even if it is sensible.
const LONG: [&str; 6] = [
    "--epochs",
    "--time-limit",
    "--hidden",
    "--finetune",
    "--seed",
    "--inputs",
];

#[test]
fn command_lines() {
    fuzz("command-lines", |rng, path| {
        // One folder per case, which may write anywhere in it.
        let scratch = workshop();
        let line = WHOLE[rng.random_range(0..WHOLE.len())];
        let mut arguments: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        for _ in 0..rng.random_range(0..=3) {
            change(&mut arguments, rng);
        }
        fs::write(path, arguments.join("\n")).expect("a written case");
        child::run(&scratch.path(""), &arguments)
    });
}

fn change(arguments: &mut Vec<String>, rng: &mut ChaCha8Rng) {
    let at = rng.random_range(0..arguments.len());
    let value = VALUES[rng.random_range(0..VALUES.len())];
    match rng.random_range(0..6) {
        0 if at > 0 => {
            arguments.remove(at);
        }
        1 => arguments.insert(at, EXTRA[rng.random_range(0..EXTRA.len())].to_owned()),
        2 => arguments.insert(at, value.to_owned()),
        3 => {
            let copy = arguments[at].clone();
            arguments.push(copy);
        }
        _ => {
            // The value of an option, replacing the existing one.
            let options: Vec<usize> = (0..arguments.len() - 1)
                .filter(|&i| arguments[i].starts_with('-'))
                .collect();
            if options.is_empty() {
                return;
            }
            let option = options[rng.random_range(0..options.len())];
            if !(LONG.contains(&arguments[option].as_str()) && is_large(value)) {
                arguments[option + 1] = value.to_owned();
            }
        }
    }
}

/// Whether a value might be valid and take long.
fn is_large(value: &str) -> bool {
    value.len() > 3 && value.starts_with(|c: char| c.is_ascii_digit())
}
