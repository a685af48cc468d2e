//! What is refused, and with which error.

use super::*;

#[test]
fn a_divergence_names_its_epoch() {
    let data = separable(80);
    let wild = TrainingSettings {
        learning_rate: 1e30,
        ..settings(3)
    };
    let job = start(&data, &[4], 0);
    let result = train_one(job, &data, &wild, Device::Cpu, &ignore);
    assert_eq!(
        result.unwrap_err(),
        TrainingError::Diverged {
            epoch: 1,
            epochs: 3
        }
    );
}

#[test]
fn what_does_not_fit_is_refused() {
    let data = separable(20);
    let all = |network: &Network| {
        let layers = network.layers().iter();
        Mask::new(
            layers
                .map(|layer| vec![true; layer.weights().len()])
                .collect(),
        )
    };
    let tune = |network: &Network, mask: &Mask| {
        let job = Job::finetuning(network, mask.clone(), 0);
        let tuned = job.and_then(|job| train_one(job, &data, &settings(1), Device::Cpu, &ignore));
        tuned.unwrap_err()
    };
    let small = random::initial_network(&[16, 10], 0);
    let refused = tune(&small, &all(&small));
    let expected = TrainingError::InputSize {
        network: 16,
        image: 25,
    };
    assert_eq!(refused, expected);

    let narrow = random::initial_network(&[25, 9], 0);
    let refused = tune(&narrow, &all(&narrow));
    assert_eq!(refused, TrainingError::OutputSize { found: 9 });

    let fitting = random::initial_network(&[25, 4, 10], 0);
    let refused = tune(&fitting, &Mask::new(vec![vec![true; 100]]));
    let expected = TrainingError::MaskLayers {
        mask: 1,
        network: 2,
    };
    assert_eq!(refused, expected);
    let refused = tune(&fitting, &Mask::new(vec![vec![true; 100], vec![true; 39]]));
    let expected = TrainingError::MaskSize {
        layer: 1,
        mask: 39,
        network: 40,
    };
    assert_eq!(refused, expected);

    let refused_start = |hidden: &[usize], data: &Split, settings: &TrainingSettings| {
        let job = Job::new(data.side(), hidden, 0);
        let trained = job.and_then(|job| train_one(job, data, settings, Device::Cpu, &ignore));
        trained.unwrap_err()
    };
    let refused = refused_start(&[3, 0], &data, &settings(1));
    assert!(matches!(refused, TrainingError::Sizes(_)), "{refused}");
    let refused = refused_start(&[3], &Split::new(2, vec![], vec![]), &settings(1));
    assert_eq!(refused, TrainingError::NoImages);
    let labelled = Split::new(1, vec![0, 0], vec![9, 10]);
    let refused = refused_start(&[3], &labelled, &settings(1));
    assert_eq!(
        refused,
        TrainingError::Label {
            image: 1,
            label: 10
        }
    );
    let no_batches = TrainingSettings {
        batch_size: 0,
        ..settings(1)
    };
    assert!(matches!(
        refused_start(&[3], &data, &no_batches),
        TrainingError::Setting {
            field: "batch_size",
            ..
        }
    ));
}

#[test]
fn what_a_device_says_is_cut_to_its_root() {
    let said =
        "An error happened\nCaused by:\n  Several\nCaused by:\n  no memory\nNo backtrace available";
    let message = |said: &str| match TrainingError::device_failed(Device::Wgpu, said) {
        TrainingError::DeviceFailed { message, .. } => message,
        other => panic!("{other}"),
    };
    assert_eq!(message(said), "An error happened: Several: no memory");
    assert_eq!(message(&"ä".repeat(1000)), "ä".repeat(300));
}

#[test]
fn what_does_not_fit_a_table_is_refused() {
    let table = tables::noisy(10, 2);
    let refused = |job: Job, loss: Loss| {
        let settings = TrainingSettings::for_table(loss, 1);
        train_one(job, &table, &settings, Device::Cpu, &ignore).unwrap_err()
    };
    let job = |sizes: &[usize]| Job::with_sizes(sizes, 0).unwrap();
    let fitting = || job(&[1, 3, 2]);
    let expected = TrainingError::TableSize {
        network: [2, 2],
        table: [1, 2],
    };
    assert_eq!(refused(job(&[2, 3, 2]), Loss::SquaredError), expected);
    assert_eq!(
        expected.to_string(),
        "the network has 2 inputs and 2 outputs, expected 1 and 2 for the table and the loss"
    );
    assert_eq!(
        refused(fitting(), Loss::CrossEntropy),
        TrainingError::LossOfTable
    );
    let expected = TrainingError::Levels {
        levels: 3,
        targets: 2,
    };
    assert_eq!(refused(fitting(), Loss::Quantile(vec![0.5; 3])), expected);
    for level in [0.0, 1.0, -0.1, f64::NAN] {
        let refused = refused(fitting(), Loss::Quantile(vec![0.5, level]));
        assert!(
            matches!(refused, TrainingError::Level { output: 1, .. }),
            "{refused}"
        );
    }
    let negative = fitting().with_weight_decay(-1.0);
    assert!(matches!(
        refused(negative, Loss::SquaredError),
        TrainingError::Setting {
            field: "weight_decay",
            ..
        }
    ));

    let images = separable(10);
    let settings = TrainingSettings::for_table(Loss::SquaredError, 1);
    let job = start(&images, &[3], 0);
    let refused = train_one(job, &images, &settings, Device::Cpu, &ignore).unwrap_err();
    assert_eq!(refused, TrainingError::LossOfImages);
}
