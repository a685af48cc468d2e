//! Shared by several test modules: random networks and instances, settings with generous limits, trained
//! models and handmade model files.

use std::io::Write;
use std::sync::OnceLock;

use flate2::Compression;
use flate2::write::GzEncoder;
use pipeline::bounds::BoundKind;
use pipeline::dataset::{self, Dataset, DatasetName, Source};
use pipeline::formulation::{NetworkMilp, formulate};
use pipeline::instance::{Ball, Groups, Instance, Region};
use pipeline::network::{Layer, Network};
use pipeline::presolve::Presolved;
use pipeline::search::Settings;
use pipeline::solver;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use safetensors::Dtype;
use safetensors::tensor::TensorView;

use crate::program::Scratch;

/// A small training on built-in data, without the file to write.
pub const TRAIN: &str = "train --dataset digits --epochs 2 --hidden 16x2";

pub fn rng(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// A network of the given sizes with weights uniform in [-1, 1]; `zeros` of them are zero.
pub fn random_network(sizes: &[usize], zeros: f64, rng: &mut ChaCha8Rng) -> Network {
    let layers = sizes.windows(2).map(|pair| {
        let (inputs, outputs) = (pair[0], pair[1]);
        let weights = (0..inputs * outputs)
            .map(|_| {
                if rng.random_bool(zeros) {
                    0.0
                } else {
                    rng.random_range(-1.0..1.0)
                }
            })
            .collect();
        let biases = (0..outputs).map(|_| rng.random_range(-0.5..0.5)).collect();
        Layer::new(inputs, weights, biases)
    });
    Network::new(layers.collect()).expect("random layers chain")
}

/// A point of the unit box.
pub fn random_point(inputs: usize, rng: &mut ChaCha8Rng) -> Vec<f64> {
    // Some are exactly 0 or 1, as most pixels are.
    let value = |rng: &mut ChaCha8Rng| match rng.random_range(0..4) {
        0 => 0.0,
        1 => 1.0,
        _ => rng.random_range(0.0..1.0),
    };
    (0..inputs).map(|_| value(rng)).collect()
}

/// A verification instance around a random point, of a radius that matters.
pub fn random_verification(network: &Network, rng: &mut ChaCha8Rng) -> Instance {
    let centre = random_point(network.inputs(), rng);
    let radius = rng.random_range(0.1..0.8) * network.inputs() as f64;
    let label = rng.random_range(0..network.outputs());
    let target = (label + rng.random_range(1..network.outputs())) % network.outputs();
    Instance::verification(centre, radius, label, target).expect("a sound instance")
}

/// The MILP of a question.
pub fn model_of(network: &Network, instance: &Instance) -> NetworkMilp {
    let presolved = presolved(network, instance);
    formulate(&presolved.network, instance.region(), &presolved.bounds)
}

/// The presolved network of a question.
pub fn presolved(network: &Network, instance: &Instance) -> Presolved {
    let settings = unhurried().limits(0.0);
    let presolved = Presolved::of(network, instance, BoundKind::default(), &settings, 1.0);
    presolved.expect("weights of a usual size")
}

/// Those of one solve.
pub fn solver_settings() -> solver::Settings {
    solver::Settings::new(unhurried().limits(0.0))
}

pub fn unhurried() -> Settings {
    Settings {
        time_limit: 120.0,
        relaxation_first: false,
        ..Settings::default()
    }
}

/// A folder with `dense.safetensors`, trained once for all tests.
pub fn trained() -> Scratch {
    static MODEL: OnceLock<Vec<u8>> = OnceLock::new();
    let model = MODEL.get_or_init(|| {
        let scratch = Scratch::new();
        scratch.succeed(&format!("{TRAIN} -o dense.safetensors"));
        scratch.read("dense.safetensors")
    });
    let scratch = Scratch::new();
    scratch.write("dense.safetensors", model);
    scratch
}

/// The built-in images.
pub fn digits() -> Dataset {
    dataset::load(DatasetName::Digits, &Source::default(), &mut |_| {}).unwrap()
}

/// Tensors of a model file: name, shape, values.
pub type Tensors<'a> = Vec<(&'a str, Vec<usize>, Vec<f32>)>;

