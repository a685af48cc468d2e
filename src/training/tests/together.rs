//! Networks that are trained together are those that are trained alone.

use super::*;
use crate::training::batches::Batches;
use crate::training::fit::Fit;

/// Trains all jobs as one stack, also where the device would train them one by one.
pub fn stacked<'a>(
    jobs: &[Job],
    data: impl Into<TrainingData<'a>>,
    settings: &TrainingSettings,
    device: Device,
) -> Vec<Result<Network, TrainingError>> {
    let data = data.into();
    let batches = |samples, order| {
        let opened = device.open().unwrap();
        Batches::new(
            samples,
            settings.batch_size,
            order,
            opened,
            device.is_host(),
        )
    };
    let validation = data.validation;
    let validation = validation.map(|samples| batches(samples, DataOrder::Sequential));
    let fit = Fit {
        first: 0,
        round: 1,
        rounds: 1,
        batches: &batches(data.training, settings.order),
        validation: validation.as_ref(),
        settings,
        device,
        observer: &ignore,
    };
    fit.run(jobs).unwrap()
}

/// Networks of several seeds, masks and learning rates.
fn mixed(data: &Split) -> Vec<Job> {
    let dense = start(data, &[12, 9], 1).start;
    let every = |nth: usize| {
        let layers = dense.layers().iter();
        let flags = |layer: &Layer| (0..layer.weights().len()).map(|at| at % nth != 0).collect();
        Mask::new(layers.map(flags).collect())
    };
    vec![
        start(data, &[12, 9], 2),
        start(data, &[12, 9], 3).with_learning_rate(2e-3),
        Job::finetuning(&dense, every(2), 4).unwrap(),
        Job::finetuning(&dense, every(3), 4)
            .unwrap()
            .with_learning_rate(1e-2),
    ]
}

fn all_settings() -> Vec<TrainingSettings> {
    let orders = [DataOrder::Sequential, DataOrder::Shuffled];
    let norms = [None, Some(0.5)];
    let all = orders
        .into_iter()
        .flat_map(|order| norms.map(|norm| (order, norm)));
    all.map(|(order, gradient_norm)| TrainingSettings {
        order,
        gradient_norm,
        ..settings(2)
    })
    .collect()
}

pub fn largest_difference(one: &Network, other: &Network) -> f64 {
    let values = |network: &Network| -> Vec<f64> {
        let layers = network.layers().iter();
        layers
            .flat_map(|layer| [layer.weights(), layer.biases()].concat())
            .collect()
    };
    let pairs = values(one).into_iter().zip(values(other));
    pairs.fold(0.0, |most, (one, other)| most.max((one - other).abs()))
}

#[test]
fn a_stack_gives_each_network_as_if_it_was_alone() {
    let data = separable(300);
    let jobs = mixed(&data);
    for settings in all_settings() {
        for device in devices() {
            let together = stacked(&jobs, &data, &settings, device);
            for (job, network) in jobs.iter().zip(together) {
                let alone = train_one(job.clone(), &data, &settings, device, &ignore).unwrap();
                let difference = largest_difference(&network.unwrap(), &alone);
                assert!(difference < 1e-5, "{device}: {difference}, {settings:?}");
            }
        }
    }
}

#[test]
fn on_the_cpu_every_bit_is_the_same_alone_and_among_others() {
    let data = separable(300);
    let jobs = mixed(&data);
    for settings in all_settings() {
        let together = train(&jobs, &data, &settings, Device::Cpu, &ignore).unwrap();
        for (job, network) in jobs.iter().zip(together) {
            let alone = train_one(job.clone(), &data, &settings, Device::Cpu, &ignore).unwrap();
            assert_eq!(bits(&network.unwrap()), bits(&alone));
        }
    }
}

#[test]
fn learning_rates_and_masks_are_each_networks_own() {
    let data = separable(300);
    let jobs = mixed(&data);
    let networks = train(&jobs, &data, &settings(1), Device::Cpu, &ignore).unwrap();
    let networks: Vec<Network> = networks.into_iter().map(Result::unwrap).collect();
    let slow = TrainingSettings {
        learning_rate: 2e-3,
        ..settings(1)
    };
    let job = start(&data, &[12, 9], 3);
    let alone = train_one(job, &data, &slow, Device::Cpu, &ignore).unwrap();
    assert_eq!(bits(&networks[1]), bits(&alone));
    for (nth, network) in [(2, &networks[2]), (3, &networks[3])] {
        for layer in network.layers() {
            let pruned = layer.weights().iter().step_by(nth);
            assert!(pruned.into_iter().all(|&weight| weight == 0.0));
        }
    }
}

