//! Maximises a network through its pruned surrogate, as the paper does, and then proves how far that is from the
//! optimum.
//!
//! cargo run --release --example maximise_through_surrogate

use std::error::Error;

use pipeline::prelude::*;

pub fn main() -> Result<(), Box<dyn Error>> {
    let dense = random(20, &[16, 16], 1)?;
    let sparse = prune(&dense, &Pruning::magnitude(0.8))?.apply(&dense);
    let instance = Instance::maximization(dense.inputs());
    let settings = Settings {
        time_limit: 20.0,
        ..Settings::default()
    };

    // Solutions of the surrogate's MILP, each evaluated on the dense network.
    let found = surrogate(&dense, &sparse, &instance, &settings, &mut |_| {})?;
    let best = found.best.ok_or("every point of the box is feasible")?;
    assert_eq!(best.value, dense.forward(&best.input)[0]);
    println!(
        "through the surrogate: {:.6} in {:.2} s",
        best.value, found.seconds_total
    );

    // Gradient ascent and branch and bound on the dense network itself.
    let proved = portfolio(&dense, &instance, &settings, &mut |_| {})?;
    let optimum = proved.best.ok_or("every point of the box is feasible")?;
    let bound = proved.dual_bound.ok_or("the search proves a bound")?;
    println!(
        "optimum:               {:.6}, at most {bound:.6}: {}",
        optimum.value, proved.verdict
    );
    assert!(best.value <= bound && optimum.value <= bound);
    Ok(())
}