/// A model file of these tensors, whether they make a network or not.
pub fn model_file(tensors: &Tensors) -> Vec<u8> {
    let little_endian = |values: &[f32]| values.iter().flat_map(|v| v.to_le_bytes()).collect();
    let bytes: Vec<Vec<u8>> = tensors.iter().map(|(.., v)| little_endian(v)).collect();
    let views = tensors.iter().zip(&bytes).map(|((name, shape, _), bytes)| {
        let view = TensorView::new(Dtype::F32, shape.clone(), bytes).expect("a tensor");
        (*name, view)
    });
    safetensors::serialize(views, None).expect("a safetensors file")
}

/// A network of one linear layer.
pub fn linear(inputs: usize, outputs: usize) -> Vec<u8> {
    let weights = (0..inputs * outputs).map(|i| (i % 7) as f32 / 100.0 - 0.03);
    model_file(&vec![
        (
            "layers.0.weight",
            vec![outputs, inputs],
            weights.collect::<Vec<_>>(),
        ),
        ("layers.0.bias", vec![outputs], vec![0.1; outputs]),
    ])
}

/// A folder with a classifier, one for smaller images, a regression network and a folder.
pub fn workshop() -> Scratch {
    static MODELS: OnceLock<[Vec<u8>; 3]> = OnceLock::new();
    let [classifier, small, regression] = MODELS.get_or_init(|| {
        let scratch = Scratch::new();
        let train = "train --dataset digits --epochs 1 --hidden 8x2";
        scratch.succeed(&format!("{train} -o classifier"));
        scratch.succeed(&format!("{train} --side 18 -o small"));
        scratch.succeed("random --inputs 9 --hidden 5x2 --seed 1 -o regression");
        ["classifier", "small", "regression"].map(|name| scratch.read(name))
    });
    let scratch = Scratch::new();
    scratch.write("classifier", classifier);
    scratch.write("small", small);
    scratch.write("regression", regression);
    std::fs::create_dir(scratch.path("folder")).expect("a folder");
    scratch
}

/// Any box, within a ball of any groups.
pub fn random_region(inputs: usize, rng: &mut ChaCha8Rng) -> Region {
    let lower: Vec<f64> = (0..inputs).map(|_| rng.random_range(-1.0..1.0)).collect();
    let upper: Vec<f64> = lower
        .iter()
        .map(|l| l + rng.random_range(0.0..2.0))
        .collect();
    let shares = random_point(inputs, rng);
    let sides = lower.iter().zip(&upper).zip(shares);
    let centre = sides
        .map(|((l, u), share)| (l + share * (u - l)).clamp(*l, *u))
        .collect();
    let mut sets = vec![Vec::new(); 3];
    for input in 0..inputs {
        sets[rng.random_range(0..3)].push(input);
    }
    let all = [Groups::Single, Groups::All, Groups::Sets(sets)];
    let groups = all[rng.random_range(0..3)].clone();
    let ball = Ball::new(centre, rng.random_range(0.01..4.0), groups).expect("a partition");
    let region = Region::new_box(lower, upper).expect("sides in order");
    region.within(ball).expect("a centre in the box")
}

/// The groups of inputs of a ball.
pub fn groups(ball: &Ball) -> Vec<Vec<usize>> {
    let inputs = 0..ball.centre().len();
    match ball.groups() {
        Groups::Single => inputs.map(|input| vec![input]).collect(),
        Groups::All => vec![inputs.collect()],
        Groups::Sets(sets) => sets.clone(),
    }
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("packed");
    encoder.finish().expect("packed")
}

/// An IDX file: the words of its header (magic number and sizes), then `bytes` zeros.
pub fn idx(header: &[u32], bytes: usize) -> Vec<u8> {
    let mut file: Vec<u8> = header.iter().flat_map(|word| word.to_be_bytes()).collect();
    file.resize(file.len() + bytes, 0);
    file
}

/// Reports that a test proves nothing here, bypassing the capture of passing tests' output.
pub fn skipped(why: &str) {
    print_uncaptured(&format!("skipped: {why}"));
}

/// Prints a line to stderr that the test harness does not capture, unlike `eprintln!`.
pub fn print_uncaptured(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// The whole number in an environment variable, if that is set.
///
/// # Panics
/// When its value is not a whole number.
pub fn number_in(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    let number = text.parse();
    Some(number.unwrap_or_else(|_| panic!("{variable} is {text:?}, expected a whole number")))
}
