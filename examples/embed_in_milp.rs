//! Embeds a network in a MILP that is written by hand, max c'x + d'y subject to Ax + By <= b and y = NN(x).
//!
//! A network gives the yield y of a process at temperature and pressure, scaled to [0, 1]. Heat and pressure cost
//! money, and whole batches are sold.
//!
//! cargo run --release --example embed_in_milp

use std::error::Error;
use std::ops::ControlFlow;

use pipeline::prelude::*;
use pipeline::solver::{self, Event};

pub fn main() -> Result<(), Box<dyn Error>> {
    // Yield = 3 relu(t + p - 0.5) - 4 relu(t + p - 1.2) - relu(p - t): best where t + p = 1.2.
    let network = Network::new(vec![
        Layer::new(
            2,
            vec![1.0, 1.0, 1.0, 1.0, -1.0, 1.0],
            vec![-0.5, -1.2, 0.0],
        ),
        Layer::new(3, vec![3.0, -4.0, -1.0], vec![0.0]),
    ])?;

    // The columns x with their costs, and y = NN(x); its big-M come from proved bounds on the preactivations.
    let mut problem = Problem::new(Sense::Maximize);
    let temperature = problem.add_continuous("temperature".into(), 0.0, 1.0);
    let pressure = problem.add_continuous("pressure".into(), 0.0, 1.0);
    let bounds = interval(&network, &Region::unit_box(2))?;
    let inputs = [Affine::column(temperature), Affine::column(pressure)];
    let embedding = embed(&mut problem, "yield_", &network, &bounds, &inputs);
    let y = &embedding.outputs[0];

    // Rows over x and y: each batch that is sold takes half a unit of yield; pressure and half of the temperature are
    // at most 0.8 together.
    let batches: Vec<Column> = (0..4)
        .map(|n| problem.add_binary(format!("batch{n}")))
        .collect();
    let mut sold = y.terms.clone();
    sold.extend(batches.iter().map(|&batch| (batch, -0.5)));
    problem.add_row("sold".into(), -y.constant, f64::INFINITY, sold);
    problem.add_row(
        "safety".into(),
        f64::NEG_INFINITY,
        0.8,
        vec![(pressure, 1.0), (temperature, 0.5)],
    );
    for (column, cost) in [(temperature, -1.0), (pressure, -1.5)] {
        problem.columns[column.0].cost = cost;
    }
    for batch in &batches {
        problem.columns[batch.0].cost = 2.0;
    }

    let mut best = None;
    let end = solver::solve(&problem, &solver::Settings::default(), &mut |event| {
        if let Event::Solution(solution) = event {
            best = Some(solution);
        }
        ControlFlow::Continue(())
    })?;
    let best = best.ok_or("no solution")?;
    let x = [best.columns[temperature.0], best.columns[pressure.0]];
    println!(
        "profit {:.4}, at most {:.4}",
        best.objective,
        end.dual_bound.ok_or("no bound")?
    );
    println!(
        "temperature {:.4}, pressure {:.4}, yield {:.4}",
        x[0],
        x[1],
        network.forward(&x)[0]
    );

    // A solver's solution is a claim, which the network itself confirms.
    assert!((network.forward(&x)[0] - y.value(&best.columns)).abs() < 1e-6);
    Ok(())
}
