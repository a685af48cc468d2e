//! Time to compute bounds of every kind, in milliseconds in one thread, on random networks: the
//! table of PERFORMANCE.md.
//!
//! ```text
//! cargo bench --bench bounds
//! ```

use std::time::Instant;

use pipeline::bounds::{BoundKind, Phase};
use pipeline::instance::Region;
use pipeline::limits::{Limits, StopFlag};
use pipeline::named::Named;
use pipeline::network::random;
use pipeline::tightening::bounds;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn main() -> anyhow::Result<()> {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let settings = Limits {
        time_limit: 120.0,
        threads: 1,
        seed: 0,
        stop: StopFlag::default(),
    };
    for (inputs, hidden) in [(784, vec![64; 4]), (10_000, vec![200; 5])] {
        let network = random(inputs, &hidden, 50)?;
        let centre = random_point(inputs, &mut rng);
        let ball = Region::l1_ball(centre, 5.0)?;
        for (name, region) in [("box", Region::unit_box(inputs)), ("ball", ball)] {
            for &(kind, _) in BoundKind::NAMES {
                let started = Instant::now();
                let bounds = bounds(kind, &network, &region, &settings, 1.0)?;
                let milliseconds = started.elapsed().as_secs_f64() * 1e3;
                let neurons = bounds.layers().iter().take(hidden.len()).flatten();
                let unstable = neurons.filter(|bound| bound.phase() == Phase::Unstable);
                println!(
                    "{inputs} inputs, {} layers, {name}, {kind}: {milliseconds:.1} ms, {} unstable, output in {:?}",
                    hidden.len(),
                    unstable.count(),
                    bounds.layers()[hidden.len()][0]
                );
            }
        }
    }
    Ok(())
}

/// A point of the unit box, half of whose coordinates are 0 or 1, as for most pixels.
fn random_point(inputs: usize, rng: &mut ChaCha8Rng) -> Vec<f64> {
    let mut value = || match rng.random_range(0..4) {
        0 => 0.0,
        1 => 1.0,
        _ => rng.random_range(0.0..1.0),
    };
    (0..inputs).map(|_| value()).collect()
}
