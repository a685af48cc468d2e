//! Trainings on the real images, where they are present.

use std::fs::File;
use std::io::{Read, Write};
use std::path::PathBuf;

use flate2::read::GzDecoder;

use super::*;

fn idx(path: PathBuf, header: usize) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path).ok()?;
    GzDecoder::new(file).read_to_end(&mut bytes).ok()?;
    Some(bytes.split_off(header))
}

fn split(name: &str, part: &str) -> Option<Split> {
    let directory = std::env::var_os("PIPELINE_DATA_DIR").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared/data"),
        PathBuf::from,
    );
    let directory = directory.join(name);
    let images = idx(directory.join(format!("{part}-images-idx3-ubyte.gz")), 16);
    let labels = idx(directory.join(format!("{part}-labels-idx1-ubyte.gz")), 8);
    let found = images.zip(labels);
    if found.is_none() {
        // Past the capture of what passing tests say.
        let _ = writeln!(
            std::io::stderr(),
            "skipped: no {name} images in {}",
            directory.display()
        );
    }
    found.map(|(images, labels)| Split::new(28, images, labels))
}

#[test]
fn mnist_reaches_the_published_accuracy() {
    let (Some(data), Some(test)) = (split("mnist", "train"), split("mnist", "t10k")) else {
        return;
    };
    let settings = TrainingSettings::for_dataset(DatasetName::Mnist);
    let job = start(&data, &[32, 32], 0);
    let network = train_one(job, &data, &settings, Device::Cpu, &ignore).unwrap();
    let reached = accuracy(&network, &test);
    assert!((0.93..0.97).contains(&reached), "{reached}");
}
