//! The glossary of a report.

/// Terms with their meanings.
pub const WORDS: [(&str, &str); 17] = [
    (
        "instance",
        "one dense network of ReLU neurons with one question to it. Verification: the network classifies images, whose pixels are in [0, 1]; given are an image, a distance (epsilon), a label and a target class. Wanted is an adversarial input: an image at an L1 distance (the sum of the changes of all pixels) of at most epsilon for which the network puts the target above the label. Maximization: the network is a random one with one output; wanted is an input with the largest output, each component in [0, 1] (the unit box).",
    ),
    (
        "seed",
        "of verification the data seed, from which image and epsilon are drawn; of maximization that of the random network. Solver and pruning have seeds of their own.",
    ),
    (
        "dense run",
        "the solver on the dense network's own model (MILP).",
    ),
    (
        "surrogate run",
        "the solver on the model of a pruned network, the surrogate; each of its solutions is tried on the dense network, and only what holds there counts.",
    ),
    (
        "pair",
        "a surrogate run beside the dense run of the same instance, on the very same weights, with the same limits and solver seed.",
    ),
    (
        "series",
        "all pairs of one application, time limit, number of threads, solver seed, kind of bounds and source of labels or pruning scope: a chapter here.",
    ),
    (
        "faster, slower, tie",
        "whether the surrogate run of a pair found its adversarial input strictly earlier or later than the dense run; nothing found within the time limit is later than anything found, and two runs that found nothing tie.",
    ),
    (
        "NF, F 5x5",
        "not finetuned; finetuned in 5 rounds of pruning and 5 epochs of training after each.",
    ),
    (
        "rate",
        "the share of the weights, or of the neurons, that is pruned: set to zero.",
    ),
    (
        "unstructured, structured",
        "pruned are single weights, or whole neurons with all weights that lead to them; biases stay.",
    ),
    (
        "magnitude, random",
        "pruned are the weights of least absolute value (the neurons with the least sum of them), or a choice by chance.",
    ),
    (
        "scope",
        "whether what is pruned is chosen in each layer at the rate (layer) or over all layers together (global).",
    ),
    (
        "interval, linear, alpha or tightening bounds",
        "how preactivations are bounded, from which a model's big-M coefficients come and the neurons that need no binary: by interval arithmetic, by linear relaxations, by these with optimised slopes, or by linear programs, each at least as tight as the one before.",
    ),
    (
        "making counted",
        "the seconds of pruning and finetuning are part of the surrogate's time; otherwise only solving counts. A surrogate that is then done only after the time limit, where the dense run found nothing, is a tie: it is not known when the dense run would have found something.",
    ),
    (
        "labels of the dense or surrogate network",
        "whose two largest outputs on the image are the label and the target.",
    ),
    (
        "solvable",
        "an instance of which some run of the series, dense or surrogate, found an adversarial input. With labels of the surrogate it is not told, as there a question is mostly that of one surrogate alone.",
    ),
    (
        "collapsed",
        "a surrogate that is a constant function: so much was pruned that no output depends on the input.",
    ),
];
