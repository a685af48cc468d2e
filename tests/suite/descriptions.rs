//! A campaign's settings are accepted or rejected before it starts: seeds, labels, limits, rates, options
//! of sbatch, file names that are not UTF-8.

use std::fs;
use std::path::Path;

use crate::program::{Scratch, number, run};

/// A preset's description with one change.
fn description(scratch: &Scratch, preset: &str, from: &str, to: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments");
    let good = fs::read_to_string(folder.join(preset)).expect("a preset");
    let text = good.replacen(from, to, 1);
    assert_ne!(text, good, "{from}");
    scratch.write("one.toml", text);
}

#[test]
fn seeds_are_written_as_in_train() {
    let scratch = Scratch::new();
    description(
        &scratch,
        "maximization-smoke.toml",
        "seeds = [50, 51]",
        "seeds = [0, 1, 2, 3, 7]",
    );
    let line = "reproduce maximization --config one.toml --dry-run";
    let all = number(&scratch.json(line), "runs");
    for (seeds, count) in [("0..3", 4.0), ("7", 1.0), ("1,2", 2.0), ("7,0..1,1", 3.0)] {
        let part = scratch.json(&format!("{line} --seeds {seeds}"));
        assert_eq!(number(&part, "runs"), all * count / 5.0, "{seeds}");
    }
    for (seeds, named) in [
        ("4", "[0,1,2,3,7]"),
        ("0..7", "[0,1,2,3,7]"),
        ("5000000000", "4294967295"),
    ] {
        scratch.refused(1, &format!("{line} --seeds {seeds}"), &["--seeds", named]);
    }
    scratch.refused(2, &format!("{line} --seeds 3..0"), &["3..0", "0..9"]);
    let help = scratch.succeed("reproduce --help").stdout;
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        help.contains("7 is the seed 7") && help.contains("0..9 is a range"),
        "{help}"
    );
}

#[test]
fn unused_fields_of_a_description_are_refused_with_file_and_field() {
    let scratch = Scratch::new();
    for (application, from, to, named) in [
        (
            "maximization",
            "seed = 0",
            "seed = 0\nlabels = [\"dense\", \"surrogate\"]",
            ["solve.labels", "only verification has labels"],
        ),
        (
            "maximization",
            "seed = 0",
            "seed = 0\nlabels = [\"surrogate\"]",
            ["solve.labels", "nothing"],
        ),
        (
            "maximization",
            "[solve]",
            "labels = [\"surrogate\"]\n[solve]",
            ["surrogates[0].labels", "nothing"],
        ),
        (
            "maximization",
            "seeds = [50, 51]",
            "seeds = [50, 51]\ndevice = \"ndarray\"",
            ["networks.device", "not trained"],
        ),
        (
            "maximization",
            "[solve]",
            "output_rows = [\"prune\"]\n[solve]",
            ["surrogates[0].output_rows", "structured"],
        ),
        (
            "maximization",
            "time_limit = 60.0",
            "time_limit = 1e-300",
            ["solve.time_limit is 1e-300", "0.001"],
        ),
        (
            "maximization",
            "time_limit = 60.0",
            "time_limit = nan",
            ["solve.time_limit is NaN", "0.001"],
        ),
        ("maximization", "0.95]", "1e-300]", [",1e-300]", "0.000001"]),
        (
            "relaxation",
            "samples = {",
            "sides = [28]\nsamples = {",
            ["networks.sides is [28]", "nothing in this application"],
        ),
        (
            "relaxation",
            "training = 1000",
            "training = 0",
            ["networks.samples is [0,", "1 to 10000000"],
        ),
        (
            "verification",
            "sides = [",
            "functions = [\"peaks\"]\nsides = [",
            ["networks.functions is", "nothing in this application"],
        ),
        (
            "maximization",
            "0.95]",
            "-0.0]",
            ["surrogates[0].rates", "0.000001"],
        ),
    ] {
        description(&scratch, &format!("{application}-smoke.toml"), from, to);
        let line = format!("reproduce {application} --config one.toml --results store");
        scratch.refused(1, &line, &["one.toml", named[0], named[1]]);
    }
    // The program can read what it writes.
    scratch.succeed("reproduce maximization --preset smoke --results store --plan-only");
    scratch.succeed("status --results store");
    let line = "reproduce maximization --time-limit 1e-9 --dry-run";
    scratch.refused(1, line, &["1e-9"]);
}

#[test]
fn options_of_sbatch_are_checked_before_anything_is_written() {
    let scratch = Scratch::new();
    scratch.succeed("reproduce maximization --preset smoke --results r --plan-only");
    for (option, named) in [
        ("--memory abc", ["abc", "4G"]),
        ("--memory 4.5G", ["4.5G", "whole number"]),
        ("--sbatch nodash", ["nodash", "dash"]),
        ("--sbatch --array=0-5", ["--array", "expected nothing"]),
        ("--sbatch --time=5", ["--time", "expected --time"]),
        ("--sbatch -a0-5", ["--array", "expected nothing"]),
    ] {
        scratch.refused(2, &format!("slurm --results r {option}"), &named);
    }
    scratch.json("slurm --results r --memory 4G --sbatch --exclude=node7 --sbatch --no-requeue");
    let script = scratch.text("r/slurm/001/solve.sbatch");
    assert!(
        script.contains("#SBATCH --exclude=node7\n#SBATCH --no-requeue\n"),
        "{script}"
    );
}

