//! Regression: trainings on tables.

use super::together::{largest_difference, stacked};
use super::*;

/// A fixed sequence of numbers in [0, 1).
fn draws() -> impl FnMut() -> f64 {
    let mut word: u32 = 1;
    move || {
        word = word.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        f64::from(word >> 8) / f64::from(1 << 24)
    }
}

/// `|x1| + x2` on [-1, 1]^2.
pub fn folded(rows: usize) -> Table {
    let mut draw = draws();
    let inputs: Vec<[f64; 2]> = (0..rows)
        .map(|_| [2.0 * draw() - 1.0, 2.0 * draw() - 1.0])
        .collect();
    let targets: Vec<[f64; 1]> = inputs.iter().map(|[x1, x2]| [x1.abs() + x2]).collect();
    Table::new(&inputs, &targets).unwrap()
}

/// `x + u` with x and u uniform in [0, 1), as every target: its q-quantile given x is `x + q`.
pub fn noisy(rows: usize, targets: usize) -> Table {
    let mut draw = draws();
    let pairs: Vec<[f64; 2]> = (0..rows).map(|_| [draw(), draw()]).collect();
    let inputs: Vec<[f64; 1]> = pairs.iter().map(|&[x, _]| [x]).collect();
    let repeated = |&[x, u]: &[f64; 2]| vec![x + u; targets];
    let targets: Vec<Vec<f64>> = pairs.iter().map(repeated).collect();
    Table::new(&inputs, &targets).unwrap()
}

fn jobs(sizes: &[usize], count: u64) -> Vec<Job> {
    let job = |seed| Job::with_sizes(sizes, seed).unwrap();
    (0..count).map(job).collect()
}

pub fn squared(epochs: usize) -> TrainingSettings {
    TrainingSettings {
        learning_rate: 1e-2,
        ..TrainingSettings::for_table(Loss::SquaredError, epochs)
    }
}

fn mean_squared_error(network: &Network, table: &Table) -> f64 {
    let error = |row: usize| network.forward(table.input(row))[0] - table.target(row)[0];
    let squares = (0..table.len()).map(|row| error(row).powi(2));
    squares.sum::<f64>() / table.len() as f64
}

#[test]
fn a_function_is_learned_by_many_networks_each_as_if_it_was_alone() {
    let table = folded(1000);
    let settings = squared(40);
    let jobs: Vec<Job> = jobs(&[2, 16, 8, 1], 3)
        .into_iter()
        .zip([1e-2, 5e-3, 2e-2])
        .map(|(job, rate)| job.with_learning_rate(rate).with_weight_decay(rate / 1e4))
        .collect();
    let networks = train(&jobs, &table, &settings, Device::Cpu, &ignore).unwrap();
    for (job, network) in jobs.iter().zip(networks) {
        let network = network.unwrap();
        let error = mean_squared_error(&network, &table);
        assert!(error < 1e-3, "{error}");
        let alone = train_one(job.clone(), &table, &settings, Device::Cpu, &ignore);
        assert_eq!(bits(&network), bits(&alone.unwrap()));
    }
}

#[test]
fn quantiles_are_learned() {
    let levels = [0.1, 0.5, 0.9];
    let table = noisy(2000, levels.len());
    let settings = TrainingSettings {
        learning_rate: 5e-3,
        step_decay: Some(StepDecay {
            epochs: 20,
            factor: 0.2,
        }),
        ..TrainingSettings::for_table(Loss::Quantile(levels.to_vec()), 40)
    };
    for network in train(
        &jobs(&[1, 8, 3], 3),
        &table,
        &settings,
        Device::Cpu,
        &ignore,
    )
    .unwrap()
    {
        let network = network.unwrap();
        for x in [0.1, 0.5, 0.9] {
            for (output, level) in network.forward(&[x]).iter().zip(levels) {
                let error = (output - (x + level)).abs();
                assert!(error < 0.06, "quantile {level} at {x} is {output}");
            }
        }
    }
}

#[test]
fn quantiles_of_one_target_do_not_cross_where_outputs_increase() {
    let levels = [0.1, 0.3, 0.5, 0.7, 0.9];
    let table = noisy(2000, 1);
    let settings = TrainingSettings {
        learning_rate: 5e-3,
        step_decay: Some(StepDecay {
            epochs: 30,
            factor: 0.2,
        }),
        weight_decay: 1e-5,
        fixed_layers: 1,
        ..TrainingSettings::for_table(Loss::Quantile(levels.to_vec()), 60)
    };
    let job = Job::with_increasing_outputs(&[1, 8, 5], 1)
        .unwrap()
        .with_penalty(Penalty::L1, 1e-6);
    let network = train_one(job.clone(), &table, &settings, Device::Cpu, &ignore).unwrap();
    assert_eq!(network.output(), job.start.output());
    for x in [0.1, 0.5, 0.9] {
        let outputs = network.forward(&[x]);
        assert!(outputs.is_sorted(), "{outputs:?}");
        for (output, level) in outputs.iter().zip(levels) {
            let error = (output - (x + level)).abs();
            assert!(error < 0.08, "quantile {level} at {x} is {output}");
        }
    }
}

