//! Work that is done side by side, and told of piece by piece.

use std::sync::Mutex;
use std::thread;
use std::time::Instant;

use anyhow::{Result, anyhow};

/// Does all `pieces`, in their order, so many at once. `work` is told which worker it is, from 0 on, and says what came of a piece.
/// Those that failed come back: of each it was told when it did.
///
/// # Errors
/// If a worker panics.
pub(crate) fn work_off<T: Send>(
    pieces: Vec<T>,
    at_once: usize,
    name: impl Fn(&T) -> String + Sync,
    work: impl Fn(usize, &T) -> Result<String> + Sync,
) -> Result<Vec<T>> {
    let waiting = Mutex::new(pieces.into_iter());
    let next = || waiting.lock().ok()?.next();
    let one_after_the_other = |worker| {
        let mut failed = Vec::new();
        while let Some(piece) = next() {
            let (name, began) = (name(&piece), Instant::now());
            let done = work(worker, &piece);
            let took = began.elapsed().as_secs();
            match done {
                Ok(said) => println!("ok {name}, {took} s{said}"),
                Err(error) => {
                    eprintln!("FAILED {name}, {took} s: {error:#}");
                    failed.push(piece);
                }
            }
        }
        failed
    };
    let failed = thread::scope(|scope| {
        let begin = |worker| scope.spawn(move || one_after_the_other(worker));
        let workers: Vec<_> = (0..at_once).map(begin).collect();
        let joined =
            workers.into_iter().map(|worker| worker.join().map_err(|_| anyhow!("a thread panicked")));
        joined.collect::<Result<Vec<_>>>()
    })?;
    Ok(failed.into_iter().flatten().collect())
}

#[cfg(test)]
mod tests {
    use anyhow::ensure;

    use super::*;

    #[test]
    fn every_piece_is_done_once_and_what_failed_comes_back() {
        let done = Mutex::new(Vec::new());
        let work = |worker: usize, piece: &u32| {
            assert!(worker < 3);
            done.lock().unwrap().push(*piece);
            ensure!(*piece != 4, "it is the fourth");
            Ok(String::new())
        };
        let failed = work_off((1..=7).collect(), 3, ToString::to_string, work).unwrap();
        assert_eq!(failed, [4]);
        let mut done = done.into_inner().unwrap();
        done.sort_unstable();
        assert_eq!(done, [1, 2, 3, 4, 5, 6, 7]);
        let failed = work_off(vec!["a"], 1, ToString::to_string, |_, _| Ok(": well".to_owned())).unwrap();
        assert!(failed.is_empty());
    }
}