#[test]
fn a_network_that_diverges_fails_alone() {
    let data = separable(300);
    let jobs = [
        start(&data, &[12, 9], 2),
        start(&data, &[12, 9], 2).with_learning_rate(1e30),
    ];
    for device in devices() {
        let [sound, wild] = &stacked(&jobs, &data, &settings(2), device)[..] else {
            panic!("an outcome for each job");
        };
        assert!(matches!(
            wild,
            Err(TrainingError::Diverged {
                epoch: 1,
                epochs: 2
            })
        ));
        let alone = train_one(jobs[0].clone(), &data, &settings(2), device, &ignore).unwrap();
        assert!(largest_difference(sound.as_ref().unwrap(), &alone) < 1e-5);
    }
}

#[test]
fn each_network_is_reported_once() {
    let data = separable(100);
    let jobs = mixed(&data);
    let done = Mutex::new(Vec::new());
    let observer = |event: Event| {
        if let Event::Done { job, outcome } = event {
            done.lock()
                .unwrap()
                .push((job, outcome.as_ref().unwrap().clone()));
        }
    };
    let networks = train(&jobs, &data, &settings(1), Device::Cpu, &observer).unwrap();
    let mut done = done.into_inner().unwrap();
    done.sort_by_key(|&(job, _)| job);
    let networks = networks.into_iter().map(Result::unwrap).enumerate();
    assert_eq!(done, networks.collect::<Vec<_>>());
}

#[test]
fn iterative_pruning_of_many_is_that_of_each() {
    let data = separable(300);
    let networks = [1, 2].map(|seed| trained(seed, Device::Cpu, &settings(2)));
    let prunings = [0.5, 0.9].map(Pruning::magnitude);
    let jobs: Vec<PruningJob> = networks
        .iter()
        .flat_map(|network| prunings.iter().map(move |pruning| (network, pruning)))
        .map(|(network, pruning)| PruningJob {
            network,
            pruning,
            seed: 5,
        })
        .collect();
    let prune = |jobs: &[PruningJob]| -> Vec<Network> {
        let pruned = prune_iteratively(jobs, &data, 3, &settings(1), Device::Cpu, &ignore);
        pruned.unwrap().into_iter().map(Result::unwrap).collect()
    };
    let together = prune(&jobs);
    for (job, network) in jobs.iter().zip(&together) {
        assert_eq!(bits(&prune(std::slice::from_ref(job))[0]), bits(network));
        let weights: usize = job
            .network
            .layers()
            .iter()
            .map(|layer| layer.weights().len())
            .sum();
        let kept: usize = Mask::nonzero(network).kept().iter().sum();
        let expected = weights as f64 * (1.0 - job.pruning.rate);
        assert!((kept as f64 - expected).abs() < 5.0, "{kept} of {weights}");
    }
}

#[test]
fn networks_of_two_shapes_are_refused() {
    let data = separable(20);
    let jobs = [start(&data, &[4], 0), start(&data, &[5], 0)];
    let refused = train(&jobs, &data, &settings(1), Device::Cpu, &ignore).unwrap_err();
    assert_eq!(
        refused,
        TrainingError::Shapes {
            first: vec![25, 4, 10],
            other: vec![25, 5, 10]
        }
    );
}

#[test]
fn stacks_take_what_a_gpu_has() {
    let size = |hidden: usize, name: DatasetName| {
        let settings = TrainingSettings::for_dataset(name);
        let sizes = [784, hidden, hidden, 10];
        stack_size(&sizes, 60_000, &settings, Device::Wgpu)
    };
    let mnist = DatasetName::Mnist;
    assert!((300..2000).contains(&size(64, mnist)));
    assert!(size(32, mnist) > size(64, mnist));
    assert_eq!(
        size(1_000_000, mnist),
        1,
        "what does not fit is tried, alone"
    );
    // An order of the images for each network is a buffer, too.
    let shuffled = size(32, DatasetName::FashionMnist);
    assert!(shuffled * 60_000 * 4 <= 128 << 20, "{shuffled}");

    let settings = TrainingSettings::for_dataset(mnist);
    assert_eq!(
        stack_size(&[784, 64, 10], 60_000, &settings, Device::Cpu),
        1
    );
}

#[test]
fn each_network_has_a_standing_of_its_own() {
    let data = separable(300);
    let jobs = mixed(&data);
    let last_standings = |jobs: &[Job]| {
        let standings = Mutex::new(vec![None; jobs.len()]);
        let observer = |event: Event| {
            if let Event::Progress(progress) = event {
                let mut standings = standings.lock().unwrap();
                for (place, standing) in (progress.first..).zip(progress.standings) {
                    standings[place] = Some(standing);
                }
            }
        };
        train(jobs, &data, &settings(1), Device::Cpu, &observer).unwrap();
        standings.into_inner().unwrap()
    };
    let together = last_standings(&jobs);
    for (job, standing) in jobs.iter().zip(&together) {
        assert_eq!(last_standings(std::slice::from_ref(job)), [*standing]);
    }
    assert_ne!(together[0], together[1]);
}
