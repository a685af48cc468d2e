//! The distances from an image, and the largest margin within them.

use std::path::{Path, PathBuf};

use pipeline::instance::{Ball, Distance, Instance, Linear, Objective, Region};
use pipeline::milp::{Affine, Column, Problem, Sense};
use pipeline::search::{Verdict, portfolio};
use pipeline::solver::solve_linear;
use rand::RngExt;
use serde_json::Value;

use crate::brute_force::brute_force;
use crate::program::{Scratch, number};
use crate::support::{
    groups, random_network, random_point, random_region, rng, skipped, trained, unhurried,
};

const VERIFY: &str = "solve verify --network dense.safetensors --dataset digits";

/// Epsilons for which the sign of the largest margin depends on the image.
const REGIONS: [(&str, f64); 3] = [("l1", 4.0), ("linf", 0.05), ("rows", 2.0)];

#[test]
fn all_strategies_that_prove_agree_on_the_largest_margin() {
    let scratch = trained();
    for (region, epsilon) in REGIONS {
        for image in [1, 5] {
            let solve = |strategy: &str, rest: &str| {
                scratch.json(&format!(
                    "{VERIFY} --image {image} --epsilon {epsilon} --region {region} --strategy {strategy} --time-limit 60 {rest}"
                ))
            };
            let optimum = solve("prove", "--optimum");
            assert_eq!(optimum["status"], "optimal", "{region} {image}");
            assert_eq!(optimum["region"], region);
            assert_eq!(optimum["optimum"], true);
            let margin = number(&optimum, "dense_objective");
            let room = 1e-5 * margin.abs().max(1.0);
            for strategy in ["portfolio", "exact"] {
                let other = solve(strategy, "--optimum");
                let value = number(&other, "dense_objective");
                let bound = number(&other, "dual_bound");
                assert!(
                    (value - margin).abs() <= room,
                    "{region} {image} {strategy}: {value}"
                );
                assert!(
                    bound >= margin - 1e-9,
                    "{region} {image} {strategy}: {bound}"
                );
            }
            // Without `--optimum` the first answer suffices.
            let answer = solve("portfolio", "");
            let expected = if margin > 0.0 { "found" } else { "none_exists" };
            assert_eq!(answer["status"], expected, "{region} {image}: {margin}");
            assert_eq!(answer["optimum"], false);
        }
    }
}