/// Layers that are not trained have no gradients, pass those of others on, and count in no norm and no penalty.
#[test]
fn fixed_layers_stay_as_they_are() {
    let table = folded(200);
    let settings = TrainingSettings {
        fixed_layers: 2,
        gradient_norm: Some(0.1),
        weight_decay: 0.1,
        ..squared(3)
    };
    let jobs = jobs(&[2, 7, 5, 1], 2).into_iter();
    let jobs: Vec<Job> = jobs.map(|job| job.with_penalty(Penalty::L2, 0.1)).collect();
    for device in devices() {
        let trained = train(&jobs, &table, &settings, device, &ignore).unwrap();
        for (job, network) in jobs.iter().zip(trained) {
            let (start, end) = (job.start.layers(), network.unwrap());
            assert_ne!(end.layers()[0], start[0], "{device}");
            assert_eq!(end.layers()[1..], start[1..], "{device}");
        }
    }
}

#[test]
fn a_stack_of_a_table_gives_each_network_as_if_it_was_alone() {
    let table = folded(200);
    let dense = Job::with_sizes(&[2, 7, 5, 1], 9).unwrap().start;
    let mask = Mask::new(vec![vec![true; 14], vec![false; 35], vec![true; 5]]);
    let mut jobs = jobs(&[2, 7, 5, 1], 2);
    jobs.push(
        Job::finetuning(&dense, mask, 4)
            .unwrap()
            .with_weight_decay(0.1),
    );
    for order in [DataOrder::Sequential, DataOrder::Shuffled] {
        let settings = TrainingSettings {
            order,
            ..squared(3)
        };
        for device in devices() {
            let together = stacked(&jobs, &table, &settings, device);
            for (job, network) in jobs.iter().zip(together) {
                let alone = train_one(job.clone(), &table, &settings, device, &ignore).unwrap();
                let network = network.unwrap();
                let difference = largest_difference(&network, &alone);
                assert!(difference < 1e-5, "{device}: {difference}, {settings:?}");
                let pruned = network.layers()[1].weights();
                assert_eq!(
                    job.mask.is_some(),
                    pruned.iter().all(|&weight| weight == 0.0)
                );
            }
        }
    }
}

#[test]
fn weight_decay_is_each_networks_own() {
    let table = folded(100);
    let [job] = &jobs(&[2, 6, 1], 1)[..] else {
        panic!("one job");
    };
    for device in devices() {
        let own = [job.clone(), job.clone().with_weight_decay(0.3)];
        let [plain, decayed] = &stacked(&own, &table, &squared(2), device)[..] else {
            panic!("an outcome for each job");
        };
        let strict = TrainingSettings {
            weight_decay: 0.3,
            ..squared(2)
        };
        for (settings, found) in [(squared(2), plain), (strict, decayed)] {
            let alone = train_one(job.clone(), &table, &settings, device, &ignore).unwrap();
            assert!(largest_difference(found.as_ref().unwrap(), &alone) < 1e-6);
        }
    }
}

#[test]
fn regression_reports_its_loss_alone() {
    let table = folded(100);
    let reports = Mutex::new(Vec::new());
    let observer = |event: Event| {
        if let Event::Progress(progress) = event {
            reports.lock().unwrap().push(progress.mean());
        }
    };
    let [job] = &jobs(&[2, 6, 1], 1)[..] else {
        panic!("one job");
    };
    // Without steps that matter, the loss is that of the network at the start.
    let still = TrainingSettings {
        learning_rate: 1e-12,
        ..squared(1)
    };
    train_one(job.clone(), &table, &still, Device::Cpu, &observer).unwrap();
    let reports = reports.into_inner().unwrap();
    let [Standing { loss, accuracy, .. }] = reports[..] else {
        panic!("one report");
    };
    assert_eq!(accuracy, None);
    let expected = mean_squared_error(&job.start, &table);
    assert!((loss - expected).abs() < 1e-5, "{loss}, not {expected}");
}

#[test]
fn networks_of_a_table_are_pruned_and_finetuned() {
    let table = folded(200);
    let network = Job::with_sizes(&[2, 10, 1], 2).unwrap().start;
    let pruning = Pruning::magnitude(0.5);
    let job = PruningJob {
        network: &network,
        pruning: &pruning,
        seed: 1,
    };
    let pruned = prune_iteratively(&[job], &table, 2, &squared(2), Device::Cpu, &ignore);
    let pruned = pruned.unwrap().swap_remove(0).unwrap();
    assert_eq!(Mask::nonzero(&pruned).kept(), [10, 5]);
}
