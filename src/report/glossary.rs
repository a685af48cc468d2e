//! The words of a report.

/// Each word with what it means here.
pub const WORDS: [(&str, &str); 13] = [
    (
        "instance",
        "one dense network with one question to it. Verification: an image, a distance (epsilon), a label and a target class; wanted is an adversarial input, one no further from the image for which the network puts the target above the label. Maximization: the largest output wanted.",
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
        "the solver on the model of a pruned network; each of its solutions is tried on the dense network, and only what holds there counts.",
    ),
    (
        "pair",
        "a surrogate run beside the dense run of the same instance, limits and solver seed.",
    ),
    (
        "series",
        "all pairs of one application, time limit, number of threads, solver seed and source of labels or pruning scope: a chapter here.",
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
        "scope",
        "whether the weights to prune are chosen in each layer (layer) or over all layers together (global).",
    ),
    (
        "making counted",
        "the seconds of pruning and finetuning are part of the surrogate's time; otherwise only solving counts. A surrogate that is then done only after the time limit, where the dense run found nothing, is a tie: nobody knows when the dense run would have found something.",
    ),
    (
        "labels of the dense or surrogate network",
        "whose two largest outputs on the image are the label and the target.",
    ),
    (
        "solvable",
        "some run of the series, dense or surrogate, found an adversarial input for the same instance, label and target.",
    ),
    (
        "collapsed",
        "a surrogate that is a constant function: so much was pruned that no output depends on the input.",
    ),
];