#[test]
fn saved_inputs_are_checked_in_their_region() {
    let scratch = trained();
    for (region, epsilon) in REGIONS {
        let line = format!(
            "{VERIFY} --image 5 --epsilon {} --region {region} --save-input {region}.json",
            4.0 * epsilon
        );
        assert_eq!(scratch.json(&line)["status"], "found", "{region}");
        let saved = scratch.json_file(&format!("{region}.json"));
        assert_eq!(saved["region"], region);
        let check = format!("check {region}.json --network dense.safetensors");
        let checked = scratch.json(&check);
        assert_eq!(checked["holds"], true, "{checked}");
        let distance = number(&checked, "distance");
        assert!(distance <= number(&checked, "epsilon") && distance > 0.0);
    }
    // The largest change in each row is at most the sum of its changes.
    let mut saved = scratch.json_file("rows.json");
    saved["region"] = Value::from("l1");
    scratch.write("rows.json", saved.to_string());
    let named = ["the distance from the image", "above epsilon"];
    let ran = scratch.run("check rows.json --network dense.safetensors");
    assert_eq!(ran.status.code(), Some(1));
    assert!(
        named.iter().all(|text| ran.stderr.contains(text)),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_region_that_there_is_not_is_refused() {
    let scratch = trained();
    let line = format!("{VERIFY} --image 1 --epsilon 1 --region l2");
    scratch.refused(2, &line, &["l2", "l1 or linf or rows"]);
}

/// The largest margins of the published networks of side 18, data seed 0, each with its own label and target, over the
/// region of the published runs (`scripts/check-published-networks.sh` has more of them); and over the L1 ball, which
/// contains no adversarial input for the dense network.
const MARGINS: [(&str, &str, f64); 9] = [
    ("dense", "rows", 18.6472),
    ("dense", "l1", -1.1125),
    ("nf-0.3", "rows", 31.187242),
    ("nf-0.5", "rows", 28.634459),
    ("nf-0.8", "rows", 2.651907),
    ("nf-0.9", "rows", 1.061284),
    ("nf-0.95", "rows", -0.008725),
    ("ft-0.9", "rows", 16.574766),
    ("ft-0.95", "rows", 16.590513),
];

#[test]
fn published_margins_are_proved() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let networks = shared.join("reference/published-networks");
    let near = || shared.join("data");
    let data = std::env::var_os("PIPELINE_DATA_DIR").map_or_else(near, PathBuf::from);
    let (Ok(networks), Ok(mnist)) = (networks.canonicalize(), data.join("mnist").canonicalize())
    else {
        skipped("no published networks, or no MNIST");
        return;
    };
    let scratch = Scratch::new();
    for (name, region, expected) in MARGINS {
        let network = networks.join(format!("mnist-18-2x32-seed0-{name}.safetensors"));
        let line = format!(
            "solve verify --network {} --dataset mnist --data-dir {} --data-seed 0 --region {region} --optimum --time-limit 120",
            network.display(),
            mnist.parent().expect("a folder").display()
        );
        let record = scratch.json(&line);
        assert_eq!(record["status"], "optimal", "{name} {region}");
        let value = number(&record, "dense_objective");
        assert!((value - expected).abs() < 1e-4, "{name} {region}: {value}");
        assert!(
            number(&record, "dual_bound") >= value - 1e-9,
            "{name} {region}"
        );
    }
}

/// A change of one pixel is in the L1 ball, and the L1 ball is in that of rows of pixels: 200 small networks, each optimum
/// as enumeration finds it.
#[test]
fn the_largest_margins_of_nested_regions_are_in_order() {
    let mut rng = rng(19);
    for case in 0..200 {
        let side = 2 + case % 2;
        let sizes = [vec![side * side, 4, 3], vec![side * side, 3, 3, 2]];
        let sizes = &sizes[case / 2 % 2];
        let network = random_network(sizes, 0.2, &mut rng);
        let image = random_point(side * side, &mut rng);
        let epsilon = rng.random_range(0.05..1.5);
        let largest = |region: Region| {
            let objective = Objective::new(Linear::difference(1, 0));
            let instance = Instance::maximize(region, objective);
            let found = portfolio(&network, &instance, &unhurried(), &mut |_| {}).unwrap();
            let value = found.best.map(|best| best.value).unwrap();
            let expected = brute_force(&network, &instance);
            assert!(
                (value - expected).abs() < 1e-6,
                "{case}: {value}, not {expected}"
            );
            assert_eq!(found.verdict, Verdict::Optimal, "{case}");
            value
        };
        let within = |distance: Distance| {
            let groups = distance.groups(image.len()).unwrap();
            let ball = Ball::new(image.clone(), epsilon, groups).unwrap();
            largest(Region::unit_box(image.len()).within(ball).unwrap())
        };
        let of_pixel = |pixel: usize| {
            let (mut lower, mut upper) = (image.clone(), image.clone());
            lower[pixel] = f64::max(0.0, image[pixel] - epsilon);
            upper[pixel] = f64::min(1.0, image[pixel] + epsilon);
            largest(Region::new_box(lower, upper).unwrap())
        };
        let pixels = (0..image.len()).map(of_pixel);
        let pixel = pixels.fold(f64::NEG_INFINITY, f64::max);
        let (l1, rows) = (within(Distance::L1), within(Distance::Rows));
        assert!(
            pixel <= l1 + 1e-6 && l1 <= rows + 1e-6,
            "{case}: {pixel}, {l1}, {rows}"
        );
    }
}

/// The largest value of a linear function over a region, by a linear program.
fn largest(region: &Region, c: &[f64]) -> f64 {
    let ball = region.ball().expect("a ball");
    let mut problem = Problem::new(Sense::Maximize);
    let sides = region.lower().iter().zip(region.upper());
    let x: Vec<Column> = sides
        .enumerate()
        .map(|(k, (l, u))| problem.add_continuous(format!("x{k}"), *l, *u))
        .collect();
    let mut spent = Vec::new();
    for inputs in groups(ball) {
        let distance = problem.add_continuous(String::from("distance"), 0.0, 1e3);
        for k in inputs {
            let centre = ball.centre()[k];
            for (sign, side) in [(1.0, centre), (-1.0, -centre)] {
                let terms = vec![(x[k], sign), (distance, -1.0)];
                problem.add_row(String::from("far"), f64::NEG_INFINITY, side, terms);
            }
        }
        spent.push((distance, 1.0));
    }
    problem.add_row(
        String::from("ball"),
        f64::NEG_INFINITY,
        ball.radius(),
        spent,
    );
    let terms = x.iter().copied().zip(c.iter().copied()).collect();
    problem.set_objective(&Affine {
        constant: 0.0,
        terms,
    });
    let solved = solve_linear(&problem, &unhurried().limits(0.0));
    let solution = solved.expect("no failure").expect("an optimum");
    x.iter()
        .zip(c)
        .map(|(x, c)| c * solution.columns[x.0])
        .sum()
}

#[test]
fn the_argmax_of_a_region_is_what_a_linear_program_finds() {
    let mut rng = rng(3);
    for _ in 0..300 {
        let inputs = rng.random_range(1..14);
        let region = random_region(inputs, &mut rng);
        // Ties and zeros, too.
        let c: Vec<f64> = (0..inputs)
            .map(|_| f64::from(rng.random_range(-4..=4)) / 2.0)
            .collect();
        let best = region.argmax(&c);
        let inside = region.pull_inside(&best);
        assert!(
            best.iter().zip(&inside).all(|(a, b)| (a - b).abs() < 1e-12),
            "{region:?}"
        );
        let value: f64 = c.iter().zip(&best).map(|(c, x)| c * x).sum();
        let expected = largest(&region, &c);
        assert!(
            (value - expected).abs() < 1e-6,
            "{value} is not {expected}: {region:?} {c:?}"
        );
    }
}
