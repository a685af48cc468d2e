//! Decides whether an image can be changed so little that a trained network takes it for another class.
//!
//! cargo run --release --example verify_image

use std::error::Error;
use std::path::Path;

use pipeline::dataset::{self, DatasetName, Source};
use pipeline::prelude::*;
use pipeline::search;

pub fn main() -> Result<(), Box<dyn Error>> {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    let network = read_model(&models.join("digits-2x32.safetensors"))?.network;
    let digits = dataset::load(DatasetName::Digits, &Source::default(), &mut |_| {})?;
    let settings = Settings {
        time_limit: 60.0,
        ..Settings::default()
    };
    for epsilon in [0.01, 0.1] {
        // No pixel may change by more than epsilon, and any other class counts.
        let question = ImageQuestion {
            image: digits.test.input(0),
            epsilon,
            distance: Distance::LInfinity,
            label: None,
            target: Target::All,
            is_strict: false,
        };
        let asked = question.ask(&network, &network)?;
        let instances = &asked.instances;
        let (target, found) = search::any(
            Strategy::Portfolio,
            &network,
            None,
            instances,
            &settings,
            &mut |_| {},
        )?;
        print!(
            "class {}, changes up to {epsilon}: {}",
            asked.label, found.verdict
        );
        let Some(best) = found.best.filter(|best| best.is_adversarial()) else {
            println!();
            continue;
        };
        // The search has checked this, exactly; here it is once more in plain f64.
        let outputs = network.forward(&best.input);
        let target = asked.targets[target];
        assert!(outputs[target] > outputs[asked.label]);
        println!(", class {target} is ahead by {:.3}", best.value);
    }
    Ok(())
}