#[test]
fn unknown_placeholders_are_refused_and_the_known_named() {
    let scratch = Scratch::new();
    let train = "train --dataset digits --epochs 1 --hidden 4x1";
    scratch.refused(
        1,
        &format!("{train} -o m-{{foo}}.safetensors"),
        &["{foo}", "{learning-rate} or {regulariser} or {seed}"],
    );
    scratch.refused(
        1,
        &format!("{train} --seed 0..1 -o m-{{seed}}-{{rate}}"),
        &["{rate}", "{learning-rate} or {regulariser} or {seed}"],
    );
    scratch.succeed(&format!("{train} -o m-{{seed}}"));
    scratch.refused(
        1,
        "prune m-0 --rate 0.5 -o s-{Rate}",
        &["{Rate}", "{rate} or {seed}"],
    );
    scratch.succeed("prune m-0 --rate 0.5 -o s-{rate}");
    assert!(scratch.path("s-0.5").is_file());
}

#[test]
fn diverged_networks_of_a_list_are_named() {
    let scratch = Scratch::new();
    let line =
        "train --dataset digits --epochs 1 --hidden 4x1 --learning-rate 1e-3,1e300 --seed 0..1";
    let ran = scratch.run(&format!("{line} -o m-{{seed}}-{{learning-rate}}"));
    assert_eq!(ran.status.code(), Some(1));
    for seed in 0..2 {
        let mut lines = ran.stderr.lines();
        let line = lines.find(|line| line.contains(&format!("m-{seed}-1e300")));
        assert!(
            line.is_some_and(|line| line.contains("diverged")),
            "{}",
            ran.stderr
        );
        assert!(scratch.path(&format!("m-{seed}-0.001")).is_file());
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_whose_name_is_not_utf8_works() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let scratch = Scratch::new();
    let folder = OsStr::from_bytes(b"st\xffre");
    let command = |line: &str| {
        let mut command = scratch.command(line);
        command.arg("--results").arg(folder);
        run(&mut command)
    };
    let line = "reproduce maximization --preset smoke --seeds 50 --json";
    let done = command(line).checked(line).json();
    assert_eq!(
        (number(&done, "failed"), number(&done, "runs_done")),
        (0.0, 44.0)
    );
    for line in [
        "status --json",
        "work --json",
        "pack --json",
        "report --json -o report",
    ] {
        command(line).checked(line).json();
    }
    let dry = "reproduce maximization --preset smoke --dry-run --json";
    command(dry).checked(dry).json();
    // Nothing is left for it.
    command("slurm").checked("slurm");
}

#[test]
fn the_papers_grids_are_counted() {
    let scratch = Scratch::new();
    let verification = scratch.json("reproduce verification --preset paper --dry-run");
    assert_eq!(number(&verification, "runs"), 6560.0);
    assert_eq!(number(&verification, "dense_models"), 160.0);
    assert_eq!(number(&verification, "pruned_models"), 6400.0);
    assert!((number(&verification, "solver_hours") - 6560.0 * 300.0 / 3600.0).abs() < 1e-9);
    let maximization = scratch.json("reproduce maximization --preset paper --dry-run");
    assert_eq!(number(&maximization, "runs"), 1080.0);
    assert!(
        !scratch.path("runs").exists(),
        "a dry run leaves nothing behind"
    );
}

#[test]
fn what_is_no_experiment_is_refused() {
    let scratch = Scratch::new();
    let good = fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments/maximization-smoke.toml"),
    )
    .expect("a preset");
    for (name, from, to, named) in [
        ("unknown", "seeds =", "sees =", vec!["sees"]),
        (
            "rate",
            "0.95]",
            "1.5]",
            vec!["surrogates[0].rates", "below 1"],
        ),
        (
            "limit",
            "time_limit = 60.0",
            "time_limit = 0",
            vec!["solve.time_limit"],
        ),
        (
            "empty",
            "depths = [2, 3]",
            "depths = []",
            vec!["networks.depths"],
        ),
        (
            "axis",
            "widths = [10]",
            "widths = [10]\nsides = [28]",
            vec!["networks.sides"],
        ),
        (
            "scope",
            "\"global\"",
            "\"planet\"",
            vec!["planet", "layer or global"],
        ),
        (
            "huge",
            "widths = [10]",
            "widths = [4000000000]",
            vec!["networks"],
        ),
    ] {
        let text = good.replacen(from, to, 1);
        assert_ne!(text, good, "{name}");
        let file = format!("{name}.toml");
        scratch.write(&file, text);
        let line = format!("reproduce maximization --config {file} --results store");
        scratch.refused(1, &line, &[&[file.as_str()], named.as_slice()].concat());
    }
    scratch.refused(
        1,
        "reproduce maximization --config nowhere.toml",
        &["nowhere.toml"],
    );
    scratch.refused(
        1,
        "reproduce maximization --workers 4000",
        &["--workers", "4000"],
    );
    scratch.refused(
        1,
        "reproduce verification --time-limit -3",
        &["solve.time_limit", "-3"],
    );
    for (more, named) in [
        ("--seeds 7", ["--seeds", "[0,10]"]),
        (
            "--labels surrogate,dense --threads 4000",
            ["solve.threads", "4000"],
        ),
        ("--threads 1000", ["1000 threads", "cores"]),
        ("--device cuda --results store", ["cuda", "--features"]),
    ] {
        scratch.refused(1, &format!("reproduce verification {more}"), &named);
    }
    scratch.refused(1, "work --results nowhere", &["nowhere", "experiments"]);
    scratch.refused(1, "status --results nowhere", &["nowhere"]);
    scratch.refused(
        2,
        "reproduce verification --preset tiny",
        &["tiny", "smoke or scaled"],
    );
}
