//! Pseudo-costs: how much branching on each neuron has improved bounds so far.

/// Weight of the mean over all neurons in that of one neuron.
const PRIOR: f64 = 4.0;

/// Mean bound improvement per unit of branching score, for each neuron and phase
/// (pseudo-costs: Benichou et al., Math. Programming 1, 1971).
#[derive(Debug)]
pub(super) struct PseudoCosts {
    neurons: Vec<[Mean; 2]>,
    all: [Mean; 2],
}

/// The bound improvement from fixing one phase.
#[derive(Debug, Clone, Copy)]
pub(super) struct Improvement {
    pub neuron: usize,
    pub active: bool,
    /// Per unit of branching score.
    pub gain: f64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Mean {
    sum: f64,
    count: f64,
}

impl PseudoCosts {
    pub fn none(neurons: usize) -> Self {
        Self {
            neurons: vec![[Mean::default(); 2]; neurons],
            all: [Mean::default(); 2],
        }
    }

    pub fn note(&mut self, improvement: &Improvement) {
        let side = usize::from(improvement.active);
        self.neurons[improvement.neuron][side].add(improvement.gain);
        self.all[side].add(improvement.gain);
    }

    /// The sum of the pseudo-costs of both phases of `neuron`; 1 while nothing is known.
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
