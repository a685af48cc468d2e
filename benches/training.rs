//! Seconds per network and epoch of training many networks at once, as one JSON object:
//!
//! ```text
//! cargo bench --bench training -- --networks 10 --device cpu
//! ```
//!
//! Loading the data set is not timed; preparing it and moving it to the device is. An untimed
//! training run of one epoch comes first, in which a GPU compiles its kernels.

use std::path::PathBuf;
use std::time::Instant;

use clap::Parser;
use mimalloc::MiMalloc;
use pipeline::dataset::{self, DatasetName, Source, Split};
use pipeline::training::{DataOrder, Device, Job, TrainingSettings, train};

/// The same allocator as in the program.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[derive(Parser)]
struct Arguments {
    #[arg(long, default_value_t = 10)]
    networks: u64,
    #[arg(long, default_value_t = Device::Cpu)]
    device: Device,
    #[arg(long, value_delimiter = ',', default_value = "64,64")]
    hidden: Vec<usize>,
    #[arg(long, default_value_t = 64)]
    batch_size: usize,
    /// Epochs of the timed training run
    #[arg(long, default_value_t = 2)]
    epochs: usize,
    /// Give each network its own image order
    #[arg(long)]
    shuffled: bool,
    /// Folder with mnist/
    #[arg(long, env = "PIPELINE_DATA_DIR", default_value = "datasets")]
    data_dir: PathBuf,
    /// Passed by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let source = Source::Directory(arguments.data_dir.clone());
    let data = dataset::load(DatasetName::Mnist, &source, &mut |_| {})?.train;
    arguments.seconds(&data, 1)?;
    let seconds = arguments.seconds(&data, arguments.epochs)?;
    let record = serde_json::json!({
        "way": "pipeline",
        "networks": arguments.networks,
        "hidden": arguments.hidden,
        "batch_size": arguments.batch_size,
        "shuffled": arguments.shuffled,
        "device": arguments.device.to_string(),
        "hardware": arguments.device.hardware()?.swap_remove(0),
        "seconds_per_network_epoch":
            seconds / arguments.networks as f64 / arguments.epochs as f64,
    });
    println!("{record}");
    Ok(())
}

impl Arguments {
    /// Seconds to train all networks.
    fn seconds(&self, data: &Split, epochs: usize) -> anyhow::Result<f64> {
        let jobs = (0..self.networks).map(|seed| Job::new(data.side(), &self.hidden, seed));
        let jobs = jobs.collect::<Result<Vec<Job>, _>>()?;
        let settings = TrainingSettings {
            epochs,
            batch_size: self.batch_size,
            order: match self.shuffled {
                true => DataOrder::Shuffled,
                false => DataOrder::Sequential,
            },
            ..TrainingSettings::for_dataset(DatasetName::Mnist)
        };
        let started = Instant::now();
        for network in train(&jobs, data, &settings, self.device, &|_| {})? {
            network?;
        }
        Ok(started.elapsed().as_secs_f64())
    }
}
