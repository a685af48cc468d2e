//! What decisions on each neuron have brought so far.

/// The weight of the mean over all neurons in that of one.
const PRIOR: f64 = 4.0;

/// By how much decisions have lowered bounds, in units of the worth that the relaxation gave them
/// (pseudo-costs: Benichou et al., Math. Programming 1, 1971).
#[derive(Debug)]
pub(super) struct Gains {
    neurons: Vec<[Mean; 2]>,
    all: [Mean; 2],
}

/// What one decision brought.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gain {
    pub neuron: usize,
    pub active: bool,
    /// Per unit of worth.
    pub gain: f64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Mean {
    sum: f64,
    count: f64,
}

impl Gains {
    pub fn none(neurons: usize) -> Self {
        Self {
            neurons: vec![[Mean::default(); 2]; neurons],
            all: [Mean::default(); 2],
        }
    }

    pub fn note(&mut self, gain: &Gain) {
        let side = usize::from(gain.active);
        self.neurons[gain.neuron][side].add(gain.gain);
        self.all[side].add(gain.gain);
    }

    /// What both decisions on a neuron have brought together, per unit of worth; 1 while nothing is known.
    pub fn of(&self, neuron: usize) -> f64 {
        if self.all.iter().all(|mean| mean.count == 0.0) {
            return 1.0;
        }
        let sides = self.neurons[neuron].iter().zip(&self.all);
        sides.map(|(own, all)| own.with_prior(all)).sum()
    }
}

impl Mean {
    fn add(&mut self, value: f64) {
        self.sum += value;
        self.count += 1.0;
    }

    fn with_prior(&self, all: &Self) -> f64 {
        let prior = all.sum / all.count.max(1.0);
        (self.sum + PRIOR * prior) / (self.count + PRIOR)
    }
}
