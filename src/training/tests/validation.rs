//! Validation after every epoch, and the best epoch kept.

use super::tables::{folded, squared};
use super::together::{largest_difference, stacked};
use super::*;

/// Two networks: one learns, the other one gets worse from some epoch on.
fn jobs() -> [Job; 2] {
    let job = |seed| Job::with_sizes(&[2, 8, 1], seed).unwrap();
    [job(1), job(2).with_learning_rate(0.7)]
}

fn data<'a>(training: &'a Table, validation: &'a Table) -> TrainingData<'a> {
    TrainingData {
        training: training.into(),
        validation: Some(validation.into()),
    }
}

/// The validation losses of each network by epoch.
fn validation_losses(
    jobs: &[Job],
    data: TrainingData,
    settings: &TrainingSettings,
    device: Device,
) -> (Vec<Vec<f64>>, Vec<Network>) {
    let losses = Mutex::new(vec![Vec::new(); jobs.len()]);
    let observer = |event: Event| {
        if let Event::Progress(progress) = event {
            let is_end = progress.batch == progress.batches;
            assert_eq!(progress.validation.is_some(), is_end);
            let validation = progress.validation.unwrap_or_default();
            for (index, standing) in (progress.first..).zip(validation) {
                losses.lock().unwrap()[index].push(standing.loss);
            }
        }
    };
    let networks = train(jobs, data, settings, device, &observer).unwrap();
    let networks = networks.into_iter().map(Result::unwrap).collect();
    (losses.into_inner().unwrap(), networks)
}

fn mean_squared_error(network: &Network, table: &Table) -> f64 {
    let error = |row: usize| network.forward(table.input(row))[0] - table.target(row)[0];
    let squares = (0..table.len()).map(|row| error(row).powi(2));
    squares.sum::<f64>() / table.len() as f64
}

#[test]
fn the_validation_loss_is_that_of_the_network_after_the_epoch() {
    let tables = [folded(150), folded(90)];
    for device in devices() {
        let data = data(&tables[0], &tables[1]);
        let (losses, networks) = validation_losses(&jobs(), data, &squared(4), device);
        for (losses, network) in losses.iter().zip(&networks) {
            assert_eq!(losses.len(), 4);
            let expected = mean_squared_error(network, &tables[1]);
            assert!(
                (losses[3] - expected).abs() < 1e-5 * (1.0 + expected),
                "{device}"
            );
        }
    }
}

#[test]
fn validation_does_not_change_the_training() {
    let tables = [folded(150), folded(90)];
    for device in devices() {
        let with = train(
            &jobs(),
            data(&tables[0], &tables[1]),
            &squared(3),
            device,
            &ignore,
        );
        let without = train(&jobs(), &tables[0], &squared(3), device, &ignore);
        for (with, without) in with.unwrap().into_iter().zip(without.unwrap()) {
            let (with, without) = (with.unwrap(), without.unwrap());
            assert_eq!(bits(&with), bits(&without), "{device}");
        }
    }
}

#[test]
fn the_best_epoch_of_each_network_is_kept() {
    let tables = [folded(150), folded(90)];
    let settings = |epochs: usize, keep_best: Option<f64>| TrainingSettings {
        keep_best,
        ..squared(epochs)
    };
    let jobs = jobs();
    for device in devices() {
        let data = data(&tables[0], &tables[1]);
        let (losses, _) = validation_losses(&jobs, data, &settings(8, None), device);
        // Without a least improvement, and with one that ends it after the first epoch.
        for improvement in [0.0, 1e9] {
            let kept = stacked(&jobs, data, &settings(8, Some(improvement)), device);
            for ((job, losses), network) in jobs.iter().zip(&losses).zip(kept) {
                let smallest = |best: usize, epoch: usize| {
                    if losses[epoch] < losses[best] - improvement {
                        epoch
                    } else {
                        best
                    }
                };
                let best = (0..losses.len()).fold(0, smallest);
                let until = settings(best + 1, None);
                let expected = train_one(job.clone(), &tables[0], &until, device, &ignore).unwrap();
                let difference = largest_difference(&network.unwrap(), &expected);
                assert!(difference < 1e-5, "{device}: {difference}");
            }
        }
        let best = |losses: &Vec<f64>| losses.iter().copied().fold(f64::INFINITY, f64::min);
        assert_eq!(losses[0][7], best(&losses[0]), "the first one learns");
        assert!(losses[1][7] > best(&losses[1]), "the second one gets worse");
    }
}

#[test]
fn images_are_validated_with_their_accuracy() {
    let (training, validation) = (separable(200), separable(70));
    let data = TrainingData {
        training: (&training).into(),
        validation: Some((&validation).into()),
    };
    let last = Mutex::new(None);
    let observer = |event: Event| {
        if let Event::Progress(Progress { validation, .. }) = event {
            *last.lock().unwrap() = validation;
        }
    };
    for device in devices() {
        let job = start(&training, &[12], 0);
        let network = train_one(job, data, &settings(3), device, &observer).unwrap();
        let standings = last.lock().unwrap().take().expect("the end of an epoch");
        let expected = accuracy(&network, &validation);
        assert!(
            (standings[0].accuracy.unwrap() - expected).abs() < 0.02,
            "{device}"
        );
    }
}

#[test]
fn the_best_epoch_needs_validation_samples_that_fit() {
    let table = folded(10);
    let keep = TrainingSettings {
        keep_best: Some(0.0),
        ..squared(1)
    };
    let [job, _] = jobs();
    let refused = |data: TrainingData, settings: &TrainingSettings| {
        train_one(job.clone(), data, settings, Device::Cpu, &ignore).unwrap_err()
    };
    assert_eq!(refused((&table).into(), &keep), TrainingError::NoValidation);
    let other = tables::noisy(10, 1);
    let error = refused(data(&table, &other), &keep);
    assert!(matches!(error, TrainingError::TableSize { .. }), "{error}");
    let negative = TrainingSettings {
        keep_best: Some(-1.0),
        ..keep.clone()
    };
    let error = refused(data(&table, &table), &negative);
    assert!(
        matches!(
            error,
            TrainingError::Setting {
                field: "keep_best",
                ..
            }
        ),
        "{error}"
    );
}
