//! Successive searches on one thread: none depends on those before it.

use pipeline::search::{Settings, Strategy, search};

use super::case::Case;
use super::family::Family;
use crate::support::unhurried;

#[test]
fn a_search_does_not_depend_on_those_before_it() {
    let orders = [
        (Strategy::Portfolio, 1),
        (Strategy::Gradient, 3),
        (Strategy::Exact, 2),
        (Strategy::Portfolio, 3),
        (Strategy::Gradient, 1),
        (Strategy::Prove, 2),
        (Strategy::Relaxation, 4),
    ];
    let cases = (0..).map(Case::new);
    let cases = cases.filter(|case| case.family == Family::Uniform && case.unstable > 2);
    for case in cases.take(4) {
        for (strategy, threads) in orders {
            let settings = Settings {
                threads,
                ..unhurried()
            };
            let (network, instance) = (&case.network, &case.instance);
            let solve = || {
                let found = search(strategy, network, None, instance, &settings, &mut |_| {});
                found
                    // How closely an optimum is approached, and by which input, depends on the clock.
                    .map(|result| (result.verdict, result.best.is_some()))
                    .map_err(|error| error.to_string())
            };
            let alone = std::thread::scope(|scope| scope.spawn(solve).join());
            let index = case.index;
            assert_eq!(
                solve(),
                alone.expect("no panic"),
                "instance {index}, {strategy} with {threads} threads"
            );
        }
    }
}
