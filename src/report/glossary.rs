//! The glossary of a report.

/// Terms with their meanings.
pub const WORDS: [(&str, &str); 17] = [
    (
        "instance",
        "one dense ReLU network with one question about it. Verification: the network classifies images with pixels in [0, 1]; given an image, a distance (epsilon), a label and a target class, the question is whether there is an adversarial input: an image within L1 distance epsilon (the sum of the changes of all pixels) on which the network's output for the target exceeds that for the label. Maximization: the network is a random one with one output; the question is which input in [0, 1]^n (the unit box) has the largest output.",
    ),
    (
        "seed",
        "verification: the data seed, from which image and epsilon are drawn; maximization: the seed of the random network. Solver and pruning have their own seeds.",
    ),
    ("dense run", "the solver on the MILP of the dense network."),
    (
        "surrogate run",
        "the solver on the MILP of a pruned network, the surrogate; each of its solutions is evaluated on the dense network, and only that value counts.",
    ),
    (
        "pair",
        "a surrogate run and the dense run of the same instance, with the same dense weights, limits and solver seed.",
    ),
    (
        "series",
        "all pairs of one application, time limit, number of threads, solver seed, kind of bounds and source of labels or pruning scope; each has its own chapter.",
    ),
    (
        "faster, slower, tie",
        "whether the surrogate run of a pair found its adversarial input strictly earlier or later than the dense run. A run that finds nothing within the time limit is later than one that does; two runs that find nothing tie.",
    ),
    (
        "NF, F 5x5",
        "not finetuned; finetuned in 5 rounds of pruning and 5 epochs of training after each.",
    ),
    (
        "rate",
        "the share of the weights or neurons that are pruned (set to zero).",
    ),
    (
        "unstructured, structured",
        "whether single weights are pruned, or whole neurons with all their incoming weights. Biases are kept.",
    ),
    (
        "magnitude, random",
        "whether the weights of smallest absolute value (the neurons with the smallest sum of absolute values) are pruned, or a random choice.",
    ),
    (
        "scope",
        "whether the rate is applied within each layer (layer) or to all layers together (global).",
    ),
    (
        "interval, linear, alpha or tightening bounds",
        "how preactivations are bounded: by interval arithmetic, by linear relaxations, by linear relaxations with optimised slopes, or by linear programs, each at least as tight as the one before. The bounds give the big-M coefficients of the MILP and the neurons that need no binary.",
    ),
    (
        "making counted",
        "the seconds of pruning and finetuning are added to the surrogate run's time; otherwise only solving counts. If the sum exceeds the time limit and the dense run found nothing, the pair is a tie: when the dense run would have found something is unknown.",
    ),
    (
        "labels of the dense or surrogate network",
        "which network's two largest outputs on the image are the label and the target.",
    ),
    (
        "solvable",
        "an instance for which some run of the series, dense or surrogate, found an adversarial input. Not given with labels of the surrogate, since most questions are then asked of one surrogate only.",
    ),
    (
        "collapsed",
        "a surrogate that is a constant function: so much was pruned that no output depends on the input.",
    ),
];
