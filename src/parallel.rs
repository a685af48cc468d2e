//! Work shared among threads, and the text of a panic.

use std::any::Any;
use std::panic::resume_unwind;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// How many threads this process may run at once, at least 1: as many as when it was first asked.
pub fn cores() -> usize {
    // The system reads files to find out, which takes longer than a step of a small training.
    static CORES: OnceLock<usize> = OnceLock::new();
    *CORES.get_or_init(|| thread::available_parallelism().map_or(1, usize::from))
}

/// Applies `f` to all items and returns the results in the order of the items. The work is done by
/// at most `threads` threads, the caller's included, each of which takes the next item when it is
/// done with one.
///
/// ```
/// use pipeline::parallel::map;
///
/// assert_eq!(map(&[1, 2, 3], 2, |item| item * item), [1, 4, 9]);
/// ```
///
/// # Panics
/// When `f` panics, with its panic, after the other threads are done.
pub fn map<T: Sync, R: Send>(items: &[T], threads: usize, f: impl Fn(&T) -> R + Sync) -> Vec<R> {
    map_while(items, threads, |item| Some(f(item)))
}

/// [`map`] until `f` returns `None` for an item: then no thread takes another one. Results of items
/// that were taken before are kept, in the order of the items.
///
/// # Panics
/// As [`map`].
pub fn map_while<T: Sync, R: Send>(
    items: &[T],
    threads: usize,
    f: impl Fn(&T) -> Option<R> + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else { break };
            let Some(result) = f(item) else {
                next.store(items.len(), Ordering::Relaxed);
                break;
            };
            done.push((index, result));
        }
        done
    };
    let mut done = thread::scope(|scope| {
        let others = 1..threads.min(items.len());
        let others: Vec<_> = others.map(|_| scope.spawn(work)).collect();
        let mut done = work();
        for other in others {
            done.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        done
    });
    done.sort_unstable_by_key(|&(index, _)| index);
    done.into_iter().map(|(_, result)| result).collect()
}

/// The message of a caught panic.
pub fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let owned = panic.downcast_ref::<String>().map(String::as_str);
    owned
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message")
}

#[cfg(test)]
mod tests {
    use std::panic::catch_unwind;
    use std::sync::Barrier;

    use super::*;

    #[test]
    fn results_are_in_the_order_of_the_items() {
        let items: Vec<usize> = (0..100).collect();
        for threads in [0, 1, 3, 200] {
            assert_eq!(map(&items, threads, |item| *item), items);
        }
        assert!(map(&[0; 0], 3, |item| *item).is_empty());
    }

    #[test]
    fn as_many_threads_work_at_once_as_are_asked_for() {
        let barrier = Barrier::new(3);
        let leaders = map(&[(); 3], 3, |()| barrier.wait().is_leader());
        assert_eq!(leaders.into_iter().filter(|leads| *leads).count(), 1);
    }

    #[test]
    fn no_item_is_taken_after_one_without_a_result() {
        let items: Vec<usize> = (0..100).collect();
        let small = |item: &usize| (*item < 7).then_some(*item);
        assert_eq!(map_while(&items, 1, small), [0, 1, 2, 3, 4, 5, 6]);
        assert_eq!(map_while(&items, 4, small), [0, 1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn a_panic_reaches_the_caller_with_its_text() {
        for threads in [1, 2] {
            let caught = catch_unwind(|| map(&[1, 2], threads, |item| assert!(*item < 2, "two")));
            assert_eq!(panic_text(&*caught.unwrap_err()), "two");
            let owned = catch_unwind(|| map(&[1], threads, |item| panic!("item {item}")));
            assert_eq!(panic_text(&*owned.unwrap_err()), "item 1");
        }
        assert_eq!(panic_text(&1), "no message");
    }
}
