//! Trainings on the real images, where they are present.

use std::fs::File;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::time::Instant;

use flate2::read::GzDecoder;

use super::*;
use crate::named::Named;

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
    let network = train(&[32, 32], &data, &settings, 0, Device::Cpu, &mut ignore).unwrap();
    let reached = accuracy(&network, &test);
    assert!((0.93..0.97).contains(&reached), "{reached}");
}

#[test]
#[ignore = "prints times and accuracies, takes minutes"]
fn measure() {
    let cases = [
        (DatasetName::Mnist, Device::Cpu, 5),
        (DatasetName::Mnist, Device::NdArray, 2),
        (DatasetName::FashionMnist, Device::NdArray, 2),
        (DatasetName::FashionMnist, Device::Cpu, 40),
    ];
    for (name, device, epochs) in cases {
        let (data, test) = (split(name.as_str(), "train"), split(name.as_str(), "t10k"));
        let (data, test) = (data.unwrap(), test.unwrap());
        for hidden in [[32, 32], [64, 64]] {
            let settings = TrainingSettings {
                epochs,
                ..TrainingSettings::for_dataset(name)
            };
            let start = Instant::now();
            let mut last = None;
            let mut observer = |progress| last = Some(progress);
            let network = train(&hidden, &data, &settings, 0, device, &mut observer).unwrap();
            let seconds = start.elapsed().as_secs_f64() / epochs as f64;
            let start = Instant::now();
            let reached = accuracy(&network, &test);
            let evaluation = start.elapsed().as_secs_f64();
            eprintln!(
                "{name} {device} {hidden:?}: {seconds:.3} s an epoch, {reached:.4} after {epochs}, \
                 evaluation {evaluation:.3} s, {last:?}"
            );
        }
    }
}
