//! How does an executor end whose process is killed? In a runtime of its own, which is dropped with everything in it, wherever it is.
//!
//! What outlives it is what outlives a process: the kernel, the daemons, the note that was kept last. Deaths are counted, not timed: at
//! a note, before or after it is kept, or after a number of turns of the runtime.

use super::{Bench, Outcome};
use futures::future::LocalBoxFuture;
use netsession_backends::executor::{Executor, Left, Notebook};
use netsession_fsm::words::AccessPointId;
use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};

/// When the process is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Death {
    /// When everything was done.
    Done,
    /// When the executor writes its note for the nth time, the first is 1: right after that was kept, or right before.
    Note {
        /// Which.
        number: usize,
        /// It was kept.
        kept: bool,
    },
    /// After so many turns of its runtime.
    Turns(usize),
}

/// What is known of a life that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Last {
    /// The note that was kept last.
    pub note: Option<String>,
    /// Everything was done before it ended.
    pub done: bool,
}

/// Notes as they outlive a process.
#[derive(Debug, Clone, Default)]
pub struct Kept(Arc<Mutex<Pages>>);

#[derive(Debug, Default)]
struct Pages {
    last: Option<String>,
    written: usize,
    dead: bool,
}

impl Kept {
    /// Where an executor writes its notes.
    #[must_use]
    pub fn notebook(&self) -> Notebook {
        self.until(Death::Done)
    }

    /// The note that was kept last.
    #[must_use]
    pub fn note(&self) -> Option<String> {
        self.pages(|pages| pages.last.clone())
    }

    fn until(&self, death: Death) -> Notebook {
        let kept = self.clone();
        Notebook::new(move |note| {
            let dies = kept.pages(|pages| {
                pages.written += 1;
                let dies = matches!(death, Death::Note { number, .. } if number == pages.written);
                if !(pages.dead || dies && matches!(death, Death::Note { kept: false, .. })) {
                    pages.last = Some(note.to_owned());
                }
                pages.dead |= dies;
                pages.dead
            });
            if dies {
                // without a word: the executor's task ends where it is
                std::panic::resume_unwind(Box::new("killed"));
            }
        })
    }

    fn pages<T>(&self, look: impl FnOnce(&mut Pages) -> T) -> T {
        look(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What is done in a life.
pub type Deed<E> = for<'a> fn(&'a mut Bench<E>) -> LocalBoxFuture<'a, Outcome>;

/// Lives with an executor that has these links, in a thread of its own, and is killed.
///
/// # Errors
/// If the executor cannot be made, or what is to be done fails while it lives.
pub async fn live<E: Executor + 'static>(
    make: impl FnOnce() -> Result<E, Box<dyn Error>> + Send + 'static,
    access_points: Vec<AccessPointId>,
    left: Left,
    deed: Deed<E>,
    death: Death,
) -> Result<Last, Box<dyn Error>> {
    let (end, ended) = tokio::sync::oneshot::channel();
    // a thread has the namespaces of the one that starts it
    std::thread::Builder::new().name("life".into()).spawn(move || {
        let lived = a_life(make, access_points, left, deed, death).map_err(|error| error.to_string());
        // whoever waits for it may have given up
        let _ = end.send(lived);
    })?;
    Ok(ended.await??)
}

fn a_life<E: Executor>(
    make: impl FnOnce() -> Result<E, Box<dyn Error>>,
    access_points: Vec<AccessPointId>,
    left: Left,
    deed: Deed<E>,
    death: Death,
) -> Result<Last, Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let kept = Kept::default();
    kept.pages(|pages| pages.last.clone_from(&left.note));
    let mut bench = None;
    let lived = runtime.block_on(async {
        let mut executor = make()?;
        executor.adopt(left, kept.until(death));
        let living = async {
            deed(bench.insert(Bench::new(executor, access_points).await?)).await?;
            Ok(true)
        };
        let dying = async {
            match death {
                Death::Turns(turns) => {
                    for _ in 0..turns {
                        tokio::task::yield_now().await;
                    }
                }
                Death::Done | Death::Note { .. } => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            lived = living => lived,
            () = dying => Ok(false),
        }
    });
    // first the runtime, so that nobody puts anything back when the front is gone
    drop(runtime);
    drop(bench);
    let dead = kept.pages(|pages| pages.dead);
    match lived {
        Ok(done) => Ok(Last { note: kept.note(), done: done && !dead }),
        Err(_) if dead => Ok(Last { note: kept.note(), done: false }),
        Err(error) => Err(error),
    }
}
