//! `pipeline random`: a random regression network, bit for bit the published one.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::arguments::Pair;
use super::destination::check_file;
use super::output::{path_as_text, print, print_json};
use super::train::shape;
use crate::formats::{ModelFile, write_model};
use crate::network::random;
use crate::recipe::DenseRecipe;

/// Create a random regression network with one output, as used in function maximization
///
/// The weights match those of PyTorch's Linear layers with the same seed, bit for bit.
///
/// Example: pipeline random --inputs 100 --hidden 50x2 --seed 50 -o models/random.safetensors
#[derive(Debug, Args)]
pub struct Arguments {
    /// Number of inputs
    #[arg(long)]
    inputs: usize,
    /// Hidden layers: width x layers
    #[arg(long, value_name = "WIDTHxLAYERS")]
    hidden: Pair,
    /// Seed of the weights (50 to 54 in the published runs)
    #[arg(long)]
    seed: u32,
    /// Print one JSON object instead of the summary
    #[arg(long)]
    json: bool,
    /// Model file to write
    #[arg(short, long, value_name = "MODEL")]
    output: PathBuf,
}

#[derive(Serialize)]
struct Record<'a> {
    #[serde(serialize_with = "path_as_text")]
    model: &'a PathBuf,
    sizes: Vec<usize>,
    seed: u32,
}

pub fn run(arguments: &Arguments) -> anyhow::Result<()> {
    check_file("--output", &arguments.output)?;
    let seed = arguments.seed;
    let (inputs, hidden) = (arguments.inputs, arguments.hidden.hidden());
    let network = random(inputs, &hidden, seed)?;
    let sizes = network.sizes();
    let recipe = DenseRecipe::Random {
        inputs,
        hidden,
        seed,
    };
    let model = ModelFile::new(network, recipe.origin(None));
    write_model(&arguments.output, &model)?;
    let model = &arguments.output;
    if arguments.json {
        return print_json(&Record { model, sizes, seed });
    }
    print(&format!(
        "{}: random network {} with seed {seed}",
        model.display(),
        shape(&sizes)
    ))
}
