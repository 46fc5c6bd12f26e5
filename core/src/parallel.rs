//! Work on all processors whose result does not depend on how many there are.

use std::thread;

/// The stack of a thread: nesting is limited, but a deep tree still takes a deep stack.
const STACK: usize = 256 << 20;

/// Cuts `items` into as many runs as there are processors, of at least `least` items, and returns what `work` makes of each, in order.
///
/// What makes one run only is done on the spot.
pub fn chunks<T: Sync, R: Send>(items: &[T], least: usize, work: impl Fn(&[T]) -> R + Sync) -> Vec<R> {
    let workers = thread::available_parallelism().map_or(1, usize::from).min(items.len() / least.max(1)).max(1);
    if workers == 1 {
        // A thread would cost more than the work.
        return if items.is_empty() { Vec::new() } else { vec![work(items)] };
    }
    let length = items.len().div_ceil(workers).max(1);
    let work = &work;
    thread::scope(|scope| {
        let start = |chunk| (thread::Builder::new().stack_size(STACK).spawn_scoped(scope, move || work(chunk)), chunk);
        let threads: Vec<_> = items.chunks(length).map(start).collect();
        let finish = |(thread, chunk): (std::io::Result<thread::ScopedJoinHandle<'_, R>>, _)| match thread {
            Ok(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            // Where no thread can be had, this one does the work.
            Err(_) => work(chunk),
        };
        threads.into_iter().map(finish).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runs_come_back_in_order() {
        let numbers: Vec<usize> = (0..1000).collect();
        assert_eq!(chunks(&numbers, 1, <[usize]>::to_vec).concat(), numbers);
        assert_eq!(chunks(&[] as &[usize], 1, <[usize]>::to_vec).concat(), numbers[..0]);
    }
}
